#include "chargepoint/core/actuation.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans {
namespace {

constexpr Milliamps kNotLoaded = 500_mA;

bool is_within(const PerPhase<Milliamps>& a, const PerPhase<Milliamps>& b) {
  return std::all_of(kPhases.begin(), kPhases.end(), [&](Phase p) { return a[p] <= b[p]; });
}

}  // namespace

Milliamps obeyed_up_to(Milliamps setpoint) { return setpoint + std::max(defaults::kEffectiveSlack, setpoint / 20); }

Milliamps stray_up_to() { return kNotLoaded + defaults::kEffectiveSlack; }

bool is_above(const Target& target, const PerPhase<Milliamps>& flow) {
  return std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    const bool without_load = target.setpoint > Milliamps() && target.claim[p] == Milliamps();
    return flow[p] > (without_load ? stray_up_to() : obeyed_up_to(target.claim[p]));
  });
}

void write_afresh(Actuation& actuation) {
  actuation.asked.reset();
  actuation.written.reset();
  actuation.confirmed = false;
  actuation.effective = false;
}

void aim(Actuation& actuation, const Target& target, BootTime now) {
  if (target == actuation.target) return;
  if (target.setpoint != actuation.target.setpoint) write_afresh(actuation);
  if (target.setpoint > actuation.target.setpoint) actuation.raised = now;
  actuation.target = target;
  actuation.effective = false;
  actuation.holding = larger_of(actuation.holding, target.claim);
}

void begin_write(Actuation& actuation, const std::optional<Flow>& flow, Millis settle, BootTime now) {
  actuation.asked = now;
  actuation.under_way = true;
  if (actuation.certain) actuation.certain = std::max(*actuation.certain, actuation.target.setpoint);
  // Asked at each write: between two tries a current may fall for reasons of its own, and an old poll tells nothing.
  const Milliamps wanted = actuation.target.setpoint;
  const bool raises = actuation.ordered && wanted > *actuation.ordered;
  if (raises && actuation.cut_at && now < *actuation.cut_at + settle) {
    const bool again = actuation.stirred && now < *actuation.stirred + settle;
    actuation.stirred_from = again ? std::min(actuation.stirred_from, *actuation.ordered) : *actuation.ordered;
    actuation.stirred = now;
  }
  if (wanted != actuation.ordered) actuation.cuts = actuation.ordered && !raises;
  // The effect of a cut before that raise would be taken for the effect of this one.
  const bool told_apart = !actuation.stirred || actuation.stirred_from > obeyed_up_to(wanted);
  const bool settled = flow && (told_apart || flow->taken >= *actuation.stirred + settle);
  actuation.was_above =
      settled && now - flow->taken <= defaults::kReportFresh && is_above(actuation.target, flow->current);
  if (actuation.cuts) actuation.cut_at = now;
  actuation.ordered = wanted;
}

bool holds_at_most_its_target(const Actuation& actuation) {
  return !actuation.failing && actuation.certain && *actuation.certain <= actuation.target.setpoint;
}

void take_in_held(Actuation& actuation, const PerPhase<Milliamps>& claim) {
  actuation.holding = larger_of(actuation.holding, claim);
  if (!is_within(actuation.holding, actuation.target.claim)) actuation.effective = false;
}

bool has_effect(const Actuation& actuation, const std::optional<Flow>& flow, Millis settle, BootTime now) {
  if (!actuation.written) return false;
  if (is_within(actuation.holding, actuation.target.claim)) return true;
  if (!flow) return now >= *actuation.written + settle;
  if (is_above(actuation.target, flow->current) || flow->taken <= *actuation.written) return false;
  return actuation.was_above || flow->taken >= *actuation.written + settle;
}

void note(std::optional<Failing>& failing, const std::string& error, BootTime now) {
  if (error.empty()) return failing.reset();
  failing = Failing{failing ? failing->since : now, error};
}

bool fails_for(const std::optional<Failing>& failing, Millis time, BootTime now) {
  return failing && now - failing->since >= time;
}

}  // namespace balans
