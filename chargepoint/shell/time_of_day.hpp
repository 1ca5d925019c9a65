#pragma once
// Local times of day, such as the hour at which a car should be ready.

#include <string_view>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

struct TimeOfDay {
  int hour = 0;
  int minute = 0;
  bool operator==(const TimeOfDay&) const = default;
};

/// "07:00".
Result<TimeOfDay> parse_time_of_day(std::string_view text);
/// The first moment after `now` at which the machine's local time is `time`. One that summer time leaves out is moved
/// as the C library does.
UnixTime next_after(UnixTime now, TimeOfDay time);

}  // namespace balans
