// Accepting leases and letting them end.
#include <algorithm>
#include <utility>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

/// Empty, or why the limit is not for us now.
std::string refusal(const AgentMemory& memory, const Limit& limit, BootTime now) {
  if (!memory.nonce || limit.nonce != *memory.nonce) return "is for another session";
  if (std::pair(limit.epoch, limit.seq) <= std::pair(memory.epoch, memory.seq))
    return "is older than the newest accepted";
  const BootTime until(limit.until.ms());  // `until` is on this clock
  if (until <= now) return "has run out";
  if (until > now + defaults::kTtlMax) return "would last longer than any lease may";
  return {};
}

/// What the device can use of a limit: one setpoint for all its phases, a pause below its minimum.
Milliamps usable(const AgentSettings& settings, const AgentMemory& memory, const Limit& limit) {
  Milliamps smallest = settings.max;
  for (Phase p : kPhases)
    if (settings.phases.contains(p)) smallest = std::min(smallest, limit.max[p]);
  if (!limit.may_raise) smallest = std::min(smallest, memory.actuation.setpoint);
  if (smallest < settings.min) return Milliamps();
  return std::max(settings.min, smallest - smallest % settings.step);
}

}  // namespace

void take_limits(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  for (const Limit& limit : input.limits) {
    if (const std::string why = refusal(memory, limit, input.now); !why.empty()) {
      output.events.push_back({AgentEvent::What::LimitRefused, why});
      continue;
    }
    const Milliamps taken = usable(settings, memory, limit);
    memory.epoch = limit.epoch;
    memory.seq = limit.seq;
    memory.mode = Following{limit.epoch, limit.seq, BootTime(limit.until.ms()), taken};
    output.events.push_back({AgentEvent::What::LeaseAccepted, std::string(name_of(limit.reason)), taken});
  }
}

void let_lease_end(const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  const auto* lease = std::get_if<Following>(&memory.mode);
  if (lease == nullptr || input.now < lease->until) return;
  output.events.push_back({AgentEvent::What::LeaseExpired, "", lease->limit});
  memory.mode = Failsafe{lease->until};
}

}  // namespace balans::parts
