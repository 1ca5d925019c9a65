#pragma once
// Low voltage at a node: loads there are reduced until it has recovered.

#include <optional>

#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

/// How long a node's voltage has been low or well, and how far its loads are reduced for it.
struct Undervoltage {
  std::optional<BootTime> low_since;
  std::optional<BootTime> well_since;
  int tightened = 0;  ///< steps, each a fifth of what controlled loads may draw
};

/// Below 0.92 Un on any phase for a minute: one step more, and again after each further minute. Above 0.94 Un for a
/// minute: one step less.
Undervoltage watch_voltage(Undervoltage before, const PerPhase<Millivolts>& voltage, BootTime now);

/// What is left of `headroom`.
Milliamps tightened(Milliamps headroom, const Undervoltage& voltage);

}  // namespace balans
