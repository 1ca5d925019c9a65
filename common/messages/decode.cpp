// Decoding: every field with its bounds. The field lists are the wire protocol (docs/protocol.md).
#include "common/defaults.hpp"
#include "common/messages/json.hpp"
#include "common/messages/messages.hpp"

namespace balans {
namespace {

using json::ObjectReader;

constexpr std::int64_t kMaxMs = 253'402'300'799'000;  // the year 9999
constexpr std::int64_t kMaxMa = 10'000'000;           // 10 kA
constexpr std::int64_t kMaxWh = 1'000'000'000'000;
constexpr std::int64_t kMaxCounter = 9'007'199'254'740'991;  // 2^53 - 1: exact in every JSON reader
constexpr std::size_t kMaxText = 200;

PerPhase<Milliamps> read_per_phase(ObjectReader& r, std::string_view key, std::int64_t min,
                                   std::optional<Error>& error) {
  PerPhase<Milliamps> result;
  const boost::json::array& array = r.array(key, 3);
  if (r.failed()) return result;
  if (array.size() != 3) return r.fail(key, "expected three integers, L1 L2 L3"), result;
  for (Phase p : kPhases) {
    const auto i = static_cast<std::size_t>(p);
    const std::string path = r.path_of(key) + "[" + std::to_string(i) + "]";
    result[p] = Milliamps(json::integer_of(array[i], path, min, kMaxMa, error));
  }
  return result;
}

std::uint64_t read_counter(ObjectReader& r, std::string_view key) {
  return static_cast<std::uint64_t>(r.integer(key, 0, kMaxCounter));
}

template <class Enum>
Enum read_name(ObjectReader& r, std::string_view key) {
  const Result<Enum> value = parse_name<Enum>(r.string(key, 40));
  if (!value) r.fail(key, value.error().what);
  return value ? *value : Enum{};
}

template <class Id>
Id read_id(ObjectReader& r, std::string_view key) {
  const Result<Id> id = Id::parse(r.string(key, 40));
  if (!id) r.fail(key, id.error().what);
  return id ? *id : Id{};
}

Digest read_digest(ObjectReader& r, std::string_view key) {
  const Result<Bytes32> bytes = bytes32_from_hex(r.string(key, 64));
  if (!bytes) r.fail(key, bytes.error().what);
  return bytes ? Digest{*bytes} : Digest{};
}

PhaseSet read_phase_set(ObjectReader& r, std::string_view key) {
  PhaseSet phases;
  for (const boost::json::value& element : r.array(key, 3)) {
    const boost::json::string* text = element.if_string();
    std::optional<Phase> phase;
    for (Phase p : kPhases)
      if (text != nullptr && *text == name_of(p)) phase = p;
    if (!phase || phases.contains(*phase))
      return r.fail(key, "expected some of \"L1\", \"L2\", \"L3\", each once"), phases;
    phases.insert(*phase);
  }
  if (phases.empty()) r.fail(key, "expected at least one phase");
  return phases;
}

Milliamps read_ma(ObjectReader& r, std::string_view key) { return Milliamps(r.integer(key, 0, kMaxMa)); }

Offer read_offer(ObjectReader& r, std::optional<Error>&) {
  Offer o;
  o.nonce.value = r.number("nonce");
  o.kind = read_name<DeviceKind>(r, "kind");
  o.phases = read_phase_set(r, "phases");
  o.min = read_ma(r, "min_ma");
  o.max = read_ma(r, "max_ma");
  o.step = Milliamps(r.integer("step_ma", 1, kMaxMa));
  o.floor = read_ma(r, "floor_ma");
  o.can_pause = r.boolean("can_pause");
  o.weight = r.integer("weight", 1, 1 << 20);
  if (r.has("energy_needed_wh")) o.energy_needed = WattHours(r.integer("energy_needed_wh", 0, kMaxWh));
  if (r.has("departs_ms")) o.departs = UnixTime(r.integer("departs_ms", 0, kMaxMs));
  o.failsafe = read_ma(r, "failsafe_ma");
  o.settle = Millis(r.integer("settle_ms", 0, 3'600'000));
  if (r.has("revert_ms")) o.revert = Millis(r.integer("revert_ms", 0, 86'400'000));
  if (!r.failed() && o.min > o.max) r.fail("min_ma", "is above max_ma");
  if (!r.failed() && o.floor > o.max) r.fail("floor_ma", "is above max_ma");
  if (!r.failed() && o.failsafe > o.max) r.fail("failsafe_ma", "is above max_ma");
  return o;
}

Ack read_ack(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  Ack ack;
  ack.epoch.value = read_counter(r, "epoch");
  ack.seq.value = read_counter(r, "seq");
  ack.limit = read_per_phase(r, "limit_ma", 0, error);
  ack.stage = read_name<AckStage>(r, "stage");
  r.finish();
  return ack;
}

Status read_status(ObjectReader& r, std::optional<Error>& error) {
  Status s;
  s.at = AgentTime(r.integer("at_ms", 0, kMaxMs));
  s.nonce.value = r.number("nonce");
  s.state = read_name<AgentState>(r, "state");
  s.ask = read_per_phase(r, "ask_ma", 0, error);
  s.holding = read_per_phase(r, "holding_ma", 0, error);
  if (r.has("ack")) s.ack = read_ack(r.member("ack"), r.path_of("ack"), error);
  if (r.has("measured_ma")) s.measured = read_per_phase(r, "measured_ma", -kMaxMa, error);
  if (r.has("energy_wh")) s.energy = WattHours(r.integer("energy_wh", 0, kMaxWh));
  if (r.has("vehicle")) s.vehicle = read_name<VehicleState>(r, "vehicle");
  s.fault = r.string("fault", kMaxText);
  return s;
}

Limit read_limit(ObjectReader& r, std::optional<Error>& error) {
  Limit l;
  l.epoch.value = read_counter(r, "epoch");
  l.seq.value = read_counter(r, "seq");
  l.nonce.value = r.number("nonce");
  l.until = AgentTime(r.integer("until_ms", 0, kMaxMs));
  l.max = read_per_phase(r, "max_ma", 0, error);
  l.may_raise = r.boolean("may_raise");
  l.reason = read_name<Reason>(r, "reason");
  return l;
}

Reading read_reading(ObjectReader& r, std::optional<Error>& error) {
  Reading reading;
  reading.seq = read_counter(r, "seq");
  reading.boot.value = r.number("boot");
  reading.at = AgentTime(r.integer("at_ms", 0, kMaxMs));
  if (r.has("utc_ms")) reading.utc = UnixTime(r.integer("utc_ms", 0, kMaxMs));
  reading.energy_import = WattHours(r.integer("import_wh", 0, kMaxWh));
  reading.energy_export = WattHours(r.integer("export_wh", 0, kMaxWh));
  reading.mean = read_per_phase(r, "mean_ma", -kMaxMa, error);
  reading.limit = read_per_phase(r, "limit_ma", 0, error);
  reading.state = read_name<AgentState>(r, "state");
  return reading;
}

/// Calls `read_element(element, path)` for each element of the array.
template <class ReadElement>
void read_array(ObjectReader& r, std::string_view key, std::size_t max, ReadElement&& read_element) {
  std::size_t i = 0;
  for (const boost::json::value& element : r.array(key, max)) {
    if (r.failed()) return;
    read_element(element, r.path_of(key) + "[" + std::to_string(i++) + "]");
  }
}

ReadingBatch read_batch(ObjectReader& r, std::optional<Error>& error) {
  ReadingBatch batch;
  batch.agent = read_id<AgentId>(r, "agent");
  batch.previous = read_digest(r, "previous");
  read_array(r, "readings", static_cast<std::size_t>(defaults::kMaxReadingsPerBatch),
             [&](const boost::json::value& element, const std::string& path) {
               ObjectReader reader(element, path, error);
               batch.readings.push_back(read_reading(reader, error));
               reader.finish();
             });
  batch.head = read_digest(r, "head");
  if (r.failed()) return batch;
  if (batch.readings.empty()) return r.fail("readings", "expected at least one"), batch;
  for (std::size_t i = 0; i < batch.readings.size(); ++i)
    if (batch.readings[i].seq != batch.readings[0].seq + i)
      return r.fail("readings", "sequence numbers are not consecutive"), batch;
  return batch;
}

NodeState read_node(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  NodeState n;
  n.node = r.string("node", kMaxText);
  n.quality = read_name<MeterQuality>(r, "quality");
  n.load = read_per_phase(r, "load_ma", -kMaxMa, error);
  n.rating = read_per_phase(r, "rating_ma", 0, error);
  n.base = read_per_phase(r, "base_ma", -kMaxMa, error);
  n.headroom = read_per_phase(r, "headroom_ma", -kMaxMa, error);
  n.booked = read_per_phase(r, "booked_ma", 0, error);
  r.finish();
  return n;
}

DeviceState read_device(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  DeviceState d;
  d.agent = read_id<AgentId>(r, "agent");
  d.kind = read_name<DeviceKind>(r, "kind");
  d.state = read_name<AgentState>(r, "state");
  d.silent = r.boolean("silent");
  d.stuck = r.boolean("stuck");
  d.ask = read_per_phase(r, "ask_ma", 0, error);
  d.limit = read_per_phase(r, "limit_ma", 0, error);
  d.envelope = read_per_phase(r, "envelope_ma", 0, error);
  if (r.has("measured_ma")) d.measured = read_per_phase(r, "measured_ma", -kMaxMa, error);
  if (r.has("energy_wh")) d.energy = WattHours(r.integer("energy_wh", 0, kMaxWh));
  if (r.has("vehicle")) d.vehicle = read_name<VehicleState>(r, "vehicle");
  d.reason = read_name<Reason>(r, "reason");
  d.binding = r.string("binding", kMaxText);
  d.fault = r.string("fault", kMaxText);
  r.finish();
  return d;
}

TrafoState read_state(ObjectReader& r, std::optional<Error>& error) {
  TrafoState s;
  s.site = read_id<SiteId>(r, "site");
  s.at = UnixTime(r.integer("at_ms", 0, kMaxMs));
  s.epoch.value = read_counter(r, "epoch");
  s.rated_va = r.integer("rated_va", 0, 1'000'000'000);
  read_array(r, "nodes", 1000,
             [&](const auto& v, const std::string& path) { s.nodes.push_back(read_node(v, path, error)); });
  read_array(r, "devices", static_cast<std::size_t>(defaults::kMaxAgents),
             [&](const auto& v, const std::string& path) { s.devices.push_back(read_device(v, path, error)); });
  read_array(r, "alarms", 100, [&](const auto& v, const std::string& path) {
    if (v.is_string() && v.get_string().size() <= 4 * kMaxText)
      return s.alarms.emplace_back(v.get_string().c_str()), void();
    if (!error) error = Error{path, "expected a short string"};
  });
  s.missed_ticks = r.integer("missed_ticks", 0, kMaxCounter);
  return s;
}

template <class Message, class Read>
Result<Message> decode_with(std::string_view text, const char* name, Read read) {
  const auto value = json::parse_strict(text, static_cast<std::size_t>(defaults::kMaxMessageBytes));
  if (!value) return value.error().within(name);
  std::optional<Error> error;
  ObjectReader reader(*value, name, error);
  Message message;
  if (!error) message = read(reader, error);
  if (!error) reader.finish();
  if (error) return *error;
  return message;
}

}  // namespace

template <>
Result<Offer> decode<Offer>(std::string_view text) {
  return decode_with<Offer>(text, "offer", read_offer);
}

template <>
Result<Status> decode<Status>(std::string_view text) {
  return decode_with<Status>(text, "status", read_status);
}

template <>
Result<Limit> decode<Limit>(std::string_view text) {
  return decode_with<Limit>(text, "limit", read_limit);
}

template <>
Result<Reading> decode<Reading>(std::string_view text) {
  return decode_with<Reading>(text, "reading", read_reading);
}

template <>
Result<ReadingBatch> decode<ReadingBatch>(std::string_view text) {
  return decode_with<ReadingBatch>(text, "readings", read_batch);
}

template <>
Result<Stored> decode<Stored>(std::string_view text) {
  return decode_with<Stored>(text, "stored",
                             [](ObjectReader& r, std::optional<Error>&) { return Stored{read_counter(r, "through")}; });
}

template <>
Result<TrafoState> decode<TrafoState>(std::string_view text) {
  return decode_with<TrafoState>(text, "state", read_state);
}

template <>
Result<Online> decode<Online>(std::string_view text) {
  return decode_with<Online>(text, "online",
                             [](ObjectReader& r, std::optional<Error>&) { return Online{r.boolean("online")}; });
}

}  // namespace balans
