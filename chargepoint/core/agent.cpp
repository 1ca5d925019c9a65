#include "chargepoint/core/agent.hpp"

#include "chargepoint/core/parts.hpp"

namespace balans {

Band band_of(const AgentSettings& settings, Direction direction) {
  if (direction == Direction::Draw) return {settings.min, settings.max, settings.failsafe};
  return {settings.min_feed, settings.max_feed, settings.failsafe_feed};
}

AgentMemory fresh_memory(const AgentSettings& settings, BootTime now, std::optional<BootTime> hold_until) {
  AgentMemory memory;
  memory.mode = Starting{now};
  memory.hold_until = hold_until;
  memory.reach = settings.phases;
  for (Direction direction : kDirections)
    memory.actuation[direction].holding = settings.phases.spread(band_of(settings, direction).max);
  return memory;
}

std::optional<BootTime> hold_after_power_cut(Millis longest, BootTime now, std::uint64_t random) {
  constexpr Millis kJustBooted = 5_min;
  if (now >= BootTime() + kJustBooted || longest <= Millis()) return std::nullopt;
  return now + Millis(static_cast<std::int64_t>(random % static_cast<std::uint64_t>(longest.count() + 1)));
}

AgentState state_of(const AgentMemory& memory) {
  if (!memory.device.fault.empty()) return AgentState::Fault;
  if (std::holds_alternative<Starting>(memory.mode)) return AgentState::Starting;
  return std::holds_alternative<Following>(memory.mode) ? AgentState::Following : AgentState::Failsafe;
}

AgentOutput step(const AgentSettings& settings, const AgentInput& input, AgentMemory memory) {
  AgentOutput output;
  const AgentState before = state_of(memory);
  if (input.disconnected) memory.nonce.reset();
  if (input.connected) memory.nonce = input.connected;
  if (input.connected) memory.sent.reset();

  parts::watch_device(settings, input, memory);
  parts::watch_session(settings, input, memory, output);
  parts::watch_contactor(settings, input, memory, output);
  parts::widen_holding(settings, memory);
  parts::tell_faults(input, memory, output);

  parts::let_hold_end(input, memory, output);
  parts::take_limits(settings, input, memory, output);
  parts::let_lease_end(input, memory, output);

  parts::actuate(settings, input, memory, output);
  parts::switch_phases(settings, input, memory, output);
  parts::hold_supply(settings, input, memory, output);

  if (const AgentState after = state_of(memory); after != before)
    output.events.push_back({AgentEvent::What::State, std::string(name_of(after)), {}, std::string(name_of(before))});
  parts::announce(settings, input, memory, output);
  output.memory = std::move(memory);
  return output;
}

}  // namespace balans
