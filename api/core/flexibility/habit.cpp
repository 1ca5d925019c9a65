#include "api/core/flexibility/habit.hpp"

#include <algorithm>

#include "api/core/flexibility/evened.hpp"

namespace balans::api::flexibility {
namespace {

constexpr Millis kDay = 1440 * 1_min;

}  // namespace

std::optional<Habit> habit_of(std::span<const EarlierQuarter> earlier, UnixTime slot, const HabitRule& rule) {
  std::vector<EarlierQuarter> fit;
  for (const EarlierQuarter& quarter : earlier)
    if (quarter.start < slot && (slot - quarter.start) % kDay == 0_ms && !quarter.day_was_bound) fit.push_back(quarter);
  if (rule.days == 0 || fit.size() < rule.days) return std::nullopt;
  std::ranges::sort(fit, std::ranges::greater(), &EarlierQuarter::start);
  fit.resize(rule.days);
  const auto [least, most] = std::ranges::minmax(fit, {}, &EarlierQuarter::energy);
  return Habit{std::max(0_Wh, least.energy), most.energy};
}

Result<Course> course_of(const LoadEvent& event, const HabitRule& rule) {
  return evened_course(event.minutes, event.phases, event.taken_after,
                       [&](UnixTime slot) -> std::optional<QuarterEnergy> {
                         const std::optional<Habit> habit = habit_of(event.earlier, slot, rule);
                         if (!habit) return std::nullopt;
                         return QuarterEnergy{habit->least, habit->most};
                       });
}

}  // namespace balans::api::flexibility
