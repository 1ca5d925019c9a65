#pragma once
// Loads without sessions, such as heat pumps and boilers: what they draw in the same quarter-hour on other days.

#include <span>

#include "api/core/flexibility/record.hpp"
#include "common/result.hpp"

namespace balans::api::flexibility {

/// A quarter-hour of an earlier day.
struct EarlierQuarter {
  UnixTime start;
  WattHours energy;
  bool day_was_bound = false;  ///< a limit held the load back at some time of that day
};

struct HabitRule {
  std::size_t days = 10;
};

/// What the last days on which nothing held it back say of one quarter-hour.
struct Habit {
  WattHours least;  ///< what is drawn then on every one of them: the baseline
  WattHours most;   ///< drawing more than this is no habit
};
/// Absent where there are not enough such days. Quarter-hours of other times of the day, of the same day and later ones
/// do not count: nobody makes a habit in the hours before an event.
std::optional<Habit> habit_of(std::span<const EarlierQuarter> earlier, UnixTime slot, const HabitRule& rule = {});

/// A time in which limits held the load back, in whole or in part; at most a day.
struct LoadEvent {
  std::vector<Minute> minutes;
  std::vector<EarlierQuarter> earlier;  ///< of all quarter-hours of the day
  PhaseSet phases;                      ///< that it loads
  WattHours taken_after;                ///< in the same time after the event as it is given to catch up (docs: 6 h)
};
Result<Course> course_of(const LoadEvent& event, const HabitRule& rule = {});

}  // namespace balans::api::flexibility
