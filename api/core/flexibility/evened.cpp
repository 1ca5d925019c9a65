#include "api/core/flexibility/evened.hpp"

#include <algorithm>

#include "api/core/flexibility/baseline.hpp"
#include "api/core/roll_up.hpp"

namespace balans::api::flexibility {
namespace {

constexpr std::size_t kMostMinutes = 1440;
constexpr WattHours kMostEnergy = 1'000'000_Wh;

/// The current on each of the phases that makes so much in a quarter-hour.
PerPhase<Milliamps> evenly(WattHours energy, PhaseSet phases) {
  const std::int64_t parts = kNominalVoltage.count() / 1000 * phases.size();
  return phases.spread(Milliamps(std::min(energy, kMostEnergy).count() * 4000 / parts));
}

/// What the limit keeps back of the course in one minute.
MilliwattHours withheld(const CourseMinute& course, const Minute& minute) {
  MilliwattHours sum;
  for (Phase p : kPhases)
    sum += in_a_minute(std::max(0_mA, course.unheld[p] - std::max(minute.limit[p], course.drawn[p])), kNominalVoltage);
  return sum;
}

CourseMinute minute_of(const Minute& minute, PhaseSet phases, const std::optional<QuarterEnergy>& quarter) {
  CourseMinute course{minute.end, {}, minute.drawn.value_or(PerPhase<Milliamps>()), {}, false};
  course.unheld = course.usual = course.drawn;
  if (!quarter) return course;
  course.usual = evenly(quarter->usual, phases);
  course.unheld = smaller_of(course.drawn, course.usual);
  if (!is_congestion(minute.reason) || !is_bound(minute) || !drew_its_limit(minute)) return course;
  course.unheld = larger_of(smaller_of(evenly(quarter->baseline, phases), minute.ask), course.drawn);
  course.earns = true;
  return course;
}

}  // namespace

Result<Course> evened_course(const std::vector<Minute>& minutes, PhaseSet phases, WattHours taken_after,
                             const std::function<std::optional<QuarterEnergy>(UnixTime slot)>& quarter) {
  if (minutes.size() > kMostMinutes) return Error{"minutes", "more than a day of them"};
  if (phases.empty()) return Error{"phases", "empty: expected at least one"};
  Course course;
  MilliwattHours left = fine(std::min(taken_after, kMostEnergy));
  UnixTime last;
  for (const Minute& minute : minutes) {
    if (minute.end <= last) return Error{"minutes", "not in order of time"};
    last = minute.end;
    CourseMinute next = minute_of(minute, phases, quarter(stretch_of(kSlot, minute.end)));
    const MilliwattHours kept = next.earns ? withheld(next, minute) : MilliwattHours();
    if (kept > left) next.unheld = next.drawn, next.earns = false;
    if (next.earns) left -= kept;
    course.minutes.push_back(next);
  }
  return course;
}

}  // namespace balans::api::flexibility
