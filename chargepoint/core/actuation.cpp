#include "chargepoint/core/actuation.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans {
namespace {

constexpr Milliamps kNotLoaded = 500_mA;

bool is_within(const PerPhase<Milliamps>& a, const PerPhase<Milliamps>& b) {
  return std::all_of(kPhases.begin(), kPhases.end(), [&](Phase p) { return a[p] <= b[p]; });
}

/// Whether a fall after `taken` may be that of an earlier order, as low as the target, with a higher one after it still
/// to take effect.
bool may_fall_and_rise(const Actuation& actuation, BootTime taken, Millis settle) {
  bool falls = false;
  for (const Order& order : actuation.orders) {
    if (order.at + settle <= taken) continue;
    const bool low = order.setpoint <= obeyed_up_to(actuation.target.setpoint);
    if (falls && !low) return true;
    falls = falls || low;
  }
  return false;
}

/// Forgets those that every fresh sample has seen settled.
void take_down(std::deque<Order>& orders, const Order& order, Millis settle) {
  while (!orders.empty() && orders.front().at + settle + defaults::kReportFresh < order.at) orders.pop_front();
  if (!orders.empty() && orders.back().setpoint == order.setpoint) orders.pop_back();
  orders.push_back(order);
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
  actuation.was_above = flow && now - flow->taken <= defaults::kReportFresh &&
                        is_above(actuation.target, flow->current) && !may_fall_and_rise(actuation, flow->taken, settle);
  take_down(actuation.orders, {actuation.target.setpoint, now}, settle);
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
