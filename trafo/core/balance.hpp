#pragma once
// How uneven the phases of a node may be: the neutral conductor's current, and the unbalance of a connection.

#include <optional>

#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

/// |I₁ + a²·I₂ + a·I₃| for currents in phase with their voltages, rounded up.
Milliamps neutral_current(const PerPhase<Milliamps>& load);

struct BalanceLimits {
  std::optional<Milliamps> neutral;
  std::optional<Milliamps> unbalance;  ///< between any two phases
};

struct Balanced {
  PerPhase<Milliamps> load;  ///< at most this on each phase
  Reason reason = Reason::Neutral;
};

/// Nothing where `load` is within the limits; else the load with its largest phases lowered, as little as it takes.
std::optional<Balanced> balance(const PerPhase<Milliamps>& load, const BalanceLimits& limits);

}  // namespace balans
