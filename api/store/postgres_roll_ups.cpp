#include "api/store/postgres_roll_ups.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <array>

namespace balans::api {
namespace {

/// `{1,2}`.
template <class Range, class Number>
std::string numbers(const Range& range, Number number) {
  std::string array = "{";
  for (const auto& element : range) {
    if (array.size() > 1) array += ',';
    array += std::to_string(number(element));
  }
  return array + "}";
}

Sample sample_of(const sql::Rows& row) {
  const auto currents = [&row](int first) {
    return PerPhase<Milliamps>{
        {Milliamps(row.integer(first)), Milliamps(row.integer(first + 1)), Milliamps(row.integer(first + 2))}};
  };
  return {UnixTime(row.integer(1)),
          static_cast<std::uint64_t>(row.integer(2)),
          WattHours(row.integer(3)),
          WattHours(row.integer(4)),
          currents(5),
          currents(8)};
}

}  // namespace

Result<std::vector<Samples>> PostgresRollUps::samples_of(std::span<const Dirty> dirty) {
  std::vector<Samples> all;
  const auto around =
      connection_.query("find the readings beside",
                        "SELECT (SELECT filed FROM reading WHERE device = q.device AND filed >= 0 AND filed < q.first "
                        "ORDER BY filed DESC LIMIT 1), "
                        "(SELECT filed FROM reading WHERE device = q.device AND filed > q.last ORDER BY filed LIMIT 1) "
                        "FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[])) WITH ORDINALITY "
                        "AS q(device, first, last, n) ORDER BY n",
                        {numbers(dirty, [](const Dirty& d) { return d.device; }),
                         numbers(dirty, [](const Dirty& d) { return d.first.ms(); }),
                         numbers(dirty, [](const Dirty& d) { return d.last.ms(); })});
  const auto time = [](const sql::Rows& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(UnixTime(row.integer(column)));
  };
  const auto found = sql::each_row(around, [&](const sql::Rows& row) -> Result<void> {
    const Dirty& each = dirty[all.size()];
    all.push_back(
        {each.device, touched(length_of(Level::QuarterHour), each.first, each.last, time(row, 0), time(row, 1)), {}});
    return {};
  });
  if (!found) return found.error();
  const auto rows = connection_.query(
      "read what to roll up",
      "SELECT q.n, r.filed, r.seq, r.import_wh, r.export_wh, r.mean_l1_ma, r.mean_l2_ma, r.mean_l3_ma, r.limit_l1_ma, "
      "r.limit_l2_ma, r.limit_l3_ma "
      "FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[])) WITH ORDINALITY "
      "AS q(device, first, last, n), LATERAL (SELECT * FROM reading WHERE device = q.device AND filed BETWEEN "
      "coalesce((SELECT filed FROM reading WHERE device = q.device AND filed >= 0 AND filed <= q.first "
      "ORDER BY filed DESC LIMIT 1), q.first) AND "
      "coalesce((SELECT filed FROM reading WHERE device = q.device AND filed >= q.last ORDER BY filed LIMIT 1), q.last)"
      ") AS r ORDER BY q.n, r.filed, r.seq",
      {numbers(all, [](const Samples& s) { return s.device; }),
       numbers(all, [](const Samples& s) { return s.span.from.ms(); }),
       numbers(all, [](const Samples& s) { return s.span.to.ms(); })});
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    all[static_cast<std::size_t>(row.integer(0) - 1)].samples.push_back(sample_of(row));
    return {};
  });
  if (!read) return read.error();
  return all;
}

Result<void> PostgresRollUps::put(Level level, std::span<const DeviceSpan> spans,
                                  std::span<const DeviceBucket> buckets) {
  const std::string table(table_of(level));
  const auto cleared = connection_.run(
      "make room for roll-ups",
      fmt::format("DELETE FROM {} t USING unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[])) "
                  "AS q(device, first, last) WHERE t.device = q.device AND t.start_utc >= q.first AND t.start_utc < "
                  "q.last",
                  table),
      {numbers(spans, [](const DeviceSpan& s) { return s.device; }),
       numbers(spans, [](const DeviceSpan& s) { return s.span.from.ms(); }),
       numbers(spans, [](const DeviceSpan& s) { return s.span.to.ms(); })});
  if (!cleared) return cleared.error();
  if (buckets.empty()) return {};
  if (level == Level::Minute)
    for (const DeviceBucket& each : buckets)
      if (const auto made = days_.make(table, each.bucket.start.ms() / kDayMs); !made) return made;
  const auto begun = native_.begin_copy(
      "store roll-ups", fmt::format("COPY {} (device, start_utc, import_wh, export_wh, low_l1_ma, low_l2_ma, "
                                    "low_l3_ma, high_l1_ma, high_l2_ma, high_l3_ma, readings, limited, flags) "
                                    "FROM STDIN",
                                    table));
  if (!begun) return begun;
  std::string text;
  for (const auto& [device, b] : buckets)
    fmt::format_to(std::back_inserter(text), FMT_COMPILE("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n"),
                   device, b.start.ms(), b.imported.count(), b.exported.count(), b.low[Phase::L1].count(),
                   b.low[Phase::L2].count(), b.low[Phase::L3].count(), b.high[Phase::L1].count(),
                   b.high[Phase::L2].count(), b.high[Phase::L3].count(), b.readings, b.limited, b.doubts.bits());
  if (const auto sent = native_.copy(text); !sent) return sent;
  return native_.end_copy();
}

Result<void> PostgresRollUps::note_days(std::span<const DeviceDay> days) {
  const auto noted = connection_.run("note days to roll up",
                                     "INSERT INTO dirty_day (device, start_utc) SELECT * FROM "
                                     "unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[])) ON CONFLICT DO NOTHING",
                                     {numbers(days, [](const DeviceDay& d) { return d.device; }),
                                      numbers(days, [](const DeviceDay& d) { return d.start.ms(); })});
  if (!noted) return noted.error();
  return {};
}

Result<std::vector<Bucket>> PostgresRollUps::joined_buckets(Level level, Millis length, std::int64_t device,
                                                            const Span& span) {
// Whole watt-hours are exact up to 2^53, and sums of DOUBLE PRECISION take half the time of those of BIGINT.
#define BALANS_SUM(column) ", CAST(sum(CAST(" column " AS DOUBLE PRECISION)) AS BIGINT)"
// What had no readings has no extremes either, and is added up apart: a millisecond later. A FILTER takes longer.
#define BALANS_JOINED(table) \
  "SELECT start_utc - start_utc % $4 - least(readings, 1) AS start" BALANS_SUM("import_wh") BALANS_SUM(          \
      "export_wh") ", min(low_l1_ma), min(low_l2_ma), min(low_l3_ma), max(high_l1_ma), max(high_l2_ma), "       \
  "max(high_l3_ma), sum(readings), sum(limited), bit_or(flags), count(*) FROM " table                            \
  " WHERE device = $1 AND start_utc >= $2 AND start_utc < $3 GROUP BY start ORDER BY start"
  static constexpr std::array<std::string_view, 3> kJoined{
      BALANS_JOINED("rolled_minute"), BALANS_JOINED("rolled_quarter"), BALANS_JOINED("rolled_day")};
#undef BALANS_JOINED
#undef BALANS_SUM
  std::vector<Bucket> found;
  const auto rows = connection_.query("join roll-ups", kJoined[static_cast<std::size_t>(level)],
                                      {device, span.from.ms(), span.to.ms(), length.count()});
  std::int64_t parts = 0;
  const auto close = [&] {
    if (!found.empty() && parts * length_of(level).count() < length.count()) found.back().doubts.add(Doubt::Incomplete);
    parts = 0;
  };
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    const Bucket part = bucket_of(row);
    const UnixTime start = floor_to(length, part.start + Millis(1));
    if (found.empty() || found.back().start != start) {
      close();
      found.push_back({start, {}, {}, {}, {}, 0, 0, {}});
    }
    join(found.back(), part);
    parts += row.integer(12);
    return {};
  });
  if (!read) return read.error();
  close();
  return found;
}

}  // namespace balans::api
