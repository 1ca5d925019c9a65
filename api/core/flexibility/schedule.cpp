#include "api/core/flexibility/schedule.hpp"

#include <algorithm>

#include "api/core/flexibility/evened.hpp"

namespace balans::api::flexibility {

std::optional<WattHours> fixed_for(std::span<const Scheduled> submitted, UnixTime slot, const ScheduleRule& rule) {
  const Scheduled* last = nullptr;
  for (const Scheduled& entry : submitted)
    if (entry.slot == slot && entry.submitted <= slot - rule.gate)
      if (last == nullptr || entry.submitted >= last->submitted) last = &entry;
  if (last == nullptr) return std::nullopt;
  return std::max(0_Wh, last->energy);
}

bool keeps_schedules(std::span<const Kept> earlier, const ScheduleRule& rule) {
  WattHours scheduled, off;
  std::size_t meant = 0;
  for (const Kept& slot : earlier.first(std::min(earlier.size(), rule.slots))) {
    scheduled += slot.scheduled;
    off += std::max(slot.scheduled - slot.metered, slot.metered - slot.scheduled);
    if (slot.scheduled > 0_Wh) ++meant;
  }
  return meant >= rule.least && off * 100 <= scheduled * rule.off_per_cent;
}

Result<Course> course_of(const BatteryEvent& event, const ScheduleRule& rule) {
  const bool keeps = keeps_schedules(event.earlier, rule);
  return evened_course(event.minutes, event.phases, event.taken_after,
                       [&](UnixTime slot) -> std::optional<QuarterEnergy> {
                         const std::optional<WattHours> fixed = fixed_for(event.submitted, slot, rule);
                         if (!keeps || !fixed) return std::nullopt;
                         return QuarterEnergy{*fixed, *fixed};
                       });
}

}  // namespace balans::api::flexibility
