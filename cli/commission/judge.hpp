#pragma once
// What the measures prove about a device, its configuration and the grid's meter.

#include "cli/commission/measure.hpp"
#include "cli/finding.hpp"

namespace balans::cli {

/// What the changes of the limit have changed, counted upwards: the median of all of them, so that a kettle that was
/// switched on meanwhile counts for nothing.
struct Change {
  PerPhase<Milliamps> current;
  std::optional<PerPhase<Watts>> power;
  std::optional<Watts> total_power;
  PerPhase<Milliamps> spread;  ///< between the smallest and the largest of them
};
std::optional<Change> grid_change(const std::vector<Level>& levels);
/// The same on the device's own terminals, by its own measuring.
std::optional<PerPhase<Milliamps>> own_change(const std::vector<Level>& levels);

/// Phases, direction and current transformers, as the grid's meter shows them. Empty `change`: there was no meter.
Findings judge_meter(const CommissionedDevice& device, const Measures& measures, const std::optional<Change>& change,
                     const std::optional<PerPhase<Milliamps>>& own);

/// All of it: limits, meter, settling time, silence, and that the old limit stands there again.
Findings judge(const CommissionedDevice& device, const Measures& measures);

}  // namespace balans::cli
