#include "api/store/postgres_readings.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace balans::api {
namespace {

constexpr std::size_t kCopyChunk = 64 * 1024;

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

/// Sends rows in pieces, so that the server works while the next are written.
class CopyRows {
 public:
  explicit CopyRows(postgres::Connection& connection) : connection_(connection) { rows_.reserve(kCopyChunk + 1024); }
  std::string& rows() { return rows_; }
  Result<void> row_ended() {
    if (rows_.size() < kCopyChunk) return {};
    return flush();
  }
  Result<void> finish() {
    if (const auto sent = flush(); !sent) return sent;
    return connection_.end_copy();
  }

 private:
  Result<void> flush() {
    if (rows_.empty()) return {};
    const auto sent = connection_.copy(rows_);
    rows_.clear();
    return sent;
  }
  postgres::Connection& connection_;
  std::string rows_;
};

void append_reading(std::string& rows, std::int64_t device, std::int64_t batch, const Reading& r,
                    std::int64_t version) {
  fmt::format_to(
      std::back_inserter(rows), FMT_COMPILE("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n"), device,
      filed(r), r.seq, version, batch, std::bit_cast<std::int64_t>(r.boot.value), r.at.ms(), r.energy_import.count(),
      r.energy_export.count(), r.mean[Phase::L1].count(), r.mean[Phase::L2].count(), r.mean[Phase::L3].count(),
      r.limit[Phase::L1].count(), r.limit[Phase::L2].count(), r.limit[Phase::L3].count(), name_of(r.state));
}

}  // namespace

Result<std::vector<Device>> PostgresReadings::find(std::span<const DeviceName> names) {
  const std::string sites = array_of(names, [](const DeviceName& name) { return name.site.str(); });
  const std::string agents = array_of(names, [](const DeviceName& name) { return name.agent.str(); });
  std::map<std::pair<std::string, std::string>, Device> known;
  const auto rows =
      connection_.query("find the devices",
                        "SELECT id, last_seq, head, site, agent FROM device WHERE (site, agent) IN "
                        "(SELECT * FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[]))) ORDER BY id FOR UPDATE",
                        {sites, agents});
  const auto read = sql::each_row(rows, [&known](const sql::Rows& row) -> Result<void> {
    const Result<Bytes32> head = bytes32_from_hex(row.text(2));
    if (!head) return head.error().within("table device");
    known[{row.text(3), row.text(4)}] = {row.integer(0), static_cast<std::uint64_t>(row.integer(1)), Digest{*head}};
    return {};
  });
  if (!read) return read.error();
  std::vector<Device> devices;
  for (const DeviceName& name : names)
    if (const auto device = known.find({name.site.str(), name.agent.str()}); device != known.end())
      devices.push_back(device->second);
  return devices;
}

Result<std::vector<Device>> PostgresReadings::lock(std::span<const DeviceName> names) {
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
  std::vector<std::int64_t> ids;
  const auto rows =
      connection_.query("number the batches", "SELECT nextval('batch_id') FROM generate_series(1, CAST($1 AS BIGINT))",
                        {static_cast<std::int64_t>(count)});
  const auto read = sql::each_row(rows, [&ids](const sql::Rows& row) -> Result<void> {
    ids.push_back(row.integer(0));
    return {};
  });
  if (!read) return read.error();
  return ids;
}

Result<void> PostgresReadings::make_days(std::span<const NewBatch> batches) {
  std::set<std::pair<std::string, std::int64_t>> wanted;
  const auto want = [&wanted](const Reading& reading) {
    if (reading.utc) wanted.emplace("reading", reading.utc->ms() / kDayMs);
  };
  for (const NewBatch& batch : batches) {
    wanted.emplace("envelope", batch.received.ms() / kDayMs);
    for (const Reading& reading : batch.rows.fresh) want(reading);
    for (const Correction& correction : batch.rows.corrections) want(correction.now);
  }
  for (const auto& [table, day] : wanted)
    if (const auto made = days_.make(table, day); !made) return made;
  return {};
}

Result<void> PostgresReadings::add(std::span<const NewBatch> batches, std::span<const Device> devices) {
  if (batches.empty()) return {};
  if (const auto made = make_days(batches); !made) return made;
  const auto ids = batch_ids(batches.size());
  if (!ids) return ids.error();
  if (const auto done = copy_batches(batches, *ids); !done) return done;
  if (const auto done = copy_envelopes(batches, *ids); !done) return done;
  if (const auto done = copy_readings(batches, *ids); !done) return done;
  if (const auto done = note_dirty(batches); !done) return done;
  return move_chains(devices);
}

Result<void> PostgresReadings::copy_batches(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids) {
  const auto begun = native_.begin_copy("store batches",
                                        "COPY batch (id, device, first_seq, last_seq, previous, head, chain, "
                                        "received_utc, digest, seal, from_utc, to_utc) FROM STDIN");
  if (!begun) return begun;
  CopyRows copy(native_);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const NewBatch& fresh = batches[i];
    const ReadingBatch& content = fresh.batch.content;
    const FiledSpan times = filed_span(fresh.rows);
    fmt::format_to(std::back_inserter(copy.rows()), "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", ids[i],
                   fresh.device, content.readings.front().seq, content.readings.back().seq,
                   to_hex(content.previous.bytes), to_hex(content.head.bytes), name_of(fresh.batch.chain),
                   fresh.received.ms(), to_hex(fresh.batch.id.bytes), seal_text(fresh), times.from, times.to);
    if (const auto sent = copy.row_ended(); !sent) return sent;
  }
  return copy.finish();
}

Result<void> PostgresReadings::copy_envelopes(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids) {
  const auto kept = [](const NewBatch& fresh) { return seal_text(fresh).empty(); };
  if (std::none_of(batches.begin(), batches.end(), kept)) return {};
  const auto begun =
      native_.begin_copy("keep the signed texts", "COPY envelope (batch, received_utc, text) FROM STDIN");
  if (!begun) return begun;
  CopyRows copy(native_);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (!kept(batches[i])) continue;
    fmt::format_to(std::back_inserter(copy.rows()), "{}\t{}\t", ids[i], batches[i].received.ms());
    postgres::append_copy_text(copy.rows(), batches[i].batch.envelope);
    copy.rows() += '\n';
    if (const auto sent = copy.row_ended(); !sent) return sent;
  }
  return copy.finish();
}

Result<void> PostgresReadings::copy_readings(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids) {
  // What is replaced makes room before COPY begins: until it ends the connection takes nothing else.
  for (const NewBatch& fresh : batches)
    for (const Correction& correction : fresh.rows.corrections)
      if (const auto kept = supersede(fresh.device, correction.before, fresh.received); !kept) return kept;
  const auto begun = native_.begin_copy("store readings",
                                        "COPY reading (device, filed, seq, version, batch, boot, at_ms, import_wh, "
                                        "export_wh, mean_l1_ma, mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, "
                                        "limit_l3_ma, state) FROM STDIN");
  if (!begun) return begun;
  CopyRows copy(native_);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const NewBatch& fresh = batches[i];
    for (const Reading& reading : fresh.rows.fresh) {
      append_reading(copy.rows(), fresh.device, ids[i], reading, 1);
      if (const auto sent = copy.row_ended(); !sent) return sent;
    }
    for (const Correction& correction : fresh.rows.corrections)
      append_reading(copy.rows(), fresh.device, ids[i], correction.now, correction.before.version + 1);
  }
  return copy.finish();
}

Result<void> PostgresReadings::note_dirty(std::span<const NewBatch> batches) {
  if (const auto begun = native_.begin_copy("note what to roll up", "COPY dirty (device, from_utc, to_utc) FROM STDIN");
      !begun)
    return begun;
  CopyRows copy(native_);
  for (const NewBatch& fresh : batches) {
    const auto span = dirty_span(fresh.rows);
    if (span) fmt::format_to(std::back_inserter(copy.rows()), "{}\t{}\t{}\n", fresh.device, span->from, span->to);
    if (const auto sent = copy.row_ended(); !sent) return sent;
  }
  return copy.finish();
}

Result<void> PostgresReadings::move_chains(std::span<const Device> devices) {
  const auto moved = connection_.run(
      "move chains on",
      "UPDATE device SET last_seq = now.last_seq, head = now.head FROM "
      "unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS TEXT[])) AS now(id, last_seq, head) "
      "WHERE device.id = now.id",
      {array_of(devices, [](const Device& device) { return std::to_string(device.id); }),
       array_of(devices, [](const Device& device) { return std::to_string(device.last_seq); }),
       array_of(devices, [](const Device& device) { return to_hex(device.head.bytes); })});
  if (!moved) return moved.error();
  return {};
}

}  // namespace balans::api
