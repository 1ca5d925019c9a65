#include "chargepoint/core/agent.hpp"

#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans {

using parts::largest_current;

AgentMemory fresh_memory(const AgentSettings& settings, BootTime now) {
  AgentMemory memory;
  memory.mode = Starting{now};
  memory.actuation.holding = settings.max;
  return memory;
}

AgentState state_of(const AgentMemory& memory) {
  if (!memory.device.fault.empty()) return AgentState::Fault;
  if (std::holds_alternative<Starting>(memory.mode)) return AgentState::Starting;
  return std::holds_alternative<Following>(memory.mode) ? AgentState::Following : AgentState::Failsafe;
}

Milliamps obeyed_up_to(Milliamps setpoint) { return setpoint + std::max(defaults::kEffectiveSlack, setpoint / 20); }

AgentOutput step(const AgentSettings& settings, const AgentInput& input, AgentMemory memory) {
  AgentOutput output;
  const AgentState before = state_of(memory);
  if (input.disconnected) memory.nonce.reset();
  if (input.connected) memory.nonce = input.connected;
  if (input.connected) memory.sent.reset();

  parts::watch_device(settings, input, memory, output);
  parts::take_limits(settings, input, memory, output);
  parts::let_lease_end(input, memory, output);
  parts::actuate(settings, input, memory, output);

  if (const AgentState after = state_of(memory); after != before)
    output.events.push_back({AgentEvent::What::State, std::string(name_of(after)), {}, std::string(name_of(before))});
  parts::announce(settings, input, memory, output);
  output.memory = std::move(memory);
  return output;
}

}  // namespace balans
