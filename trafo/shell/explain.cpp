#include "trafo/shell/explain.hpp"

#include <algorithm>

#include "common/io/device_file/shown.hpp"

namespace balans {
namespace {

std::string seconds(Millis time) { return decimal(time.count(), 3) + " s"; }

/// To a tenth of an ampere: nobody reads a name plate closer than that.
std::string amps(Milliamps current) { return decimal((current.count() + 50) / 100, 1) + " A"; }

/// 6, 6, 6 and 16 A as "3 × 6 A + 16 A"; descending values.
std::string terms(const std::vector<Milliamps>& each) {
  std::string text;
  for (auto at = each.begin(); at != each.end();) {
    const auto next = std::find_if(at, each.end(), [&](Milliamps other) { return other != *at; });
    const auto count = next - at;
    text += (count > 1 ? std::to_string(count) + " × " : "") + amps(*at) + " + ";
    at = next;
  }
  return text;
}

std::string row_text(const std::string& row, const FailsafeSum& sum) {
  const bool draw = sum.direction == Direction::Draw;
  std::string text = row + ": " + terms(sum.each) + (draw ? "base " : "generation ") + amps(sum.base);
  if (!sum.each.empty()) text += " = " + amps(sum.total());
  text += " of " + amps(sum.limit);
  return text + (sum.fits() ? ": fits, " + amps(sum.limit - sum.total()) + " left\n"
                            : ": refused, " + amps(sum.total() - sum.limit) + " too much\n");
}

bool same(const FailsafeSum& a, const FailsafeSum& b) {
  return a.node == b.node && a.direction == b.direction && a.phase.has_value() == b.phase.has_value() &&
         a.each == b.each && a.base == b.base && a.limit == b.limit;
}

/// "L1", "L1 and L2", "each phase"
std::string phases_text(const std::vector<Phase>& phases) {
  if (phases.size() == kPhases.size()) return "each phase";
  std::string text;
  for (const Phase p : phases) text += (text.empty() ? "" : " and ") + std::string(name_of(p));
  return text;
}

bool feeds_nothing(const FailsafeSum& sum) {
  return sum.direction == Direction::Feed && sum.each.empty() && sum.base == Milliamps();
}

/// What the device does when its agent is dead.
std::string alone_text(const Site& site, const Enrolment& agent) {
  const auto down = down_after(agent);
  const Milliamps fallback = std::max(agent.device_fallback, agent.fallback_feed);
  if (!down) return "it keeps what it was last told, and that stays booked until it is heard again (revert_s: none)";
  return "it is at " + amps(fallback) + " by itself " + seconds(*down) + " after its limit has ended (" +
         (agent.revert ? "revert_s " + seconds(*agent.revert) : "contactor_s " + seconds(*agent.contactor)) +
         "), and " +
         amps(std::max(always_booked(site, agent, Direction::Draw), always_booked(site, agent, Direction::Feed))) +
         " of it are booked at all times";
}

}  // namespace

std::string budget_text(const Site& site) {
  std::string text;
  const std::vector<FailsafeSum> sums = failsafe_sums(site);
  std::vector<bool> told(sums.size(), false);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (told[i] || feeds_nothing(sums[i])) continue;
    std::vector<Phase> phases;
    for (std::size_t k = i; k < sums.size(); ++k)
      if (sums[k].phase && same(sums[i], sums[k])) {
        phases.push_back(*sums[k].phase);
        told[k] = true;
      }
    const std::string where = sums[i].phase ? phases_text(phases) : "all phases together";
    const char* way = sums[i].direction == Direction::Draw ? "" : ", fed in";
    text += row_text(site.nodes[sums[i].node].name + ", " + where + way, sums[i]);
  }
  return text;
}

std::string silence_text(const Site& site) {
  const Millis booked = failsafe_booked_after(site);
  std::string text = "A limit holds " + seconds(site.ttl) + " (ttl_s). An agent that hears no other goes to 0 A, and " +
                     seconds(site.failsafe_hold) + " later (failsafe_hold_s) to its failsafe.\n";
  text += booked == Millis() ? "Failsafes are booked at all times: some device may hold what it has longer than that.\n"
                             : "A failsafe is booked from " + seconds(booked) + " after its agent was last heard.\n";
  for (const Enrolment& agent : site.agents)
    text += agent.id.str() + ": failsafe " + amps(std::max(agent.failsafe, agent.failsafe_feed)) +
            ". Its agent dead: " + alone_text(site, agent) + "\n";
  return text;
}

}  // namespace balans
