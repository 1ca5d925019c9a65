#include "api/store/postgres_readings.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

namespace balans::api {
namespace {

// About as long as they are; a text that grows is only slower.
constexpr std::size_t kBatchText = 512;
constexpr std::size_t kReadingText = 128;

/// `{a,b}`: names hold nothing that an array's text would have to quote.
template <class Range, class Text>
std::string array_of(const Range& range, Text text) {
  std::string array = "{";
  for (const auto& element : range) {
    if (array.size() > 1) array += ',';
    array += text(element);
  }
  return array + "}";
}

void append_reading(std::string& rows, std::int64_t device, std::int64_t batch, const Reading& r,
                    std::int64_t version) {
  fmt::format_to(
      std::back_inserter(rows), FMT_COMPILE("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n"), device,
      filed(r), r.seq, version, batch, std::bit_cast<std::int64_t>(r.boot.value), r.at.ms(), r.energy_import.count(),
      r.energy_export.count(), r.mean[Phase::L1].count(), r.mean[Phase::L2].count(), r.mean[Phase::L3].count(),
      r.limit[Phase::L1].count(), r.limit[Phase::L2].count(), r.limit[Phase::L3].count(), name_of(r.state));
}

/// Of batches, and after them of readings into that table.
std::string copies_into(const std::string& table) {
  return fmt::format(
      "COPY batch (id, device, first_seq, last_seq, previous, head, chain, received_utc, digest, seal, from_utc, "
      "to_utc) FROM STDIN; COPY {} (device, filed, seq, version, batch, boot, at_ms, import_wh, export_wh, mean_l1_ma, "
      "mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state) FROM STDIN",
      table);
}

/// The rows of batches, for COPY.
std::string batch_rows(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids) {
  std::string rows;
  rows.reserve(batches.size() * kBatchText);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const NewBatch& fresh = batches[i];
    const ReadingBatch& content = fresh.batch.content;
    const FiledSpan times = filed_span(fresh.rows);
    fmt::format_to(std::back_inserter(rows), FMT_COMPILE("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n"), ids[i],
                   fresh.device, content.readings.front().seq, content.readings.back().seq,
                   to_hex(content.previous.bytes), to_hex(content.head.bytes), name_of(fresh.batch.chain),
                   fresh.received.ms(), to_hex(fresh.batch.id.bytes), seal_text(fresh), times.from, times.to);
  }
  return rows;
}

std::string reading_rows(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids) {
  std::size_t count = 0;
  for (const NewBatch& fresh : batches) count += fresh.rows.fresh.size() + fresh.rows.corrections.size();
  std::string rows;
  rows.reserve(count * kReadingText);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const NewBatch& fresh = batches[i];
    for (const Reading& reading : fresh.rows.fresh) append_reading(rows, fresh.device, ids[i], reading, 1);
    for (const Correction& correction : fresh.rows.corrections)
      append_reading(rows, fresh.device, ids[i], correction.now, correction.before.version + 1);
  }
  return rows;
}

}  // namespace

/// What the batches change in the roll-ups, and how far the chains of their devices are then: a text for each column.
struct PostgresReadings::Notes {
  Notes(std::span<const NewBatch> batches, std::span<const Device> devices) {
    std::vector<std::pair<std::int64_t, FiledSpan>> dirty;
    dirty.reserve(batches.size());
    for (const NewBatch& fresh : batches)
      if (const auto span = dirty_span(fresh.rows)) dirty.emplace_back(fresh.device, *span);
    dirty_devices = array_of(dirty, [](const auto& note) { return std::to_string(note.first); });
    dirty_from = array_of(dirty, [](const auto& note) { return std::to_string(note.second.from); });
    dirty_to = array_of(dirty, [](const auto& note) { return std::to_string(note.second.to); });
    moved_devices = array_of(devices, [](const Device& device) { return std::to_string(device.id); });
    last_seqs = array_of(devices, [](const Device& device) { return std::to_string(device.last_seq); });
    heads = array_of(devices, [](const Device& device) { return to_hex(device.head.bytes); });
  }
  std::string dirty_devices, dirty_from, dirty_to, moved_devices, last_seqs, heads;
};

Result<std::vector<Device>> PostgresReadings::find(std::span<const DeviceName> names) {
  const auto rows =
      connection_.query("find the devices",
                        "SELECT q.n, d.id, d.last_seq, d.head, nextval('batch_id') FROM "
                        "unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[])) WITH ORDINALITY AS q(site, agent, n) "
                        "JOIN device d ON d.site = q.site AND d.agent = q.agent ORDER BY d.id FOR UPDATE OF d",
                        {array_of(names, [](const DeviceName& name) { return name.site.str(); }),
                         array_of(names, [](const DeviceName& name) { return name.agent.str(); })});
  std::vector<Device> devices(names.size());
  std::size_t found = 0;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    const Result<Bytes32> head = bytes32_from_hex(row.text(3));
    if (!head) return head.error().within("table device");
    devices[static_cast<std::size_t>(row.integer(0) - 1)] = {row.integer(1), static_cast<std::uint64_t>(row.integer(2)),
                                                             Digest{*head}};
    numbers_.push_back(row.integer(4));
    ++found;
    return {};
  });
  if (!read) return read.error();
  std::sort(numbers_.begin(), numbers_.end());
  devices.resize(found);
  return devices;
}

Result<std::vector<Device>> PostgresReadings::lock(std::span<const DeviceName> names) {
  numbers_.clear();
  auto devices = find(names);
  if (!devices || devices->size() == names.size()) return devices;
  const auto made =
      connection_.run("make devices",
                      "INSERT INTO device (site, agent) SELECT * FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[])) "
                      "ON CONFLICT DO NOTHING",
                      {array_of(names, [](const DeviceName& name) { return name.site.str(); }),
                       array_of(names, [](const DeviceName& name) { return name.agent.str(); })});
  if (!made) return made.error();
  devices = find(names);
  if (devices && devices->size() != names.size()) return Error{"table device", "a device cannot be made"};
  return devices;
}

Result<std::vector<std::int64_t>> PostgresReadings::batch_ids(std::size_t count) {
  if (numbers_.size() < count) {
    numbers_.clear();  // the others are higher, and numbers rise with the order of batches
    const auto rows = connection_.query("number the batches",
                                        "SELECT nextval('batch_id') FROM generate_series(1, CAST($1 AS BIGINT))",
                                        {static_cast<std::int64_t>(count)});
    const auto read = sql::each_row(rows, [this](const sql::Rows& row) -> Result<void> {
      numbers_.push_back(row.integer(0));
      return {};
    });
    if (!read) return read.error();
  }
  const auto taken = numbers_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<std::int64_t> ids(numbers_.begin(), taken);
  numbers_.erase(numbers_.begin(), taken);
  return ids;
}

Result<std::string> PostgresReadings::make_days(std::span<const NewBatch> batches) {
  std::set<std::int64_t> received, filed_on;
  bool untimed = false;
  std::int64_t last = kUntimed;
  const auto want = [&](const Reading& reading) {
    untimed |= !reading.utc;
    if (!reading.utc || reading.utc->ms() / kDayMs == last) return;
    last = reading.utc->ms() / kDayMs;
    filed_on.insert(last);
  };
  for (const NewBatch& batch : batches) {
    received.insert(batch.received.ms() / kDayMs);
    for (const Reading& reading : batch.rows.fresh) want(reading);
    for (const Correction& correction : batch.rows.corrections) want(correction.now);
  }
  for (const std::int64_t day : received)
    if (const auto made = days_.make("envelope", day); !made) return made.error();
  for (const std::int64_t day : filed_on)
    if (const auto made = days_.make("reading", day); !made) return made.error();
  return untimed || filed_on.size() != 1 ? std::string("reading") : day_name("reading", last);
}

Result<void> PostgresReadings::add(std::span<const NewBatch> batches, std::span<const Device> devices) {
  if (batches.empty()) return {};
  const auto table = make_days(batches);
  if (!table) return table.error();
  const auto ids = batch_ids(batches.size());
  if (!ids) return ids.error();
  if (const auto done = make_room(batches); !done) return done;
  if (const auto done = copy_envelopes(batches, *ids); !done) return done;
  // What comes next is written while the server works on what it has.
  if (const auto asked = native_.ask_for_copies("store batches", copies_into(*table)); !asked) return asked;
  const std::string rows = batch_rows(batches, *ids);
  if (const auto sent = send("store batches", rows); !sent) return sent;
  const std::string readings = reading_rows(batches, *ids);
  if (const auto sent = send("store readings", readings); !sent) return sent;
  const Notes notes(batches, devices);
  if (const auto stored = native_.end_copy(); !stored) return stored;
  return keep(notes);
}

Result<void> PostgresReadings::make_room(std::span<const NewBatch> batches) {
  for (const NewBatch& fresh : batches)
    for (const Correction& correction : fresh.rows.corrections)
      if (const auto kept = supersede(fresh.device, correction.before, fresh.received); !kept) return kept;
  return {};
}

Result<void> PostgresReadings::send(std::string_view purpose, const std::string& rows) {
  if (const auto taken = native_.next_copy(purpose); !taken) return taken;
  return native_.copy_last(rows);
}

Result<void> PostgresReadings::copy_envelopes(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids) {
  std::string rows;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (gives_text_back(batches[i])) continue;
    fmt::format_to(std::back_inserter(rows), "{}\t{}\t", ids[i], batches[i].received.ms());
    postgres::append_copy_text(rows, batches[i].batch.envelope);
    rows += '\n';
  }
  if (rows.empty()) return {};
  const auto begun =
      native_.begin_copy("keep the signed texts", "COPY envelope (batch, received_utc, text) FROM STDIN");
  if (!begun) return begun;
  if (const auto sent = native_.copy(rows); !sent) return sent;
  return native_.end_copy();
}

Result<void> PostgresReadings::keep(const Notes& notes) {
  return connection_.run_meanwhile(
      "move chains on",
      "WITH noted AS (INSERT INTO dirty (device, from_utc, to_utc) SELECT * FROM "
      "unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]))) "
      "UPDATE device SET last_seq = now.last_seq, head = now.head FROM "
      "unnest(CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[]), CAST($6 AS TEXT[])) AS now(id, last_seq, head) "
      "WHERE device.id = now.id",
      {notes.dirty_devices, notes.dirty_from, notes.dirty_to, notes.moved_devices, notes.last_seqs, notes.heads});
}

}  // namespace balans::api
