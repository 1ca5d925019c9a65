#include "api/store/sqlite_readings.hpp"

#include <bit>

namespace balans::api {
namespace {

constexpr std::size_t kColumns = 16;  ///< of a reading's row

}  // namespace

Result<Device> SqliteReadings::device_of(const DeviceName& name) {
  const auto find = [&]() -> Result<std::optional<Device>> {
    std::optional<Device> device;
    const auto rows =
        connection_.query("find the device", "SELECT id, last_seq, head FROM device WHERE site = $1 AND agent = $2",
                          {name.site.str(), name.agent.str()});
    const auto read = sql::each_row(rows, [&device](const sql::Rows& row) -> Result<void> {
      const Result<Bytes32> head = bytes32_from_hex(row.text(2));
      if (!head) return head.error().within("table device");
      device = Device{row.integer(0), static_cast<std::uint64_t>(row.integer(1)), Digest{*head}};
      return {};
    });
    if (!read) return read.error();
    return device;
  };
  auto found = find();
  if (!found) return found.error();
  if (*found) return **found;
  const auto made = connection_.run("make a device", "INSERT INTO device (site, agent) VALUES ($1, $2)",
                                    {name.site.str(), name.agent.str()});
  if (!made) return made.error();
  return Device{database_.last_insert_id(), 0, {}};
}

Result<std::vector<Device>> SqliteReadings::lock(std::span<const DeviceName> names) {
  // The transaction holds the only write lock there is.
  std::vector<Device> devices;
  for (const DeviceName& name : names) {
    const auto device = device_of(name);
    if (!device) return device.error();
    devices.push_back(*device);
  }
  return devices;
}

Result<void> SqliteReadings::prepare() {
  constexpr const char* kRow = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  if (!inserts_.empty()) return {};
  std::vector<Insert> inserts;
  for (const std::size_t rows : {50U, 10U, 1U}) {
    // OR FAIL: what a statement has done before it fails goes with the transaction, so it keeps no journal of its own.
    std::string statement =
        "INSERT OR FAIL INTO reading (device, filed, seq, version, batch, boot, at_ms, import_wh, export_wh, "
        "mean_l1_ma, mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state) VALUES ";
    for (std::size_t i = 0; i < rows; ++i) statement += std::string(i == 0 ? "" : ", ") + kRow;
    auto prepared = database_.prepare(statement, "store readings");
    if (!prepared) return prepared.error();
    inserts.push_back({rows, *std::move(prepared)});
  }
  inserts_ = std::move(inserts);
  return {};
}

Result<void> SqliteReadings::add(std::span<const NewBatch> batches, std::span<const Device> devices) {
  if (const auto prepared = prepare(); !prepared) return prepared;
  std::vector<Row> rows;
  for (const NewBatch& fresh : batches)
    if (const auto added = add_batch(fresh, rows); !added) return added;
  if (const auto added = add_rows(rows); !added) return added;
  for (const Device& device : devices) {
    const auto moved =
        connection_.run("move a chain on", "UPDATE device SET last_seq = $2, head = $3 WHERE id = $1",
                        {device.id, static_cast<std::int64_t>(device.last_seq), to_hex(device.head.bytes)});
    if (!moved) return moved.error();
  }
  return {};
}

Result<void> SqliteReadings::add_batch(const NewBatch& fresh, std::vector<Row>& rows) {
  const ReadingBatch& content = fresh.batch.content;
  const FiledSpan times = filed_span(fresh.rows);
  const std::string seal = seal_text(fresh);
  const auto stored = connection_.run(
      "store a batch",
      "INSERT INTO batch (device, first_seq, last_seq, previous, head, chain, received_utc, digest, from_utc, to_utc, "
      "seal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {fresh.device, static_cast<std::int64_t>(content.readings.front().seq),
       static_cast<std::int64_t>(content.readings.back().seq), to_hex(content.previous.bytes),
       to_hex(content.head.bytes), name_of(fresh.batch.chain), fresh.received.ms(), to_hex(fresh.batch.id.bytes),
       times.from, times.to, seal});
  if (!stored) return stored.error();
  const std::int64_t batch = database_.last_insert_id();
  if (seal.empty()) {
    const auto kept =
        connection_.run("keep the signed text", "INSERT INTO envelope (batch, received_utc, text) VALUES ($1, $2, $3)",
                        {batch, fresh.received.ms(), fresh.batch.envelope});
    if (!kept) return kept.error();
  }
  for (const Reading& reading : fresh.rows.fresh) rows.push_back({fresh.device, batch, 1, &reading});
  for (const Correction& correction : fresh.rows.corrections) {
    if (const auto kept = supersede(fresh.device, correction.before, fresh.received); !kept) return kept;
    rows.push_back({fresh.device, batch, correction.before.version + 1, &correction.now});
  }
  return note_dirty(fresh);
}

void SqliteReadings::bind(sqlite::Statement& statement, int first, const Row& row) {
  const Reading& r = *row.reading;
  int index = first;
  for (const std::int64_t value :
       {row.device, filed(r), static_cast<std::int64_t>(r.seq), row.version, row.batch,
        std::bit_cast<std::int64_t>(r.boot.value), r.at.ms(), r.energy_import.count(), r.energy_export.count(),
        r.mean[Phase::L1].count(), r.mean[Phase::L2].count(), r.mean[Phase::L3].count(), r.limit[Phase::L1].count(),
        r.limit[Phase::L2].count(), r.limit[Phase::L3].count()})
    statement.bind_integer(++index, value);
  statement.bind_constant(++index, name_of(r.state));
}

Result<void> SqliteReadings::add_rows(std::span<const Row> rows) {
  for (Insert& insert : inserts_)
    for (; rows.size() >= insert.rows; rows = rows.subspan(insert.rows)) {
      insert.statement.bind_anew(insert.rows * kColumns);
      for (std::size_t i = 0; i < insert.rows; ++i) bind(insert.statement, static_cast<int>(i * kColumns), rows[i]);
      if (const auto added = insert.statement.finish(); !added) return added;
    }
  return {};
}

Result<void> SqliteReadings::note_dirty(const NewBatch& fresh) {
  const auto span = dirty_span(fresh.rows);
  if (!span) return {};
  const auto noted =
      connection_.run("note what to roll up", "INSERT INTO dirty (device, from_utc, to_utc) VALUES ($1, $2, $3)",
                      {fresh.device, span->from, span->to});
  if (!noted) return noted.error();
  return {};
}

}  // namespace balans::api
