#include "common/messages/evidence.hpp"

#include <algorithm>

#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"

namespace balans {
namespace {

using namespace fields;
using json::Writer;

constexpr std::size_t kMaxName = 40;
constexpr std::int64_t kMaxPerKwh = 1'000'000'000'000;
constexpr std::int64_t kMinuteMs = 60'000;

UnixTime read_time(ObjectReader& r, std::string_view key) { return UnixTime(r.integer(key, 0, kMaxMs)); }

UnixTime read_slot(ObjectReader& r) {
  const UnixTime slot = read_time(r, "slot_ms");
  if (slot.ms() % kEvidenceSlot.count() != 0) r.fail("slot_ms", "is not the start of a quarter-hour");
  return slot;
}

/// The end of a minute: after `before`, and in the slot.
UnixTime read_end(ObjectReader& r, UnixTime slot, UnixTime before) {
  const UnixTime end = read_time(r, "end_ms");
  if (r.failed()) return end;
  if (end.ms() % kMinuteMs != 0)
    r.fail("end_ms", "is not the end of a minute");
  else if (evidence_slot_of(end) != slot)
    r.fail("end_ms", "is not in the quarter-hour");
  else if (end <= before)
    r.fail("end_ms", "is not after the one before");
  return end;
}

std::optional<Phase> read_phase(ObjectReader& r, std::string_view key) {
  const std::string name = r.string(key, kMaxName);
  for (Phase p : kPhases)
    if (name == name_of(p)) return p;
  r.fail(key, "expected \"L1\", \"L2\" or \"L3\"");
  return std::nullopt;
}

EvidenceRow read_row(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  EvidenceRow row;
  row.node = r.string("node", kMaxName);
  if (r.has("phase")) row.phase = read_phase(r, "phase");
  r.finish();
  return row;
}

DeclaredNeed read_need(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  DeclaredNeed need;
  if (r.has("energy_wh")) need.energy = WattHours(r.integer("energy_wh", 0, kMaxWh));
  if (r.has("departs_ms")) need.departs = read_time(r, "departs_ms");
  need.declared = read_time(r, "declared_ms");
  r.finish();
  return need;
}

AnnouncedPrice read_price(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  AnnouncedPrice price;
  const std::uint64_t per_kwh = r.number("per_kwh");
  if (per_kwh > static_cast<std::uint64_t>(kMaxPerKwh)) r.fail("per_kwh", "is too large");
  price.per_kwh = static_cast<std::int64_t>(std::min<std::uint64_t>(per_kwh, kMaxPerKwh));
  price.announced = read_time(r, "announced_ms");
  r.finish();
  return price;
}

LimitProof read_proof(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  LimitProof proof;
  proof.sent = read_time(r, "sent_ms");
  proof.limit = r.string("limit", kMostProofText);
  proof.heard = read_time(r, "heard_ms");
  proof.status = r.string("status", kMostProofText);
  r.finish();
  return proof;
}

BoundMinute read_bound_minute(ObjectReader& r, UnixTime slot, UnixTime before, std::optional<Error>& error) {
  BoundMinute minute;
  minute.end = read_end(r, slot, before);
  minute.ask = read_allowance(r, "ask_ma", "ask_feed_ma", error);
  minute.limit = read_allowance(r, "limit_ma", "limit_feed_ma", error);
  if (!r.failed() && !holds_back(minute.ask, minute.limit)) r.fail("limit_ma", "is nowhere below what is asked for");
  minute.reason = read_name<Reason>(r, "reason");
  if (r.has("import_wh")) minute.energy_import = WattHours(r.integer("import_wh", 0, kMaxWh));
  if (r.has("export_wh")) minute.energy_export = WattHours(r.integer("export_wh", 0, kMaxWh));
  return minute;
}

NodeMinute read_node_minute(ObjectReader& r, UnixTime slot, UnixTime before, std::optional<Error>& error) {
  NodeMinute minute;
  minute.end = read_end(r, slot, before);
  minute.base = read_per_phase(r, "base_ma", -kMaxMa, error);
  minute.others = read_per_phase(r, "others_ma", -kMaxMa, error);
  minute.rating = read_per_phase(r, "rating_ma", -kMaxMa, error);
  return minute;
}

/// At least one, each later than the one before.
template <class Minute, class Read>
std::vector<Minute> read_minutes(ObjectReader& r, UnixTime slot, std::optional<Error>& error, Read read) {
  std::vector<Minute> minutes;
  read_array(r, "minutes", kMinutesPerSlot, [&](const boost::json::value& element, const std::string& path) {
    ObjectReader reader(element, path, error);
    minutes.push_back(read(reader, slot, minutes.empty() ? UnixTime(0) : minutes.back().end, error));
    reader.finish();
  });
  if (!r.failed() && minutes.empty()) r.fail("minutes", "expected at least one");
  return minutes;
}

DeviceEvidence read_device(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  DeviceEvidence d;
  d.agent = read_id<AgentId>(r, "agent");
  d.slot = read_slot(r);
  d.kind = read_name<DeviceKind>(r, "kind");
  if (r.has("row")) d.row = read_row(r.member("row"), r.path_of("row"), error);
  d.bound_since = read_time(r, "bound_since_ms");
  if (r.has("need")) d.need = read_need(r.member("need"), r.path_of("need"), error);
  if (r.has("volunteers_for")) d.price = read_price(r.member("volunteers_for"), r.path_of("volunteers_for"), error);
  d.minutes = read_minutes<BoundMinute>(r, d.slot, error, read_bound_minute);
  if (r.has("proof")) d.proof = read_proof(r.member("proof"), r.path_of("proof"), error);
  if (!r.failed() && d.bound_since > d.minutes.front().end) r.fail("bound_since_ms", "is after the first minute");
  r.finish();
  return d;
}

NodeEvidence read_node(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  NodeEvidence n;
  n.node = r.string("node", kMaxName);
  n.parent = r.string("parent", kMaxName);
  n.slot = read_slot(r);
  n.minutes = read_minutes<NodeMinute>(r, n.slot, error, read_node_minute);
  read_array(r, "bound", static_cast<std::size_t>(defaults::kMaxAgents),
             [&](const boost::json::value& element, const std::string& where) {
               const boost::json::string* text = element.if_string();
               const Result<AgentId> id = text != nullptr ? AgentId::parse(std::string_view(*text)) : Error{};
               if (id) return n.bound.push_back(*id);
               if (!error) error = Error{where, "expected an agent's name"};
             });
  if (!r.failed() && n.bound.empty()) r.fail("bound", "expected at least one");
  r.finish();
  return n;
}

Writer& per_phase(Writer& w, std::string_view key, const PerPhase<Milliamps>& value) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(value[p].count());
  return w.end_array();
}

Writer& allowance(Writer& w, std::string_view draw_key, std::string_view feed_key, const Allowance& value) {
  per_phase(w, draw_key, value.draw);
  return value.feed == PerPhase<Milliamps>{} ? w : per_phase(w, feed_key, value.feed);
}

void write(Writer& w, const BoundMinute& m) {
  w.begin_object().key("end_ms").integer(m.end.ms());
  allowance(w, "ask_ma", "ask_feed_ma", m.ask);
  allowance(w, "limit_ma", "limit_feed_ma", m.limit).key("reason").string(name_of(m.reason));
  if (m.energy_import) w.key("import_wh").integer(m.energy_import->count());
  if (m.energy_export) w.key("export_wh").integer(m.energy_export->count());
  w.end_object();
}

void write(Writer& w, const NodeMinute& m) {
  w.begin_object().key("end_ms").integer(m.end.ms());
  per_phase(w, "base_ma", m.base);
  per_phase(w, "others_ma", m.others);
  per_phase(w, "rating_ma", m.rating).end_object();
}

void write(Writer& w, const DeclaredNeed& need) {
  w.begin_object();
  if (need.energy) w.key("energy_wh").integer(need.energy->count());
  if (need.departs) w.key("departs_ms").integer(need.departs->ms());
  w.key("declared_ms").integer(need.declared.ms()).end_object();
}

void write(Writer& w, const LimitProof& proof) {
  w.begin_object().key("sent_ms").integer(proof.sent.ms()).key("limit").string(proof.limit);
  w.key("heard_ms").integer(proof.heard.ms()).key("status").string(proof.status).end_object();
}

template <class Minute>
void write_minutes(Writer& w, const std::vector<Minute>& minutes) {
  w.key("minutes").begin_array();
  for (const Minute& minute : minutes) write(w, minute);
  w.end_array();
}

void write(Writer& w, const DeviceEvidence& d) {
  w.begin_object().key("agent").string(d.agent.str()).key("slot_ms").integer(d.slot.ms());
  w.key("kind").string(name_of(d.kind));
  if (d.row) {
    w.key("row").begin_object().key("node").string(d.row->node);
    if (d.row->phase) w.key("phase").string(name_of(*d.row->phase));
    w.end_object();
  }
  w.key("bound_since_ms").integer(d.bound_since.ms());
  if (d.need) write(w.key("need"), *d.need);
  if (d.price) {
    w.key("volunteers_for").begin_object().key("per_kwh").number(static_cast<std::uint64_t>(d.price->per_kwh));
    w.key("announced_ms").integer(d.price->announced.ms()).end_object();
  }
  write_minutes(w, d.minutes);
  if (d.proof) write(w.key("proof"), *d.proof);
  w.end_object();
}

void write(Writer& w, const NodeEvidence& n) {
  w.begin_object().key("node").string(n.node).key("parent").string(n.parent).key("slot_ms").integer(n.slot.ms());
  write_minutes(w, n.minutes);
  w.key("bound").begin_array();
  for (const AgentId& agent : n.bound) w.string(agent.str());
  w.end_array().end_object();
}

PublicKey read_key(ObjectReader& r, std::string_view key) {
  const Result<Bytes32> bytes = bytes32_from_hex(r.string(key, 64));
  if (!bytes) r.fail(key, bytes.error().what);
  return bytes ? PublicKey{*bytes} : PublicKey{};
}

EvidenceBatch read_batch(ObjectReader& r, std::optional<Error>& error) {
  EvidenceBatch batch;
  batch.site = read_id<SiteId>(r, "site");
  batch.term.epoch.value = read_counter(r, "epoch");
  batch.term.boot.value = r.number("boot");
  batch.number = static_cast<std::uint64_t>(r.integer("number", 1, kMaxCounter));
  batch.limit_key = read_key(r, "limit_key");
  read_array(r, "devices", kMostDeviceRecords, [&](const boost::json::value& element, const std::string& path) {
    batch.devices.push_back(read_device(element, path, error));
  });
  read_array(r, "nodes", kMostNodeRecords, [&](const boost::json::value& element, const std::string& path) {
    batch.nodes.push_back(read_node(element, path, error));
  });
  if (!r.failed() && batch.devices.empty() && batch.nodes.empty()) r.fail("devices", "expected at least one record");
  return batch;
}

template <class Record, class Read>
Result<Record> decode_record(std::string_view text, Read read) {
  const auto value = json::parse_strict(text, static_cast<std::size_t>(defaults::kMaxMessageBytes));
  if (!value) return value.error().within("record");
  std::optional<Error> error;
  Record record = read(*value, "record", error);
  if (error) return *error;
  return record;
}

}  // namespace

bool holds_back(const Allowance& ask, const Allowance& limit) {
  return std::any_of(kPhases.begin(), kPhases.end(),
                     [&](Phase p) { return ask.draw[p] > limit.draw[p] || ask.feed[p] > limit.feed[p]; });
}

std::string encode(const DeviceEvidence& record) {
  Writer w;
  write(w, record);
  return w.take();
}

std::string encode(const NodeEvidence& record) {
  Writer w;
  write(w, record);
  return w.take();
}

std::string encode(const EvidenceBatch& batch) {
  Writer w;
  w.begin_object().key("site").string(batch.site.str());
  w.key("epoch").integer(static_cast<std::int64_t>(batch.term.epoch.value));
  w.key("boot").number(batch.term.boot.value).key("number").integer(static_cast<std::int64_t>(batch.number));
  w.key("limit_key").string(to_hex(batch.limit_key.bytes)).key("devices").begin_array();
  for (const DeviceEvidence& record : batch.devices) write(w, record);
  w.end_array().key("nodes").begin_array();
  for (const NodeEvidence& record : batch.nodes) write(w, record);
  return w.end_array().end_object().take();
}

template <>
Result<EvidenceBatch> decode<EvidenceBatch>(std::string_view text) {
  const auto value = json::parse_strict(text, static_cast<std::size_t>(defaults::kMaxMessageBytes));
  if (!value) return value.error().within("evidence");
  std::optional<Error> error;
  ObjectReader reader(*value, "evidence", error);
  EvidenceBatch batch;
  if (!error) batch = read_batch(reader, error);
  if (!error) reader.finish();
  if (error) return *error;
  return batch;
}

template <>
Result<DeviceEvidence> decode<DeviceEvidence>(std::string_view text) {
  return decode_record<DeviceEvidence>(text, read_device);
}

template <>
Result<NodeEvidence> decode<NodeEvidence>(std::string_view text) {
  return decode_record<NodeEvidence>(text, read_node);
}

}  // namespace balans
