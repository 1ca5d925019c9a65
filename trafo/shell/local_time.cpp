#include "trafo/shell/local_time.hpp"

#include <time.h>

namespace balans {

std::optional<LocalTime> local_time(UnixTime utc) {
  const auto seconds = static_cast<time_t>(utc.ms() / 1000);
  tm broken_down{};
  if (utc.ms() < 0 || ::localtime_r(&seconds, &broken_down) == nullptr) return std::nullopt;
  return LocalTime{broken_down.tm_mon + 1, broken_down.tm_hour * 60 + broken_down.tm_min};
}

}  // namespace balans
