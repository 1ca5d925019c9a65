#include "trafo/core/outside.hpp"

namespace balans {

bool in_span(std::uint16_t months, int from_minute, int to_minute, const std::optional<LocalTime>& now) {
  if (!now) return true;
  if (((months >> (now->month - 1)) & 1) == 0) return false;
  if (from_minute == to_minute) return true;
  const int minute = now->minute_of_day;
  if (from_minute < to_minute) return minute >= from_minute && minute < to_minute;
  return minute >= from_minute || minute < to_minute;
}

std::vector<OutsideLimit> limits_now(std::span<const OutsideLimit> orders, std::span<const TimedLimit> schedule,
                                     const std::optional<UnixTime>& utc, const std::optional<LocalTime>& local) {
  std::vector<OutsideLimit> result;
  for (const OutsideLimit& order : orders) {
    const bool begun = !utc || !order.from || *utc >= *order.from;
    const bool over = utc && order.until && *utc >= *order.until;
    if (begun && !over) result.push_back(order);
  }
  for (const TimedLimit& row : schedule)
    if (in_span(row.months, row.from_minute, row.to_minute, local))
      result.push_back({row.node, Reason::Schedule, row.bound, std::nullopt, std::nullopt});
  return result;
}

}  // namespace balans
