#include "api/store/sql_roll_ups.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace balans::api {
namespace {

/// By level, so that each text is a constant.
using Texts = std::array<std::string_view, 3>;
std::string_view of(const Texts& texts, Level level) { return texts[static_cast<std::size_t>(level)]; }

#define BALANS_BUCKET_COLUMNS                                                                                        \
  "start_utc, import_wh, export_wh, low_l1_ma, low_l2_ma, low_l3_ma, high_l1_ma, high_l2_ma, high_l3_ma, readings, " \
  "limited, flags"
#define BALANS_SAMPLE_COLUMNS \
  "filed, seq, import_wh, export_wh, mean_l1_ma, mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma"

PerPhase<Milliamps> currents(const sql::Rows& row, int first) {
  return {{Milliamps(row.integer(first)), Milliamps(row.integer(first + 1)), Milliamps(row.integer(first + 2))}};
}

Sample sample_of(const sql::Rows& row) {
  Sample sample;
  sample.at = UnixTime(row.integer(0));
  sample.seq = static_cast<std::uint64_t>(row.integer(1));
  sample.imported = WattHours(row.integer(2));
  sample.exported = WattHours(row.integer(3));
  sample.mean = currents(row, 4);
  sample.limit = currents(row, 7);
  return sample;
}

/// Stretches of one device that touch become one; the order stays by device and time.
std::vector<Dirty> joined(std::vector<Dirty> dirty) {
  std::sort(dirty.begin(), dirty.end(),
            [](const Dirty& a, const Dirty& b) { return std::pair(a.device, a.first) < std::pair(b.device, b.first); });
  std::vector<Dirty> joined;
  for (const Dirty& each : dirty) {
    // Those within an hour share the readings around them.
    if (!joined.empty() && joined.back().device == each.device && each.first <= joined.back().last + 60_min)
      joined.back().last = std::max(joined.back().last, each.last);
    else
      joined.push_back(each);
  }
  return joined;
}

template <class Row>
auto collector(std::vector<Row>& rows, Row (*read)(const sql::Rows&)) {
  return [&rows, read](const sql::Rows& row) -> Result<void> {
    rows.push_back(read(row));
    return {};
  };
}

}  // namespace

Bucket bucket_of(const sql::Rows& row) {
  Bucket bucket;
  bucket.start = UnixTime(row.integer(0));
  bucket.imported = WattHours(row.integer(1));
  bucket.exported = WattHours(row.integer(2));
  bucket.low = currents(row, 3);
  bucket.high = currents(row, 6);
  bucket.readings = row.integer(9);
  bucket.limited = row.integer(10);
  bucket.doubts = Doubts(row.integer(11));
  return bucket;
}

std::string_view table_of(Level level) { return of({"rolled_minute", "rolled_quarter", "rolled_day"}, level); }

Result<std::vector<Dirty>> SqlRollUps::take_dirty(std::size_t limit) {
  std::vector<Dirty> dirty;
  const auto rows = connection_.query(
      "take what to roll up",
      "DELETE FROM dirty WHERE id IN (SELECT id FROM dirty ORDER BY id LIMIT $1) RETURNING device, from_utc, to_utc",
      {static_cast<std::int64_t>(limit)});
  const auto read = sql::each_row(rows, [&dirty](const sql::Rows& row) -> Result<void> {
    dirty.push_back({row.integer(0), UnixTime(row.integer(1)), UnixTime(row.integer(2))});
    return {};
  });
  if (!read) return read.error();
  return joined(std::move(dirty));
}

Result<std::optional<UnixTime>> SqlRollUps::nearest(std::string_view statement, std::int64_t device, UnixTime at) {
  return sql::first_row(connection_.query("find the reading beside", statement, {device, at.ms()}),
                        [](const sql::Rows& row) { return UnixTime(row.integer(0)); });
}

Result<Samples> SqlRollUps::samples_around(const Dirty& dirty) {
  constexpr std::string_view kBefore =
      "SELECT filed FROM reading WHERE device = $1 AND filed >= 0 AND filed < $2 ORDER BY filed DESC LIMIT 1";
  constexpr std::string_view kAfter =
      "SELECT filed FROM reading WHERE device = $1 AND filed > $2 ORDER BY filed LIMIT 1";
  const auto before = nearest(kBefore, dirty.device, dirty.first);
  if (!before) return before.error();
  const auto after = nearest(kAfter, dirty.device, dirty.last);
  if (!after) return after.error();
  Samples found{dirty.device, touched(length_of(Level::QuarterHour), dirty.first, dirty.last, *before, *after), {}};
  const auto first = nearest(kBefore, dirty.device, found.span.from + 1_ms);
  if (!first) return first.error();
  const auto last = nearest(kAfter, dirty.device, found.span.to - 1_ms);
  if (!last) return last.error();
  const auto rows = connection_.query(
      "read what to roll up",
      "SELECT " BALANS_SAMPLE_COLUMNS " FROM reading WHERE device = $1 AND filed BETWEEN $2 AND $3 ORDER BY filed, seq",
      {dirty.device, first->value_or(found.span.from).ms(), last->value_or(found.span.to).ms()});
  if (const auto read = sql::each_row(rows, collector(found.samples, sample_of)); !read) return read.error();
  return found;
}

Result<std::vector<Samples>> SqlRollUps::samples_of(std::span<const Dirty> dirty) {
  std::vector<Samples> all;
  for (const Dirty& each : dirty) {
    auto found = samples_around(each);
    if (!found) return found.error();
    all.push_back(*std::move(found));
  }
  return all;
}

Result<void> SqlRollUps::put(Level level, std::span<const DeviceSpan> spans, std::span<const DeviceBucket> buckets) {
  static constexpr Texts kClear{"DELETE FROM rolled_minute WHERE device = $1 AND start_utc >= $2 AND start_utc < $3",
                                "DELETE FROM rolled_quarter WHERE device = $1 AND start_utc >= $2 AND start_utc < $3",
                                "DELETE FROM rolled_day WHERE device = $1 AND start_utc >= $2 AND start_utc < $3"};
#define BALANS_PUT(table)                                 \
  "INSERT INTO " table " (device, " BALANS_BUCKET_COLUMNS \
  ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
  static constexpr Texts kPut{BALANS_PUT("rolled_minute"), BALANS_PUT("rolled_quarter"), BALANS_PUT("rolled_day")};
#undef BALANS_PUT
  for (const auto& [device, span] : spans) {
    const auto cleared =
        connection_.run("make room for a roll-up", of(kClear, level), {device, span.from.ms(), span.to.ms()});
    if (!cleared) return cleared.error();
  }
  for (const auto& [device, b] : buckets) {
    const auto put =
        connection_.run("store a roll-up", of(kPut, level),
                        {device, b.start.ms(), b.imported.count(), b.exported.count(), b.low[Phase::L1].count(),
                         b.low[Phase::L2].count(), b.low[Phase::L3].count(), b.high[Phase::L1].count(),
                         b.high[Phase::L2].count(), b.high[Phase::L3].count(), b.readings, b.limited, b.doubts.bits()});
    if (!put) return put.error();
  }
  return {};
}

Result<void> SqlRollUps::note_days(std::span<const DeviceDay> days) {
  for (const DeviceDay& day : days) {
    const auto noted = connection_.run(
        "note a day to roll up", "INSERT INTO dirty_day (device, start_utc) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        {day.device, day.start.ms()});
    if (!noted) return noted.error();
  }
  return {};
}

Result<std::vector<DeviceDay>> SqlRollUps::take_days(std::size_t limit) {
  std::vector<DeviceDay> days;
  const auto rows = connection_.query("take days to roll up",
                                      "DELETE FROM dirty_day WHERE (device, start_utc) IN "
                                      "(SELECT device, start_utc FROM dirty_day ORDER BY device, start_utc LIMIT $1) "
                                      "RETURNING device, start_utc",
                                      {static_cast<std::int64_t>(limit)});
  const auto read = sql::each_row(rows, [&days](const sql::Rows& row) -> Result<void> {
    days.push_back({row.integer(0), UnixTime(row.integer(1))});
    return {};
  });
  if (!read) return read.error();
  return days;
}

Result<std::vector<Bucket>> SqlRollUps::buckets(Level level, std::int64_t device, const Span& span) {
#define BALANS_SERIES(table)                     \
  "SELECT " BALANS_BUCKET_COLUMNS " FROM " table \
  " WHERE device = $1 AND start_utc >= $2 AND start_utc < $3 ORDER BY start_utc"
  static constexpr Texts kSeries{BALANS_SERIES("rolled_minute"), BALANS_SERIES("rolled_quarter"),
                                 BALANS_SERIES("rolled_day")};
#undef BALANS_SERIES
  std::vector<Bucket> found;
  const auto rows = connection_.query("read roll-ups", of(kSeries, level), {device, span.from.ms(), span.to.ms()});
  if (const auto read = sql::each_row(rows, collector(found, bucket_of)); !read) return read.error();
  return found;
}

Result<std::vector<Bucket>> SqlRollUps::quarters_of(const DeviceDay& day) {
  return buckets(Level::QuarterHour, day.device, {day.start, day.start + length_of(Level::Day)});
}

Result<std::optional<std::int64_t>> SqlRollUps::id_of(const DeviceName& name) {
  return sql::first_row(connection_.query("find the device", "SELECT id FROM device WHERE site = $1 AND agent = $2",
                                          {name.site.str(), name.agent.str()}),
                        [](const sql::Rows& row) { return row.integer(0); });
}

Result<std::vector<Bucket>> SqlRollUps::series(const SeriesQuery& query) {
  const auto id = id_of(query.device);
  if (!id) return id.error();
  if (!*id) return std::vector<Bucket>();
  if (query.length <= length_of(query.level)) return buckets(query.level, **id, query.span);
  return joined_buckets(query.level, query.length, **id, query.span);
}

Result<std::vector<Bucket>> SqlRollUps::joined_buckets(Level level, Millis length, std::int64_t device,
                                                       const Span& span) {
  const auto found = buckets(level, device, span);
  if (!found) return found.error();
  return merge(*found, length_of(level), length);
}

Result<std::vector<Sample>> SqlRollUps::samples(const DeviceName& device, const Span& span, std::size_t limit) {
  std::vector<Sample> found;
  const auto id = id_of(device);
  if (!id) return id.error();
  if (!*id) return found;
  const auto rows = connection_.query(
      "read a device's readings",
      "SELECT " BALANS_SAMPLE_COLUMNS
      " FROM reading WHERE device = $1 AND filed >= $2 AND filed < $3 "
      "ORDER BY filed, seq LIMIT $4",
      {**id, std::max<std::int64_t>(0, span.from.ms()), span.to.ms(), static_cast<std::int64_t>(limit)});
  if (const auto read = sql::each_row(rows, collector(found, sample_of)); !read) return read.error();
  return found;
}

Result<std::vector<DeviceEnergy>> SqlRollUps::energy(const SiteId& site, const Span& span) {
  std::vector<DeviceEnergy> all;
  const auto rows = connection_.query(
      "add up energy",
      "SELECT d.agent, d.node, coalesce(sum(q.import_wh), 0), coalesce(sum(q.export_wh), 0), "
      "coalesce(sum(q.readings), 0), coalesce(sum(q.limited), 0), count(q.start_utc), "
      "coalesce(sum(CASE WHEN q.flags <> 0 THEN 1 ELSE 0 END), 0) "
      "FROM device d LEFT JOIN rolled_quarter q ON q.device = d.id AND q.start_utc >= $2 AND q.start_utc < $3 "
      "WHERE d.site = $1 GROUP BY d.agent, d.node ORDER BY d.agent",
      {site.str(), span.from.ms(), span.to.ms()});
  const auto read = sql::each_row(rows, [&all](const sql::Rows& row) -> Result<void> {
    const Result<AgentId> agent = AgentId::parse(row.text(0));
    if (!agent) return agent.error().within("table device");
    all.push_back({*agent, row.text(1), WattHours(row.integer(2)), WattHours(row.integer(3)), row.integer(4),
                   row.integer(5), row.integer(6), row.integer(7)});
    return {};
  });
  if (!read) return read.error();
  return all;
}

Result<std::vector<DeviceQuality>> SqlRollUps::quality(const SiteId& site, const Span& span) {
  std::vector<DeviceQuality> all;
  const auto rows = connection_.query(
      "judge the data",
      "SELECT d.agent, d.last_seq, "
      "(SELECT filed FROM reading r WHERE r.device = d.id AND r.filed >= 0 ORDER BY r.filed DESC LIMIT 1), "
      "(SELECT received_utc FROM batch b WHERE b.device = d.id ORDER BY b.first_seq DESC LIMIT 1), "
      "count(q.start_utc), coalesce(sum(CASE WHEN q.flags IN (1, 3, 5, 7) THEN 1 ELSE 0 END), 0), "
      "coalesce(sum(CASE WHEN q.flags IN (2, 3, 6, 7) THEN 1 ELSE 0 END), 0), "
      "(SELECT count(*) FROM batch b WHERE b.device = d.id AND b.chain = 'broken' AND b.to_utc >= $2 "
      "AND b.from_utc < $3), "
      "(SELECT count(*) FROM superseded s WHERE s.device = d.id AND s.filed >= $2 AND s.filed < $3) "
      "FROM device d LEFT JOIN rolled_quarter q ON q.device = d.id AND q.start_utc >= $2 AND q.start_utc < $3 "
      "WHERE d.site = $1 GROUP BY d.id, d.agent, d.last_seq ORDER BY d.agent",
      {site.str(), span.from.ms(), span.to.ms()});
  const auto time = [](const sql::Rows& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(UnixTime(row.integer(column)));
  };
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    const Result<AgentId> agent = AgentId::parse(row.text(0));
    if (!agent) return agent.error().within("table device");
    all.push_back({*agent, static_cast<std::uint64_t>(row.integer(1)), time(row, 2), time(row, 3), row.integer(4),
                   row.integer(5), row.integer(6), row.integer(7), row.integer(8)});
    return {};
  });
  if (!read) return read.error();
  return all;
}

}  // namespace balans::api
