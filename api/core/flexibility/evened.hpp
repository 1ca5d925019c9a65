#pragma once
// The course of a load whose baseline is an energy for each quarter-hour: drawn evenly over it.

#include <functional>

#include "api/core/flexibility/record.hpp"
#include "common/result.hpp"

namespace balans::api::flexibility {

/// What one quarter-hour is known for.
struct QuarterEnergy {
  WattHours baseline;
  WattHours usual;  ///< from where drawing counts as a rise
};

/// At most a day of minutes, in order. What is withheld in all is at most `taken_after`: what is not caught up later
/// was not wanted. A quarter-hour that nothing is known of does not earn.
Result<Course> evened_course(const std::vector<Minute>& minutes, PhaseSet phases, WattHours taken_after,
                             const std::function<std::optional<QuarterEnergy>(UnixTime slot)>& quarter);

}  // namespace balans::api::flexibility
