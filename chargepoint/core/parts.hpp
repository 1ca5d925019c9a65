#pragma once
// The parts of one step of an agent, in the order in which they run.

#include "chargepoint/core/agent.hpp"

namespace balans::parts {

/// The current on the phase that draws most; nothing where the device does not measure.
std::optional<Milliamps> largest_current(const DeviceHealth& device);

/// Reports and write results: does the device answer, does it obey?
void watch_device(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);

/// Accepts the limits that are for this session, new and still ahead.
void take_limits(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);

void let_lease_end(const AgentInput& input, AgentMemory& memory, AgentOutput& output);

/// From mode to setpoint, from setpoint to writes, from writes to effect.
void actuate(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);

/// Offer at the start of a session; status every few seconds and at once on a change.
void announce(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);

}  // namespace balans::parts
