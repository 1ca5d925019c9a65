#pragma once
// The parts of one step of an agent, in the order in which they run.

#include "chargepoint/core/agent.hpp"

namespace balans::parts {

inline constexpr Millis kRetryWrite = Millis(2'000);
/// Two usual ticks, which are never exactly that long: the second of them must not be missed by a millisecond.
inline constexpr Millis kRetryDue = kRetryWrite - defaults::kAgentTick / 2;
inline constexpr Millis kRewriteAfter = Millis(60'000);  ///< a setpoint that has become smaller by itself is set again
inline constexpr Millis kRoomTakes = Millis(60'000);     ///< others are told this long before a pause ends by itself
inline constexpr Millis kUnheard = Millis(5'000);        ///< for as long as this another car may have been plugged in

// ---- what the device tells ----

/// Reports and write results: does the device answer, does it obey?
void watch_device(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory);
/// What is plugged in, which phases it loads, what it has drawn.
void watch_session(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);
/// Which phases the contactor connects.
void watch_contactor(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);
/// When more phases may be loaded than before, so may they be by all that the device still holds.
void widen_holding(const AgentSettings& settings, AgentMemory& memory);
/// What is wrong by all of this.
void tell_faults(const AgentInput& input, AgentMemory& memory, AgentOutput& output);

// ---- what the controller allows ----

/// Accepts the limits that are for this session, new and still ahead.
void take_limits(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);
void let_lease_end(const AgentInput& input, AgentMemory& memory, AgentOutput& output);
/// Tells when the hold after a power cut begins and when it is over.
void let_hold_end(const AgentInput& input, AgentMemory& memory, AgentOutput& output);

// ---- what is done ----

/// From mode to setpoints, from setpoints to writes, from writes to effect.
void actuate(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);
/// Connects the phases that the lease is for, once nothing flows.
void switch_phases(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);
/// Holds the contactor in the device's supply while all is well, and lets it go when the device cannot be held down.
void hold_supply(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);
/// Offer at the start of a session and when it changes; status every few seconds and at once on a change.
void announce(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output);

// ---- what the parts share ----

/// What flows in one direction; nothing where the device does not measure.
std::optional<Flow> flow_of(const DeviceHealth& device, Direction direction);
/// The same, or where the device shows only its state what that proves: 0, or at least its minimum.
std::optional<Flow> seen_flow(const AgentSettings& settings, const AgentMemory& memory, Direction direction);
/// Whether it was polled in the last few seconds.
bool is_heard(const DeviceHealth& device, BootTime now);
/// What can be used of a current: the device's step or level, a pause below its minimum.
Milliamps rounded_down(const AgentSettings& settings, Direction direction, Milliamps current);

/// The phases that the device loads, or may load, in that position of its contactor.
PhaseSet phases_in(const AgentSettings& settings, const AgentMemory& memory, PhaseMode mode);
/// The same as it is now. Not known counts as all.
PhaseSet loaded_phases(const AgentSettings& settings, const AgentMemory& memory);
/// The position that serves what is granted on each phase.
PhaseMode mode_for(const AgentSettings& settings, const AgentMemory& memory, const PerPhase<Milliamps>& granted);
/// Whether the contactor moves or has to: nothing may flow.
bool is_switching(const AgentSettings& settings, const AgentMemory& memory);

/// What the device is to do now. A lease on a phase that turns out not to be granted is given back here.
Target target_of(const AgentSettings& settings, AgentMemory& memory, Direction direction, BootTime now);
/// The most that the setpoint may be raised to now: memory that wears out is left alone for a while.
Milliamps may_rise_to(const AgentSettings& settings, const AgentMemory& memory, Direction direction, BootTime now);
/// What the device counts with whatever it was told: a hint is no limit, and a pause that is too long ends by itself.
Milliamps booked_draw(const AgentSettings& settings, const AgentMemory& memory, BootTime now);
/// Whether it may draw more than it was told without being at fault.
bool is_free_to_draw(const AgentSettings& settings, const AgentMemory& memory, BootTime now);
/// Power has just come back, and it is not this device's turn yet.
bool is_held_back(const AgentMemory& memory, BootTime now);

}  // namespace balans::parts
