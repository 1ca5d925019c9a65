#pragma once
// The daily partitions of PostgreSQL's large tables.

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "common/io/postgres/postgres.hpp"

namespace balans::api {

inline constexpr std::int64_t kDayMs = 86'400'000;

/// Of a day's partition.
std::string day_name(const std::string& table, std::int64_t day);

/// Makes partitions where they are not there yet, and remembers those that are.
class PostgresDays {
 public:
  explicit PostgresDays(postgres::Connection& connection) : connection_(connection) {}
  /// `table` is partitioned by milliseconds; `day` is their number of days since 1970.
  Result<void> make(const std::string& table, std::int64_t day);
  /// To be called when a transaction was rolled back, which may have made some, and when days were dropped.
  void forget() { there_.clear(); }

 private:
  postgres::Connection& connection_;
  std::set<std::pair<std::string, std::int64_t>> there_;
};

}  // namespace balans::api
