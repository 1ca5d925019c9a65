#pragma once
// What a device is left with when its agent is stopped.

#include "chargepoint/core/agent.hpp"

namespace balans {

struct Farewell {
  BothWays<std::optional<Milliamps>> write;  ///< absent: what it holds may stay
  std::optional<BootTime> write_before;      ///< the end of the lease: nothing is said to the device from then on
};

/// The failsafe, where the device may hold more than that; never more than it was told last. Only while a lease runs:
/// without one it holds no more than its failsafe, or must be left to its own watchdog.
Farewell farewell_of(const AgentSettings& settings, const AgentMemory& memory, BootTime now);

}  // namespace balans
