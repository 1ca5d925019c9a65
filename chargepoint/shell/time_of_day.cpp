#include "chargepoint/shell/time_of_day.hpp"

#include <time.h>

#include <cctype>
#include <string>

namespace balans {

Result<TimeOfDay> parse_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t i) { return std::isdigit(static_cast<unsigned char>(text[i])) != 0; };
  if (text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
    const TimeOfDay time{(text[0] - '0') * 10 + text[1] - '0', (text[3] - '0') * 10 + text[4] - '0'};
    if (time.hour < 24 && time.minute < 60) return time;
  }
  return Error{"", "'" + std::string(text) + "' is not a time of day such as 07:00"};
}

UnixTime next_after(UnixTime now, TimeOfDay time) {
  const UnixTime in_a_day = now + 24 * 60_min;
  const auto seconds = static_cast<time_t>(now.ms() / 1000);
  tm local{};
  // time_t may have 32 bits, and then ends in 2038.
  if (seconds != now.ms() / 1000 || localtime_r(&seconds, &local) == nullptr) return in_a_day;
  local.tm_hour = time.hour;
  local.tm_min = time.minute;
  local.tm_sec = 0;
  UnixTime next = now;
  for (int day = 0; day < 2 && next <= now; ++day) {
    tm wanted = local;
    wanted.tm_mday += day;
    wanted.tm_isdst = -1;  // summer time is the C library's to find out
    next = UnixTime(static_cast<std::int64_t>(mktime(&wanted)) * 1000);
  }
  return next > now ? next : in_a_day;
}

}  // namespace balans
