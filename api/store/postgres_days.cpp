#include "api/store/postgres_days.hpp"

#include <fmt/format.h>

namespace balans::api {

namespace {
constexpr std::int64_t kPartitionLock = 0x62616c64617973;
}  // namespace

std::string day_name(const std::string& table, std::int64_t day) { return fmt::format("{}_{}", table, day); }

Result<void> PostgresDays::make(const std::string& table, std::int64_t day) {
  if (there_.contains({table, day})) return {};
  const auto made =
      connection_.execute("make a day's partition",
                          // Two that make the same one at the same moment would both find that it is not there.
                          fmt::format("SELECT pg_advisory_xact_lock({4}); "
                                      "CREATE TABLE IF NOT EXISTS {1} PARTITION OF {0} FOR VALUES FROM ({2}) TO ({3})",
                                      table, day_name(table, day), day * kDayMs, (day + 1) * kDayMs, kPartitionLock));
  if (made) there_.emplace(table, day);
  return made;
}

}  // namespace balans::api
