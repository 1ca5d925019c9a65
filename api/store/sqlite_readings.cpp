#include "api/store/sqlite_readings.hpp"

#include <bit>

namespace balans::api {

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
  if (insert_) return {};
  std::string statement =
      "INSERT INTO reading (device, filed, seq, version, batch, boot, at_ms, import_wh, export_wh, mean_l1_ma, "
      "mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state) VALUES ";
  constexpr const char* kRow = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  auto one = database_.prepare(statement + kRow, "store a reading");
  if (!one) return one.error();
  for (int i = 0; i < kRowsAtOnce; ++i) statement += std::string(i == 0 ? "" : ", ") + kRow;
  auto several = database_.prepare(statement, "store readings");
  if (!several) return several.error();
  insert_.emplace(*std::move(one));
  insert_several_.emplace(*std::move(several));
  return {};
}

Result<void> SqliteReadings::add(std::span<const NewBatch> batches, std::span<const Device> devices) {
  if (const auto prepared = prepare(); !prepared) return prepared;
  for (const NewBatch& fresh : batches)
    if (const auto added = add_batch(fresh); !added) return added;
  for (const Device& device : devices) {
    const auto moved =
        connection_.run("move a chain on", "UPDATE device SET last_seq = $2, head = $3 WHERE id = $1",
                        {device.id, static_cast<std::int64_t>(device.last_seq), to_hex(device.head.bytes)});
    if (!moved) return moved.error();
  }
  return {};
}

Result<void> SqliteReadings::add_batch(const NewBatch& fresh) {
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
  if (const auto added = add_rows(fresh, batch); !added) return added;
  return note_dirty(fresh);
}

Result<void> SqliteReadings::add_rows(const NewBatch& fresh, std::int64_t batch) {
  std::span<const Reading> left = fresh.rows.fresh;
  for (; left.size() >= kRowsAtOnce; left = left.subspan(kRowsAtOnce))
    if (const auto added = add_several(fresh.device, batch, left.first<kRowsAtOnce>()); !added) return added;
  for (const Reading& reading : left)
    if (const auto added = add_row(fresh.device, batch, reading, 1); !added) return added;
  for (const Correction& correction : fresh.rows.corrections) {
    if (const auto kept = supersede(fresh.device, correction.before, fresh.received); !kept) return kept;
    const auto added = add_row(fresh.device, batch, correction.now, correction.before.version + 1);
    if (!added) return added;
  }
  return {};
}

namespace {

constexpr int kColumns = 16;

void bind(sqlite::Statement& statement, int row, std::int64_t device, std::int64_t batch, const Reading& r,
          std::int64_t version) {
  int index = row * kColumns;
  for (const std::int64_t value :
       {device, filed(r), static_cast<std::int64_t>(r.seq), version, batch, std::bit_cast<std::int64_t>(r.boot.value),
        r.at.ms(), r.energy_import.count(), r.energy_export.count(), r.mean[Phase::L1].count(),
        r.mean[Phase::L2].count(), r.mean[Phase::L3].count(), r.limit[Phase::L1].count(), r.limit[Phase::L2].count(),
        r.limit[Phase::L3].count()})
    statement.bind_integer(++index, value);
  statement.bind_constant(++index, name_of(r.state));
}

}  // namespace

Result<void> SqliteReadings::add_row(std::int64_t device, std::int64_t batch, const Reading& r, std::int64_t version) {
  insert_->bind_anew(kColumns);
  bind(*insert_, 0, device, batch, r, version);
  return insert_->finish();
}

Result<void> SqliteReadings::add_several(std::int64_t device, std::int64_t batch,
                                         std::span<const Reading, kRowsAtOnce> rows) {
  insert_several_->bind_anew(kColumns * kRowsAtOnce);
  for (int i = 0; i < kRowsAtOnce; ++i) bind(*insert_several_, i, device, batch, rows[static_cast<std::size_t>(i)], 1);
  return insert_several_->finish();
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
