#include "trafo/shell/local_time.hpp"

#include <time.h>

namespace balans {

std::optional<LocalTime> local_time(UnixTime utc) {
  const auto seconds = static_cast<time_t>(utc.ms() / 1000);
  if (utc.ms() < 0 || seconds != utc.ms() / 1000) return std::nullopt;  // time_t may have 32 bits: until 2038
  tm broken_down{};
  if (::localtime_r(&seconds, &broken_down) == nullptr) return std::nullopt;
  return LocalTime{broken_down.tm_mon + 1, broken_down.tm_hour * 60 + broken_down.tm_min};
}

}  // namespace balans
