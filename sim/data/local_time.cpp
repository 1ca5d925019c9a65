#include "sim/data/local_time.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace balans::sim {
namespace {

std::optional<int> number(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (char c : text.substr(at, length)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool has_shape(std::string_view text) {
  if (text.size() != 16 && text.size() != 19) return false;
  const bool date = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':';
  return date && (text.size() == 16 || text[16] == ':');
}

}  // namespace

Result<LocalTime> parse_local_time(std::string_view text) {
  const Error bad{"", "'" + std::string(text) + "' is not a local time like 2019-04-03T16:00"};
  if (!has_shape(text)) return bad;
  const std::optional<int> year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const std::optional<int> hour = number(text, 11, 2), minute = number(text, 14, 2);
  const std::optional<int> second = text.size() == 19 ? number(text, 17, 2) : 0;
  if (!year || !month || !day || !hour || !minute || !second) return bad;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return bad;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return LocalTime((days * kSecondsPerDay + *hour * 3600 + *minute * 60 + *second) * 1000);
}

std::string to_text(LocalTime time) {
  const std::int64_t second = second_of_day(time);
  const std::int64_t day = (time.ms() - second * 1000) / (kSecondsPerDay * 1000);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                     second / 60 % 60, second % 60);
}

}  // namespace balans::sim
