// Accepting leases and letting them end.
#include <algorithm>
#include <utility>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

/// Empty, or why the limit is not for us now.
std::string refusal(const AgentMemory& memory, const Limit& limit, BootTime now) {
  if (!memory.nonce || limit.nonce != *memory.nonce) return "is for another session";
  if (memory.follows && limit.epoch == memory.follows->epoch && limit.boot != memory.follows->boot)
    return "is of another controller with the same epoch";
  if (memory.follows && std::pair(limit.epoch, limit.seq) <= std::pair(memory.follows->epoch, memory.seq))
    return "is older than the newest accepted";
  const BootTime until(limit.until.ms());  // `until` is on this clock
  if (until <= now) return "has run out";
  if (until > now + defaults::kTtlMax) return "would last longer than any lease may";
  return {};
}

/// What is taken of a limit: one setpoint for all phases that may be loaded, and of each phase no more than that. A
/// phase that is granted counts as taken though nothing loads it: what is plugged in next may do so.
Allowance taken_of(const AgentSettings& settings, AgentMemory& memory, const Limit& limit, BootTime now) {
  const BothWays<Actuation>& actuation = memory.actuation;
  Allowance most = limit.max;
  if (!limit.may_raise) most = smaller_of(most, {actuation.draw.target.claim, actuation.feed.target.claim});
  const PhaseMode mode = mode_for(settings, memory, most.draw);
  if (most.draw.largest() > Milliamps()) memory.contactor.wanted = mode;
  Milliamps draw = is_held_back(memory, now) ? Milliamps() : settings.max;
  Milliamps feed = settings.max_feed;
  for (Phase p : kPhases) {
    if (phases_in(settings, memory, mode).contains(p)) draw = std::min(draw, most.draw[p]);
    if (settings.phases.contains(p)) feed = std::min(feed, most.feed[p]);
  }
  draw = rounded_down(settings, Direction::Draw, draw);
  feed = rounded_down(settings, Direction::Feed, feed);
  return smaller_of(most, {settings.phases.spread(draw), settings.phases.spread(feed)});
}

}  // namespace

void take_limits(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  for (const Limit& limit : input.limits) {
    if (const std::string why = refusal(memory, limit, input.now); !why.empty()) {
      output.events.push_back({AgentEvent::What::LimitRefused, why});
      continue;
    }
    const Allowance taken = taken_of(settings, memory, limit, input.now);
    memory.follows = limit.term();
    memory.seq = limit.seq;
    memory.mode = Following{
        limit.epoch, limit.boot, limit.seq, BootTime(limit.until.ms()), taken, limit.reason == Reason::Overload};
    output.events.push_back(
        {AgentEvent::What::LeaseAccepted, std::string(name_of(limit.reason)), taken.draw.largest()});
  }
}

void let_lease_end(const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  const auto* lease = std::get_if<Following>(&memory.mode);
  if (lease == nullptr || input.now < lease->until) return;
  output.events.push_back({AgentEvent::What::LeaseExpired, "", lease->taken.draw.largest()});
  memory.mode = Failsafe{lease->until};
}

}  // namespace balans::parts
