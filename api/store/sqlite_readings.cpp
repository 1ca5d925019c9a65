#include "api/store/sqlite_readings.hpp"

#include <bit>
#include <limits>

namespace balans::api {
namespace {

constexpr std::string_view kReadingColumns =
    "seq, boot, at_ms, utc, import_wh, export_wh, mean_l1_ma, mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, "
    "limit_l3_ma, state";
constexpr int kReadingColumnCount = 13;

PerPhase<Milliamps> currents(const sqlite::Statement& row, int first) {
  return {{Milliamps(row.integer(first)), Milliamps(row.integer(first + 1)), Milliamps(row.integer(first + 2))}};
}

Result<Reading> reading_of(const sqlite::Statement& row) {
  Reading reading;
  reading.seq = static_cast<std::uint64_t>(row.integer(0));
  reading.boot.value = std::bit_cast<std::uint64_t>(row.integer(1));
  reading.at = AgentTime(row.integer(2));
  if (const auto utc = row.optional_integer(3)) reading.utc = UnixTime(*utc);
  reading.energy_import = WattHours(row.integer(4));
  reading.energy_export = WattHours(row.integer(5));
  reading.mean = currents(row, 6);
  reading.limit = currents(row, 9);
  const Result<AgentState> state = parse_name<AgentState>(row.text(12));
  if (!state) return state.error().within("table reading");
  reading.state = *state;
  return reading;
}

std::int64_t last_seq(const ReadingBatch& batch) { return static_cast<std::int64_t>(batch.readings.back().seq); }
std::int64_t first_seq(const ReadingBatch& batch) { return static_cast<std::int64_t>(batch.readings.front().seq); }

/// The lowest (time, number) that a page may show, and the time that it must stay below.
struct Range {
  std::int64_t from_utc;
  std::int64_t after_utc;
  std::int64_t after_seq;
  std::int64_t below_utc;
};

Range range_of(const ReadingQuery& query, bool resume) {
  constexpr std::int64_t kAll = -1;  // the index puts readings without a time here
  const bool timed = query.from || query.to;
  Range range{timed ? std::max<std::int64_t>(0, query.from ? query.from->ms() : 0) : kAll, kAll, kAll,
              query.to ? query.to->ms() : std::numeric_limits<std::int64_t>::max()};
  if (!resume) return range;
  range.after_utc = query.after->utc ? query.after->utc->ms() : kAll;
  range.after_seq = static_cast<std::int64_t>(query.after->seq);
  return range;
}

}  // namespace

Result<std::int64_t> SqliteReadings::device_id(const SiteId& site, const AgentId& agent) {
  constexpr std::string_view kPurpose = "find the device";
  auto insert = database_.prepare("INSERT INTO device (site, agent) VALUES (?, ?) ON CONFLICT DO NOTHING", kPurpose);
  if (!insert) return insert.error();
  if (const auto done = insert->run(site.str(), agent.str()); !done) return done.error();
  auto select = database_.prepare("SELECT id FROM device WHERE site = ? AND agent = ?", kPurpose);
  if (!select) return select.error();
  select->bind(site.str(), agent.str());
  const Result<bool> row = select->step();
  if (!row) return row.error();
  return select->integer(0);
}

Result<std::vector<Reading>> SqliteReadings::stored_of(const SiteId& site, const ReadingBatch& batch) {
  const Result<std::int64_t> device = device_id(site, batch.agent);
  if (!device) return device.error();
  auto select = database_.prepare(
      "SELECT " + std::string(kReadingColumns) + " FROM reading WHERE device = ? AND seq BETWEEN ? AND ? ORDER BY seq",
      "read stored readings");
  if (!select) return select.error();
  select->bind(*device, first_seq(batch), last_seq(batch));
  std::vector<Reading> stored;
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return row.error();
    if (!*row) return stored;
    const Result<Reading> reading = reading_of(*select);
    if (!reading) return reading.error();
    stored.push_back(*reading);
  }
}

Result<std::optional<Digest>> SqliteReadings::digest_of(std::string_view sql, std::int64_t device, std::uint64_t seq) {
  auto select = database_.prepare(sql, "read the neighbouring chain");
  if (!select) return select.error();
  select->bind(device, static_cast<std::int64_t>(seq));
  const Result<bool> row = select->step();
  if (!row) return row.error();
  if (!*row) return std::optional<Digest>();
  const Result<Bytes32> bytes = bytes32_from_hex(select->text(0));
  if (!bytes) return bytes.error().within("table batch");
  return std::optional(Digest{*bytes});
}

Result<Neighbours> SqliteReadings::neighbours_of(const SiteId& site, const ReadingBatch& batch) {
  const Result<std::int64_t> device = device_id(site, batch.agent);
  if (!device) return device.error();
  const auto before = digest_of("SELECT head FROM batch WHERE device = ? AND last_seq = ? ORDER BY id LIMIT 1", *device,
                                batch.readings.front().seq - 1);
  if (!before) return before.error();
  const auto after = digest_of("SELECT previous FROM batch WHERE device = ? AND first_seq = ? ORDER BY id LIMIT 1",
                               *device, batch.readings.back().seq + 1);
  if (!after) return after.error();
  return Neighbours{*before, *after};
}

Result<void> SqliteReadings::add(const SiteId& site, const Batch& batch, const std::vector<Reading>& fresh,
                                 UnixTime received) {
  const ReadingBatch& content = batch.content;
  const Result<std::int64_t> device = device_id(site, content.agent);
  if (!device) return device.error();
  auto insert_batch = database_.prepare(
      "INSERT INTO batch (device, first_seq, last_seq, previous, head, chain, received_utc, envelope) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      "store a batch");
  if (!insert_batch) return insert_batch.error();
  if (const auto done =
          insert_batch->run(*device, first_seq(content), last_seq(content), to_hex(content.previous.bytes),
                            to_hex(content.head.bytes), name_of(batch.chain), received.ms(), batch.envelope);
      !done)
    return done.error();
  const std::int64_t batch_id = database_.last_insert_id();
  auto insert = database_.prepare("INSERT INTO reading (device, batch, " + std::string(kReadingColumns) +
                                      ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                  "store a reading");
  if (!insert) return insert.error();
  for (const Reading& r : fresh) {
    const auto utc = r.utc ? std::optional(r.utc->ms()) : std::nullopt;
    const auto done =
        insert->run(*device, batch_id, static_cast<std::int64_t>(r.seq), std::bit_cast<std::int64_t>(r.boot.value),
                    r.at.ms(), utc, r.energy_import.count(), r.energy_export.count(), r.mean[Phase::L1].count(),
                    r.mean[Phase::L2].count(), r.mean[Phase::L3].count(), r.limit[Phase::L1].count(),
                    r.limit[Phase::L2].count(), r.limit[Phase::L3].count(), name_of(r.state));
    if (!done) return done.error();
  }
  return {};
}

Result<std::vector<SqliteReadings::Device>> SqliteReadings::devices_of(const ReadingQuery& query) {
  auto select = database_.prepare(
      "SELECT id, site, agent FROM device WHERE id >= ?1 AND (?2 IS NULL OR site = ?2) AND (?3 IS NULL OR agent = ?3) "
      "ORDER BY id",
      "list devices");
  if (!select) return select.error();
  const auto site = query.site ? std::optional(query.site->str()) : std::nullopt;
  const auto agent = query.agent ? std::optional(query.agent->str()) : std::nullopt;
  select->bind(query.after ? query.after->device : 0, site, agent);
  std::vector<Device> devices;
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return row.error();
    if (!*row) return devices;
    const Result<SiteId> site_id = SiteId::parse(select->text(1));
    const Result<AgentId> agent_id = AgentId::parse(select->text(2));
    if (!site_id) return site_id.error().within("table device");
    if (!agent_id) return agent_id.error().within("table device");
    devices.push_back({select->integer(0), *site_id, *agent_id});
  }
}

Result<void> SqliteReadings::append(const Device& device, const ReadingQuery& query, std::size_t room,
                                    std::vector<StoredReading>& readings) {
  auto select = database_.prepare(
      "SELECT " + std::string(kReadingColumns) +
          ", (SELECT chain FROM batch WHERE batch.id = reading.batch) FROM reading WHERE device = ?1 "
          "AND coalesce(utc, -1) >= ?2 AND coalesce(utc, -1) < ?3 AND (coalesce(utc, -1), seq) > (?4, ?5) "
          "ORDER BY coalesce(utc, -1), seq LIMIT ?6",
      "read a page of readings");
  if (!select) return select.error();
  const Range range = range_of(query, query.after && query.after->device == device.id);
  select->bind(device.id, std::max(range.from_utc, range.after_utc), range.below_utc, range.after_utc, range.after_seq,
               static_cast<std::int64_t>(room));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    const Result<Reading> reading = reading_of(*select);
    if (!reading) return reading.error();
    const Chain chain = select->text(kReadingColumnCount) == name_of(Chain::Whole) ? Chain::Whole : Chain::Broken;
    readings.push_back({device.site, device.agent, *reading, chain});
  }
}

Result<ReadingPage> SqliteReadings::page(const ReadingQuery& query) {
  const auto devices = devices_of(query);
  if (!devices) return devices.error();
  ReadingPage page;
  std::vector<std::int64_t> device_of_row;
  for (const Device& device : *devices) {
    // One more than asked for tells whether there is a next page.
    const std::size_t room = query.limit + 1 - page.readings.size();
    if (room == 0) break;
    if (const auto done = append(device, query, room, page.readings); !done) return done.error();
    device_of_row.resize(page.readings.size(), device.id);
  }
  if (page.readings.size() <= query.limit) return page;
  page.readings.pop_back();
  const Reading& last = page.readings.back().reading;
  page.next = Cursor{device_of_row[page.readings.size() - 1], last.utc, last.seq};
  return page;
}

}  // namespace balans::api
