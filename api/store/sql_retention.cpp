#include "api/store/sql_retention.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <vector>

#include "api/store/postgres_connection.hpp"
#include "api/store/postgres_days.hpp"

namespace balans::api {
namespace {

constexpr std::int64_t kRowsAtOnce = 5000;
constexpr std::int64_t kDevicesAtOnce = 200;
constexpr std::int64_t kDaysAhead = 3;

constexpr std::string_view kOldEnvelopes =
    "DELETE FROM envelope WHERE batch IN (SELECT id FROM (SELECT id, received_utc, to_utc FROM batch ORDER BY id "
    "LIMIT $2) AS oldest WHERE received_utc < $1 AND to_utc < $1)";
constexpr std::string_view kOldBatches =
    "DELETE FROM batch WHERE id IN (SELECT id FROM (SELECT id, received_utc, to_utc FROM batch ORDER BY id "
    "LIMIT $2) AS oldest WHERE received_utc < $1 AND to_utc < $1)";
/// Readings without a time go after the batch that brought them.
constexpr std::string_view kOldUntimed =
    "DELETE FROM reading WHERE (device, filed, seq) IN (SELECT device, filed, seq FROM reading WHERE device = $3 "
    "AND filed = -1 AND batch < (SELECT coalesce(min(id), 9223372036854775807) FROM batch) AND $1 > CAST(0 AS BIGINT) "
    "LIMIT $2)";
constexpr std::string_view kOldVersions =
    "DELETE FROM superseded WHERE (device, seq, version) IN (SELECT device, seq, version FROM superseded "
    "WHERE device = $3 AND replaced_utc < $1 LIMIT $2)";
constexpr std::string_view kOldReadings =
    "DELETE FROM reading WHERE (device, filed, seq) IN (SELECT device, filed, seq FROM reading "
    "WHERE device = $3 AND filed >= 0 AND filed < $1 LIMIT $2)";
constexpr std::string_view kOldMinutes =
    "DELETE FROM rolled_minute WHERE (device, start_utc) IN (SELECT device, start_utc FROM rolled_minute "
    "WHERE device = $3 AND start_utc < $1 LIMIT $2)";
constexpr std::string_view kOldQuarters =
    "DELETE FROM rolled_quarter WHERE (device, start_utc) IN (SELECT device, start_utc FROM rolled_quarter "
    "WHERE device = $3 AND start_utc < $1 LIMIT $2)";
constexpr std::string_view kOldDays =
    "DELETE FROM rolled_day WHERE (device, start_utc) IN (SELECT device, start_utc FROM rolled_day "
    "WHERE device = $3 AND start_utc < $1 LIMIT $2)";

}  // namespace

Result<bool> SqlRetention::forget_batches(std::span<const Step> steps) {
  bool more = false;
  for (const Step& step : steps) {
    const auto gone = connection_.run(step.purpose, step.statement, {step.horizon.ms(), kRowsAtOnce});
    if (!gone) return gone.error();
    more = more || *gone >= kRowsAtOnce;
  }
  return more;
}

Result<bool> SqlRetention::forget_of(std::int64_t device, std::span<const Step> steps) {
  bool more = false;
  for (const Step& step : steps) {
    const auto gone = connection_.run(step.purpose, step.statement, {step.horizon.ms(), kRowsAtOnce, device});
    if (!gone) return gone.error();
    more = more || *gone >= kRowsAtOnce;
  }
  return more;
}

Result<bool> SqlRetention::forget_of_devices(std::span<const Step> steps) {
  std::vector<std::int64_t> devices;
  const auto rows = connection_.query("list devices", "SELECT id FROM device WHERE id > $1 ORDER BY id LIMIT $2",
                                      {after_, kDevicesAtOnce});
  const auto read = sql::each_row(rows, [&devices](const sql::Rows& row) -> Result<void> {
    devices.push_back(row.integer(0));
    return {};
  });
  if (!read) return read.error();
  for (const std::int64_t device : devices) {
    const auto more = forget_of(device, steps);
    if (!more || *more) return more;  // the same device has its turn again
    after_ = device;
  }
  if (devices.size() == static_cast<std::size_t>(kDevicesAtOnce)) return true;
  after_ = 0;
  return false;
}

Result<bool> SqliteRetention::forget(const Horizons& horizons) {
  const Step batches[] = {{"forget signed texts", kOldEnvelopes, horizons.raw},
                          {"forget batches", kOldBatches, horizons.raw}};
  const auto more = forget_batches(batches);
  if (!more || *more) return more;
  const Step rows[] = {
      {"forget readings without a time", kOldUntimed, horizons.raw}, {"forget readings", kOldReadings, horizons.raw},
      {"forget replaced readings", kOldVersions, horizons.raw},      {"forget minutes", kOldMinutes, horizons.minute},
      {"forget quarter-hours", kOldQuarters, horizons.quarter_hour}, {"forget days", kOldDays, horizons.day}};
  return forget_of_devices(rows);
}

PostgresRetention::PostgresRetention(PostgresConnection& connection, PostgresDays& days)
    : SqlRetention(connection), postgres_(connection), days_(days) {}

Result<void> PostgresRetention::prepare(UnixTime now) {
  const std::int64_t today = now.ms() / kDayMs;
  for (const char* table : {"reading", "envelope", "rolled_minute"})
    for (std::int64_t day = today - 1; day <= today + kDaysAhead; ++day)
      if (const auto made = days_.make(table, day); !made) return made;
  return {};
}

Result<bool> PostgresRetention::drop_days(const std::string& table, UnixTime horizon) {
  std::vector<std::string> over;
  const auto rows = connection_.query("list partitions",
                                      "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
                                      "WHERE i.inhparent = to_regclass($1) ORDER BY c.relname",
                                      {table});
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    const std::string name = row.text(0);
    std::int64_t day = 0;
    const char* from = name.data() + std::min(table.size() + 1, name.size());
    const auto [end, failure] = std::from_chars(from, name.data() + name.size(), day);
    const bool dated = failure == std::errc{} && end == name.data() + name.size();
    if (dated && (day + 1) * kDayMs <= horizon.ms()) over.push_back(name);
    return {};
  });
  if (!read) return read.error();
  if (over.empty()) return false;
  days_.forget();
  const auto dropped = postgres_.native().execute("drop a day", fmt::format("DROP TABLE {}", over.front()));
  if (!dropped) return dropped.error();
  return over.size() > 1;
}

Result<bool> PostgresRetention::forget(const Horizons& horizons) {
  const std::pair<const char*, UnixTime> tables[] = {
      {"reading", horizons.raw}, {"envelope", horizons.raw}, {"rolled_minute", horizons.minute}};
  for (const auto& [table, horizon] : tables)
    if (const auto more = drop_days(table, horizon); !more || *more) return more;
  const Step batches[] = {{"forget batches", kOldBatches, horizons.raw}};
  const auto more = forget_batches(batches);
  if (!more || *more) return more;
  const Step rows[] = {{"forget readings without a time", kOldUntimed, horizons.raw},
                       {"forget replaced readings", kOldVersions, horizons.raw},
                       {"forget quarter-hours", kOldQuarters, horizons.quarter_hour},
                       {"forget days", kOldDays, horizons.day}};
  return forget_of_devices(rows);
}

}  // namespace balans::api
