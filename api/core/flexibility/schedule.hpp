#pragma once
// Batteries: against a schedule that was fixed before anybody knew the prices of the quarter-hour, and only for those
// that keep their schedules when nothing holds them back.

#include <span>

#include "api/core/flexibility/record.hpp"
#include "common/result.hpp"

namespace balans::api::flexibility {

struct Scheduled {
  UnixTime submitted;
  UnixTime slot;
  WattHours energy;  ///< to be charged in it
};

/// An earlier quarter-hour in which no limit bound the battery.
struct Kept {
  WattHours scheduled, metered;
};

struct ScheduleRule {
  Millis gate = 60_min;            ///< before the slot begins
  std::size_t slots = 96;          ///< the last so many unbound ones are looked at
  std::size_t least = 16;          ///< of them something must have been scheduled in so many
  std::int64_t off_per_cent = 10;  ///< of what was scheduled in them, at most
};

/// What stood for the slot when its gate closed; the last of several. Absent where nothing did.
std::optional<WattHours> fixed_for(std::span<const Scheduled> submitted, UnixTime slot, const ScheduleRule& rule = {});
/// Whether its owner's schedules mean anything. `earlier` is newest first.
bool keeps_schedules(std::span<const Kept> earlier, const ScheduleRule& rule = {});

struct BatteryEvent {
  std::vector<Minute> minutes;
  std::vector<Scheduled> submitted;
  std::vector<Kept> earlier;
  PhaseSet phases;
  WattHours taken_after;  ///< as for a load: what is never charged later was never wanted
};
Result<Course> course_of(const BatteryEvent& event, const ScheduleRule& rule = {});

}  // namespace balans::api::flexibility
