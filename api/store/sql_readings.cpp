#include "api/store/sql_readings.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "common/defaults.hpp"

namespace balans::api {
namespace {

// Whole statements as constants, so that each is prepared once.
#define BALANS_READING_COLUMNS                                                                                       \
  "r.seq, r.filed, r.version, r.boot, r.at_ms, r.import_wh, r.export_wh, r.mean_l1_ma, r.mean_l2_ma, r.mean_l3_ma, " \
  "r.limit_l1_ma, r.limit_l2_ma, r.limit_l3_ma, r.state"
constexpr int kReadingColumnCount = 14;

PerPhase<Milliamps> currents(const sql::Rows& row, int first) {
  return {{Milliamps(row.integer(first)), Milliamps(row.integer(first + 1)), Milliamps(row.integer(first + 2))}};
}

Result<KnownReading> reading_of(const sql::Rows& row) {
  KnownReading known;
  Reading& reading = known.reading;
  reading.seq = static_cast<std::uint64_t>(row.integer(0));
  if (row.integer(1) != kUntimed) reading.utc = UnixTime(row.integer(1));
  known.version = row.integer(2);
  reading.boot.value = std::bit_cast<std::uint64_t>(row.integer(3));
  reading.at = AgentTime(row.integer(4));
  reading.energy_import = WattHours(row.integer(5));
  reading.energy_export = WattHours(row.integer(6));
  reading.mean = currents(row, 7);
  reading.limit = currents(row, 10);
  const Result<AgentState> state = parse_name<AgentState>(row.text(13));
  if (!state) return state.error().within("table reading");
  reading.state = *state;
  return known;
}

Chain chain_of(const sql::Rows& row) {
  return row.is_null(kReadingColumnCount) || row.text(kReadingColumnCount) == name_of(Chain::Whole) ? Chain::Whole
                                                                                                    : Chain::Broken;
}

std::int64_t first_seq(const ReadingBatch& batch) { return static_cast<std::int64_t>(batch.readings.front().seq); }
std::int64_t last_seq(const ReadingBatch& batch) { return static_cast<std::int64_t>(batch.readings.back().seq); }

Result<Digest> digest_of(const std::string& hex) {
  const Result<Bytes32> bytes = bytes32_from_hex(hex);
  if (!bytes) return bytes.error().within("table batch");
  return Digest{*bytes};
}

void widen(FiledSpan& span, std::int64_t time) {
  span.from = std::min(span.from, time);
  span.to = std::max(span.to, time);
}

/// The lowest (time, number) that a page may show, and the time that it must stay below.
struct Range {
  std::int64_t from_utc;
  std::int64_t after_utc;
  std::int64_t after_seq;
  std::int64_t below_utc;
};

Range range_of(const ReadingQuery& query, bool resume) {
  const bool timed = query.from || query.to;
  Range range{timed ? std::max<std::int64_t>(0, query.from ? query.from->ms() : 0) : kUntimed, kUntimed, kUntimed,
              query.to ? query.to->ms() : std::numeric_limits<std::int64_t>::max()};
  if (!resume) return range;
  range.after_utc = query.after->utc ? query.after->utc->ms() : kUntimed;
  range.after_seq = static_cast<std::int64_t>(query.after->seq);
  return range;
}

}  // namespace

FiledSpan filed_span(const Comparison& rows) {
  FiledSpan span{std::numeric_limits<std::int64_t>::max(), kUntimed};
  for (const Reading& reading : rows.fresh) widen(span, filed(reading));
  for (const Correction& correction : rows.corrections) widen(span, filed(correction.now));
  return span;
}

std::optional<FiledSpan> dirty_span(const Comparison& rows) {
  FiledSpan span{std::numeric_limits<std::int64_t>::max(), kUntimed};
  const auto take = [&span](const Reading& reading) {
    if (reading.utc) widen(span, reading.utc->ms());
  };
  for (const Reading& reading : rows.fresh) take(reading);
  for (const Correction& correction : rows.corrections) {
    take(correction.before.reading);
    take(correction.now);
  }
  return span.to == kUntimed ? std::nullopt : std::optional(span);
}

Result<Overlap> SqlReadings::overlap_of(const Device& device, const Batch& batch) {
  // A batch has at most so many numbers, so none that reaches this one begins further down.
  const std::int64_t lowest = first_seq(batch.content) - defaults::kMaxReadingsPerBatch;
  const auto rows =
      connection_.query("find batches around",
                        "SELECT first_seq, last_seq, digest, previous, head, from_utc, to_utc FROM batch "
                        "WHERE device = $1 AND first_seq BETWEEN $2 AND $3 AND last_seq >= $4 ORDER BY id",
                        {device.id, lowest, last_seq(batch.content) + 1, first_seq(batch.content) - 1});
  const std::string id = to_hex(batch.id.bytes);
  Overlap found;
  std::optional<FiledSpan> times;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    const bool before = row.integer(1) == first_seq(batch.content) - 1;
    const bool after = row.integer(0) == last_seq(batch.content) + 1;
    if (row.text(2) == id) found.same_batch = true;
    if (before || after) {
      const auto digest = digest_of(row.text(before ? 4 : 3));
      if (!digest) return digest.error();
      auto& neighbour = before ? found.neighbours.head_before : found.neighbours.previous_after;
      if (!neighbour) neighbour = *digest;
    } else {
      if (!times) times = FiledSpan{row.integer(5), row.integer(6)};
      widen(*times, row.integer(5));
      widen(*times, row.integer(6));
    }
    return {};
  });
  if (!read) return read.error();
  if (found.same_batch || !times) return found;
  if (const auto stored = append_stored(device, batch.content, *times, found); !stored) return stored.error();
  return found;
}

Result<void> SqlReadings::append_stored(const Device& device, const ReadingBatch& batch, FiledSpan times,
                                        Overlap& found) {
  const auto take = [&found](const sql::Rows& row) -> Result<void> {
    auto reading = reading_of(row);
    if (!reading) return reading.error();
    found.stored.push_back(*std::move(reading));
    return {};
  };
  const auto old = sql::each_row(connection_.query("read replaced readings",
                                                   "SELECT " BALANS_READING_COLUMNS
                                                   " FROM superseded r WHERE r.device = $1 AND r.seq BETWEEN $2 AND $3",
                                                   {device.id, first_seq(batch), last_seq(batch)}),
                                 take);
  if (!old) return old;
  const auto newest = sql::each_row(
      connection_.query("read stored readings",
                        "SELECT " BALANS_READING_COLUMNS
                        " FROM reading r WHERE r.device = $1 AND r.filed BETWEEN $2 AND $3 AND r.seq BETWEEN $4 AND $5",
                        {device.id, times.from, times.to, first_seq(batch), last_seq(batch)}),
      take);
  if (!newest) return newest;
  std::sort(found.stored.begin(), found.stored.end(), [](const KnownReading& a, const KnownReading& b) {
    return std::pair(a.reading.seq, a.version) < std::pair(b.reading.seq, b.version);
  });
  return {};
}

Result<void> SqlReadings::supersede(std::int64_t device, const KnownReading& before, UnixTime now) {
  const auto seq = static_cast<std::int64_t>(before.reading.seq);
  const auto kept = connection_.run(
      "keep the version before",
      "INSERT INTO superseded SELECT device, filed, seq, version, batch, boot, at_ms, import_wh, export_wh, "
      "mean_l1_ma, "
      "mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state, CAST($4 AS BIGINT) FROM reading "
      "WHERE device = $1 AND filed = $2 AND seq = $3",
      {device, filed(before.reading), seq, now.ms()});
  if (!kept) return kept.error();
  const auto gone =
      connection_.run("replace a reading", "DELETE FROM reading WHERE device = $1 AND filed = $2 AND seq = $3",
                      {device, filed(before.reading), seq});
  if (!gone) return gone.error();
  return {};
}

Result<std::vector<SqlReadings::ShownDevice>> SqlReadings::devices_of(const ReadingQuery& query) {
  const auto site = query.site ? std::optional(query.site->str()) : std::nullopt;
  const auto agent = query.agent ? std::optional(query.agent->str()) : std::nullopt;
  const auto rows = connection_.query(
      "list devices",
      "SELECT id, site, agent FROM device WHERE id >= $1 AND ($2 = '' OR site = $2) AND ($3 = '' OR agent = $3) "
      "ORDER BY id",
      {query.after ? query.after->device : 0, site.value_or(""), agent.value_or("")});
  std::vector<ShownDevice> devices;
  const auto read = sql::each_row(rows, [&devices](const sql::Rows& row) -> Result<void> {
    const Result<SiteId> site_id = SiteId::parse(row.text(1));
    const Result<AgentId> agent_id = AgentId::parse(row.text(2));
    if (!site_id) return site_id.error().within("table device");
    if (!agent_id) return agent_id.error().within("table device");
    devices.push_back({row.integer(0), *site_id, *agent_id});
    return {};
  });
  if (!read) return read.error();
  return devices;
}

Result<void> SqlReadings::append(const ShownDevice& device, const ReadingQuery& query, std::size_t room,
                                 std::vector<StoredReading>& readings) {
  const Range range = range_of(query, query.after && query.after->device == device.id);
  const auto rows =
      connection_.query("read a page of readings",
                        "SELECT " BALANS_READING_COLUMNS
                        ", b.chain FROM reading r LEFT JOIN batch b ON b.id = r.batch "
                        "WHERE r.device = $1 AND r.filed >= $2 AND r.filed < $3 AND (r.filed, r.seq) > ($4, $5) "
                        "ORDER BY r.filed, r.seq LIMIT $6",
                        {device.id, std::max(range.from_utc, range.after_utc), range.below_utc, range.after_utc,
                         range.after_seq, static_cast<std::int64_t>(room)});
  return sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto known = reading_of(row);
    if (!known) return known.error();
    readings.push_back({device.site, device.agent, known->reading, chain_of(row), known->version});
    return {};
  });
}

Result<void> SqlReadings::append_superseded(const ShownDevice& device, const std::vector<StoredReading>& shown,
                                            std::vector<StoredReading>& superseded) {
  std::vector<std::uint64_t> corrected;
  for (const StoredReading& row : shown)
    if (row.version > 1 && row.site == device.site && row.agent == device.agent) corrected.push_back(row.reading.seq);
  for (const std::uint64_t seq : corrected) {
    const auto rows = connection_.query("read older versions",
                                        "SELECT " BALANS_READING_COLUMNS
                                        ", b.chain FROM superseded r LEFT JOIN batch b ON b.id = r.batch "
                                        "WHERE r.device = $1 AND r.seq = $2 ORDER BY r.version",
                                        {device.id, static_cast<std::int64_t>(seq)});
    const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
      auto known = reading_of(row);
      if (!known) return known.error();
      superseded.push_back({device.site, device.agent, known->reading, chain_of(row), known->version});
      return {};
    });
    if (!read) return read;
  }
  return {};
}

Result<ReadingPage> SqlReadings::page(const ReadingQuery& query) {
  const auto devices = devices_of(query);
  if (!devices) return devices.error();
  ReadingPage page;
  std::vector<std::int64_t> device_of_row;
  for (const ShownDevice& device : *devices) {
    // One more than asked for tells whether there is a next page.
    const std::size_t room = query.limit + 1 - page.readings.size();
    if (room == 0) break;
    if (const auto done = append(device, query, room, page.readings); !done) return done.error();
    device_of_row.resize(page.readings.size(), device.id);
  }
  if (page.readings.size() > query.limit) {
    page.readings.pop_back();
    const Reading& last = page.readings.back().reading;
    page.next = Cursor{device_of_row[page.readings.size() - 1], last.utc, last.seq};
  }
  if (query.versions == Versions::Newest) return page;
  for (const ShownDevice& device : *devices)
    if (const auto done = append_superseded(device, page.readings, page.superseded); !done) return done.error();
  return page;
}

/// A batch's row, and its text where that is kept.
struct SqlReadings::SealedBatch {
  SignedText text;
  std::int64_t device = 0;
  std::int64_t last_seq = 0;
  FiledSpan times;
  std::string seal;
  std::string digest;
  ReadingBatch content;  ///< its readings are in rows of their own
};

bool gives_text_back(const NewBatch& fresh) {
  return fresh.batch.seal && fresh.rows.fresh.size() == fresh.batch.content.readings.size();
}

std::string seal_text(const NewBatch& fresh) {
  return gives_text_back(fresh) ? to_hex(fresh.batch.seal->key.bytes) + to_hex(fresh.batch.seal->signature.bytes) : "";
}

Result<std::optional<SqlReadings::SealedBatch>> SqlReadings::batch_after(const ReadingQuery& query,
                                                                         std::int64_t after) {
  const auto site = query.site ? std::optional(query.site->str()) : std::nullopt;
  const auto agent = query.agent ? std::optional(query.agent->str()) : std::nullopt;
  const auto rows = connection_.query(
      "find a signed text",
      "SELECT b.id, b.device, b.last_seq, b.from_utc, b.to_utc, b.seal, b.previous, b.head, b.digest, d.site, d.agent, "
      "(SELECT e.text FROM envelope e WHERE e.batch = b.id AND e.received_utc = b.received_utc) "
      "FROM batch b JOIN device d ON d.id = b.device WHERE b.id > $1 AND ($2 = '' OR d.site = $2) "
      "AND ($3 = '' OR d.agent = $3) AND b.to_utc >= $4 AND b.from_utc < $5 ORDER BY b.id LIMIT 1",
      {after, site.value_or(""), agent.value_or(""), query.from ? query.from->ms() : kUntimed,
       query.to ? query.to->ms() : std::numeric_limits<std::int64_t>::max()});
  std::optional<SealedBatch> found;
  const auto read = sql::each_row(rows, [&found](const sql::Rows& row) -> Result<void> {
    const auto previous = digest_of(row.text(6)), head = digest_of(row.text(7));
    const auto of_site = SiteId::parse(row.text(9));
    const auto of_agent = AgentId::parse(row.text(10));
    if (!previous || !head || !of_site || !of_agent) return Error{"table batch", "is damaged"};
    found = SealedBatch{{row.integer(0), *of_site, *of_agent, row.optional_text(11).value_or("")},
                        row.integer(1),
                        row.integer(2),
                        {row.integer(3), row.integer(4)},
                        row.text(5),
                        row.text(8),
                        {*of_agent, *previous, {}, *head}};
    return {};
  });
  if (!read) return read.error();
  return found;
}

Result<void> SqlReadings::write_again(SealedBatch& batch) {
  const auto key = bytes32_from_hex(std::string_view(batch.seal).substr(0, 64));
  const auto signature = bytes64_from_hex(std::string_view(batch.seal).substr(64));
  if (!key || !signature) return Error{"table batch", "has a damaged seal"};
  const auto rows = connection_.query(
      "read a batch's readings",
      "SELECT " BALANS_READING_COLUMNS
      " FROM reading r WHERE r.device = $1 AND r.filed BETWEEN $2 AND $3 AND r.batch = $4 "
      "UNION ALL SELECT " BALANS_READING_COLUMNS
      " FROM superseded r WHERE r.device = $1 AND r.seq BETWEEN $5 AND $6 AND r.batch = $4 ORDER BY 1",
      {batch.device, batch.times.from, batch.times.to, batch.text.batch,
       batch.last_seq - defaults::kMaxReadingsPerBatch, batch.last_seq});
  const auto read = sql::each_row(rows, [&batch](const sql::Rows& row) -> Result<void> {
    const auto known = reading_of(row);
    if (!known) return known.error();
    batch.content.readings.push_back(known->reading);
    return {};
  });
  if (!read) return read;
  batch.text.text = signed_text_of(batch.content, {PublicKey{*key}, Signature{*signature}});
  return {};
}

Result<std::optional<UnixTime>> SqlReadings::newest() {
  std::optional<UnixTime> newest;
  const auto read =
      sql::each_row(connection_.query("find the newest batch", "SELECT to_utc FROM batch ORDER BY id DESC LIMIT 1", {}),
                    [&newest](const sql::Rows& row) -> Result<void> {
                      newest = UnixTime(row.integer(0));
                      return {};
                    });
  if (!read) return read.error();
  return newest;
}

Result<std::optional<SignedText>> SqlReadings::signed_text(const ReadingQuery& query, std::int64_t after) {
  while (true) {
    auto batch = batch_after(query, after);
    if (!batch) return batch.error();
    if (!*batch) return std::optional<SignedText>();
    SealedBatch& found = **batch;
    if (!found.seal.empty())
      if (const auto written = write_again(found); !written) return written.error();
    // It is another where some of its readings are over.
    const bool as_it_came = found.digest.empty() || to_hex(blake2b(found.text.text).bytes) == found.digest;
    if (as_it_came && !found.text.text.empty()) return std::optional(std::move(found.text));
    after = found.text.batch;
  }
}

Result<void> SqlReadings::place(const DeviceName& name, const std::string& node) {
  const auto placed = connection_.run("place a device",
                                      "INSERT INTO device (site, agent, node) VALUES ($1, $2, $3) "
                                      "ON CONFLICT (site, agent) DO UPDATE SET node = excluded.node",
                                      {name.site.str(), name.agent.str(), node});
  if (!placed) return placed.error();
  return {};
}

}  // namespace balans::api
