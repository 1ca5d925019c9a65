#include "api/store/sql_evidence.hpp"

#include <charconv>
#include <limits>

namespace balans::api {
namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kForgottenAtOnce = 1000;

/// The columns of a batch's name as parameters; lives as long as they are used.
struct NameColumns {
  explicit NameColumns(const EvidenceName& name)
      : epoch(static_cast<std::int64_t>(name.term.epoch.value)),
        boot(std::to_string(name.term.boot.value)),
        number(static_cast<std::int64_t>(name.number)) {}
  std::int64_t epoch;
  std::string boot;
  std::int64_t number;
};

/// Of a row that begins with epoch, boot, number.
Result<EvidenceName> name_in(const sql::Rows& row, const SiteId& site) {
  EvidenceName name{
      site, {Epoch{static_cast<std::uint64_t>(row.integer(0))}, {}}, static_cast<std::uint64_t>(row.integer(2))};
  const std::string boot = row.text(1);
  const auto [end, failure] = std::from_chars(boot.data(), boot.data() + boot.size(), name.term.boot.value);
  if (failure != std::errc{} || end != boot.data() + boot.size()) return Error{"table evidence", "boot is no number"};
  return name;
}

std::int64_t ms_or(const std::optional<UnixTime>& time, std::int64_t otherwise) {
  return time ? time->ms() : otherwise;
}

}  // namespace

Result<std::optional<Digest>> SqlEvidence::find(const EvidenceName& name) {
  const NameColumns columns(name);
  const auto found = sql::first_row(
      connection_.query(
          "find a batch of evidence",
          "SELECT digest FROM evidence_batch WHERE site = $1 AND epoch = $2 AND boot = $3 AND number = $4",
          {name.site.str(), columns.epoch, columns.boot, columns.number}),
      [](const sql::Rows& row) { return row.text(0); });
  if (!found) return found.error();
  if (!*found) return std::optional<Digest>();
  const auto bytes = bytes32_from_hex(**found);
  if (!bytes) return bytes.error().within("table evidence_batch");
  return std::optional(Digest{*bytes});
}

Result<void> SqlEvidence::add(const NewEvidenceBatch& batch) {
  const NameColumns name(batch.name);
  const auto added =
      connection_.run("store a batch of evidence",
                      "INSERT INTO evidence_batch (site, epoch, boot, number, digest, received_utc, envelope) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      {batch.name.site.str(), name.epoch, name.boot, name.number, to_hex(batch.digest.bytes),
                       batch.received.ms(), batch.envelope});
  if (!added) return added.error();
  return {};
}

Result<bool> SqlEvidence::add(const StoredEvidence& stored) {
  const NameColumns name(stored.batch);
  const auto added = connection_.run("store evidence of a device",
                                     "INSERT INTO evidence (site, slot_utc, agent, epoch, boot, number, flaw, record) "
                                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                                     {stored.batch.site.str(), stored.record.slot.ms(), stored.record.agent.str(),
                                      name.epoch, name.boot, name.number, stored.flaw, encode(stored.record)});
  if (!added) return added.error();
  return *added == 1;
}

Result<bool> SqlEvidence::add(const StoredNodeEvidence& stored) {
  const NameColumns name(stored.batch);
  const auto added = connection_.run("store evidence of a node",
                                     "INSERT INTO evidence_node (site, slot_utc, node, epoch, boot, number, record) "
                                     "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                                     {stored.batch.site.str(), stored.record.slot.ms(), stored.record.node, name.epoch,
                                      name.boot, name.number, encode(stored.record)});
  if (!added) return added.error();
  return *added == 1;
}

Result<std::vector<StoredEvidence>> SqlEvidence::devices(const EvidenceQuery& query) {
  std::vector<StoredEvidence> found;
  const std::string agent = query.agent ? query.agent->str() : "";
  const EvidencePlace after = query.after.value_or(EvidencePlace{UnixTime(-1), ""});
  const auto read = sql::each_row(
      connection_.query("list evidence of devices",
                        "SELECT epoch, boot, number, flaw, record FROM evidence WHERE site = $1 AND slot_utc >= $2 "
                        "AND slot_utc < $3 AND ($4 = '' OR agent = $4) AND (slot_utc > $5 OR (slot_utc = $5 AND "
                        "agent > $6)) ORDER BY slot_utc, agent LIMIT $7",
                        {query.site.str(), ms_or(query.from, 0), ms_or(query.to, kLast), agent, after.slot.ms(),
                         after.agent, static_cast<std::int64_t>(query.limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto name = name_in(row, query.site);
        if (!name) return name.error();
        auto record = decode<DeviceEvidence>(row.text(4));
        if (!record) return record.error().within("table evidence");
        found.push_back({*name, *std::move(record), row.text(3)});
        return {};
      });
  if (!read) return read.error();
  return found;
}

Result<std::vector<StoredNodeEvidence>> SqlEvidence::nodes(const SiteId& site, UnixTime from, UnixTime to,
                                                           std::size_t limit) {
  std::vector<StoredNodeEvidence> found;
  const auto read = sql::each_row(
      connection_.query("list evidence of nodes",
                        "SELECT epoch, boot, number, record FROM evidence_node WHERE site = $1 AND slot_utc >= $2 "
                        "AND slot_utc < $3 ORDER BY slot_utc, node LIMIT $4",
                        {site.str(), from.ms(), to.ms(), static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto name = name_in(row, site);
        if (!name) return name.error();
        auto record = decode<NodeEvidence>(row.text(3));
        if (!record) return record.error().within("table evidence_node");
        found.push_back({*name, *std::move(record)});
        return {};
      });
  if (!read) return read.error();
  return found;
}

Result<std::optional<std::string>> SqlEvidence::envelope(const EvidenceName& name) {
  const NameColumns columns(name);
  return sql::first_row(
      connection_.query(
          "read a batch of evidence",
          "SELECT envelope FROM evidence_batch WHERE site = $1 AND epoch = $2 AND boot = $3 AND number = $4",
          {name.site.str(), columns.epoch, columns.boot, columns.number}),
      [](const sql::Rows& row) { return row.text(0); });
}

Result<bool> SqlEvidence::forget(UnixTime before) {
  const auto devices = connection_.run("forget evidence of devices",
                                       "DELETE FROM evidence WHERE (site, slot_utc, agent) IN (SELECT site, slot_utc, "
                                       "agent FROM evidence WHERE slot_utc < $1 LIMIT $2)",
                                       {before.ms(), kForgottenAtOnce});
  if (!devices) return devices.error();
  const auto nodes = connection_.run("forget evidence of nodes",
                                     "DELETE FROM evidence_node WHERE (site, slot_utc, node) IN (SELECT site, "
                                     "slot_utc, node FROM evidence_node WHERE slot_utc < $1 LIMIT $2)",
                                     {before.ms(), kForgottenAtOnce});
  if (!nodes) return nodes.error();
  const auto batches =
      connection_.run("forget batches of evidence",
                      "DELETE FROM evidence_batch WHERE (site, epoch, boot, number) IN (SELECT site, epoch, boot, "
                      "number FROM evidence_batch WHERE received_utc < $1 LIMIT $2)",
                      {before.ms(), kForgottenAtOnce});
  if (!batches) return batches.error();
  return *devices == kForgottenAtOnce || *nodes == kForgottenAtOnce || *batches == kForgottenAtOnce;
}

}  // namespace balans::api
