#pragma once
// From a current per phase to what is written, and back.

#include <cstdint>
#include <optional>

#include "common/registers/description.hpp"
#include "common/registers/sample.hpp"

namespace balans {

/// What a device turns a limit into: the number in its base unit, 0 is a pause.
struct PlannedLimit {
  std::int64_t value = 0;  ///< mA per phase, W, or ‰
  Setpoint setpoint;
};

/// Never more than `limit`: rounded down to the step, or to a level. `rated` is needed for PermilleOfRated only.
PlannedLimit plan_limit(const LimitSpec& spec, Milliamps limit, int phases, std::optional<Watts> rated);
/// The most the device may draw when `value` (its base unit) stands in its limit register; rounded up.
Setpoint setpoint_of(const LimitSpec& spec, std::int64_t value, int phases, std::optional<Watts> rated);

/// The level that is written as `value`; there must be one.
const LimitLevel& level_of(const LimitSpec& spec, std::int64_t value);

}  // namespace balans
