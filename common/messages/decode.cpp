// Decoding: every field with its bounds. The field lists are the wire protocol (docs/protocol.md).
#include <algorithm>

#include "common/messages/batch.hpp"
#include "common/messages/canonical.hpp"
#include "common/messages/fields.hpp"

namespace balans {
namespace {

using namespace fields;

constexpr Millis kLongest = 3600_s;
constexpr std::uint64_t kMaxPrice = 1'000'000'000'000;

/// The least is not above the most, and so on: what makes an offer one that can be met.
void check_offer(ObjectReader& r, const Offer& o) {
  if (r.failed()) return;
  if (o.min > o.max) r.fail("min_ma", "is above max_ma");
  if (o.floor > o.max) r.fail("floor_ma", "is above max_ma");
  if (o.comfort > o.max) r.fail("comfort_ma", "is above max_ma");
  if (o.failsafe > o.max) r.fail("failsafe_ma", "is above max_ma");
  if (o.device_fallback > o.max) r.fail("device_fallback_ma", "is above max_ma");
  if (o.fallback_feed > o.max_feed) r.fail("fallback_feed_ma", "is above max_feed_ma");
  if (o.min_feed > o.max_feed) r.fail("min_feed_ma", "is above max_feed_ma");
  if (o.failsafe_feed > o.max_feed) r.fail("failsafe_feed_ma", "is above max_feed_ma");
  for (Phase p : kPhases)
    if (o.fewer_phases.contains(p) && !o.phases.contains(p)) r.fail("fewer_phases", "are not all in phases");
  if (!o.fewer_phases.empty() && o.fewer_phases == o.phases) r.fail("fewer_phases", "are the same as phases");
  Milliamps below = o.min - 1_mA;
  for (Milliamps level : o.levels) {
    if (level <= below || level > o.max) return r.fail("levels_ma", "expected them ascending from min_ma to max_ma");
    below = level;
  }
}

void read_limits(ObjectReader& r, Offer& o, std::optional<Error>& error) {
  constexpr std::size_t kMaxLevels = 16;
  o.min = read_ma(r, "min_ma");
  o.max = read_ma(r, "max_ma");
  o.step = Milliamps(r.integer("step_ma", 1, kMaxMa));
  if (r.has("levels_ma"))
    read_array(r, "levels_ma", kMaxLevels, [&](const boost::json::value& level, const std::string& path) {
      o.levels.emplace_back(json::integer_of(level, path, 1, kMaxMa, error));
    });
  o.floor = read_ma(r, "floor_ma");
  if (r.has("comfort_ma")) o.comfort = read_ma(r, "comfort_ma");
  if (!r.has("max_feed_ma")) return;
  o.min_feed = read_ma(r, "min_feed_ma");
  o.max_feed = read_ma(r, "max_feed_ma");
  o.failsafe_feed = read_ma(r, "failsafe_feed_ma");
}

Offer read_offer(ObjectReader& r, std::optional<Error>& error) {
  Offer o;
  o.nonce.value = r.number("nonce");
  o.kind = read_name<DeviceKind>(r, "kind");
  o.phases = read_phase_set(r, "phases");
  if (r.has("fewer_phases")) o.fewer_phases = read_phase_set(r, "fewer_phases");
  read_limits(r, o, error);
  o.can_pause = r.boolean("can_pause");
  o.weight = r.integer("weight", 1, 1 << 20);
  if (r.has("volunteers_for"))
    o.volunteers_for = static_cast<std::int64_t>(std::min<std::uint64_t>(r.number("volunteers_for"), kMaxPrice));
  if (r.has("energy_needed_wh")) o.energy_needed = WattHours(r.integer("energy_needed_wh", 0, kMaxWh));
  if (r.has("departs_ms")) o.departs = UnixTime(r.integer("departs_ms", 0, kMaxMs));
  o.failsafe = read_ma(r, "failsafe_ma");
  if (r.has("device_fallback_ma")) o.device_fallback = read_ma(r, "device_fallback_ma");
  if (r.has("fallback_feed_ma")) o.fallback_feed = read_ma(r, "fallback_feed_ma");
  o.min_on = Millis(r.integer("min_on_ms", 0, kLongest.count()));
  o.min_off = Millis(r.integer("min_off_ms", 0, kLongest.count()));
  o.failsafe_hold = Millis(r.integer("failsafe_hold_ms", 0, kLongest.count()));
  o.settle = Millis(r.integer("settle_ms", 0, kLongest.count()));
  if (r.has("revert_ms")) o.revert = Millis(r.integer("revert_ms", 0, 86'400'000));
  if (r.has("contactor_ms")) o.contactor = Millis(r.integer("contactor_ms", 0, kLongest.count()));
  check_offer(r, o);
  return o;
}

Ack read_ack(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  Ack ack;
  ack.epoch.value = read_counter(r, "epoch");
  ack.boot.value = r.number("boot");
  ack.seq.value = read_counter(r, "seq");
  ack.limit = read_allowance(r, "limit_ma", "limit_feed_ma", error);
  ack.stage = read_name<AckStage>(r, "stage");
  r.finish();
  return ack;
}

Term read_term(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  Term term;
  term.epoch.value = read_counter(r, "epoch");
  term.boot.value = r.number("boot");
  r.finish();
  return term;
}

Status read_status(ObjectReader& r, std::optional<Error>& error) {
  Status s;
  s.at = AgentTime(r.integer("at_ms", 0, kMaxMs));
  s.nonce.value = r.number("nonce");
  s.state = read_name<AgentState>(r, "state");
  s.ask = read_allowance(r, "ask_ma", "ask_feed_ma", error);
  s.holding = read_allowance(r, "holding_ma", "holding_feed_ma", error);
  if (r.has("phases")) s.phases = read_phase_set(r, "phases");
  if (r.has("ack")) s.ack = read_ack(r.member("ack"), r.path_of("ack"), error);
  if (r.has("follows")) s.follows = read_term(r.member("follows"), r.path_of("follows"), error);
  if (r.has("measured_ma")) s.measured = read_per_phase(r, "measured_ma", -kMaxMa, error);
  if (r.has("energy_wh")) s.energy = WattHours(r.integer("energy_wh", 0, kMaxWh));
  if (r.has("vehicle")) s.vehicle = read_name<VehicleState>(r, "vehicle");
  if (r.has("session_energy_wh")) s.session_energy = WattHours(r.integer("session_energy_wh", 0, kMaxWh));
  s.fault = r.string("fault", kMaxText);
  return s;
}

Limit read_limit(ObjectReader& r, std::optional<Error>& error) {
  Limit l;
  l.epoch.value = read_counter(r, "epoch");
  l.boot.value = r.number("boot");
  l.seq.value = read_counter(r, "seq");
  l.nonce.value = r.number("nonce");
  l.until = AgentTime(r.integer("until_ms", 0, kMaxMs));
  l.max = read_allowance(r, "max_ma", "max_feed_ma", error);
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

/// Reads one element of the batch; what is wrong with it is remembered with it alone.
void take_reading(const boost::json::value& element, std::size_t index, const std::string& path,
                  BatchByReading& found) {
  std::optional<Error> error;
  ObjectReader reader(element, path, error);
  const Reading reading = read_reading(reader, error);
  reader.finish();
  std::vector<Reading>& valid = found.batch.readings;
  if (!error && !valid.empty() && reading.seq != valid.front().seq + (index - found.places.front()))
    error = Error{path + ".seq", std::to_string(reading.seq) + " is not one more than before"};
  if (error) return found.refused.push_back({index, *error});
  valid.push_back(reading);
  found.places.push_back(index);
}

BatchByReading read_batch_by_reading(ObjectReader& r, std::optional<Error>& /*error*/) {
  BatchByReading found;
  found.batch.agent = read_id<AgentId>(r, "agent");
  found.batch.previous = read_digest(r, "previous");
  std::size_t index = 0;
  read_array(
      r, "readings", static_cast<std::size_t>(defaults::kMaxReadingsPerBatch),
      [&](const boost::json::value& element, const std::string& path) { take_reading(element, index++, path, found); });
  found.batch.head = read_digest(r, "head");
  if (!r.failed() && index == 0) r.fail("readings", "expected at least one");
  found.whole = !r.failed() && found.refused.empty() && check_chain(found.batch).ok();
  return found;
}

using canonical::Scanner;

PerPhase<Milliamps> scan_per_phase(Scanner& s, std::int64_t min) {
  PerPhase<Milliamps> result;
  for (Phase p : kPhases) {
    if (p != Phase::L1) s.expect(",");
    result[p] = Milliamps(s.integer(min, kMaxMa));
  }
  return result;
}

Digest scan_digest(Scanner& s) {
  const std::string_view hex = s.plain(64);
  const Result<Bytes32> bytes = s.fine() ? bytes32_from_hex(hex) : Error{};
  if (!bytes) s.fail();
  return bytes ? Digest{*bytes} : Digest{};
}

Reading scan_reading(Scanner& s) {
  Reading reading;
  s.expect(R"({"seq":)");
  reading.seq = static_cast<std::uint64_t>(s.integer(0, kMaxCounter));
  s.expect(R"(,"boot":")");
  reading.boot.value = s.number();
  s.expect(R"(","at_ms":)");
  reading.at = AgentTime(s.integer(0, kMaxMs));
  s.expect(R"(,"utc_ms":)");
  if (!s.take("null")) reading.utc = UnixTime(s.integer(0, kMaxMs));
  s.expect(R"(,"import_wh":)");
  reading.energy_import = WattHours(s.integer(0, kMaxWh));
  s.expect(R"(,"export_wh":)");
  reading.energy_export = WattHours(s.integer(0, kMaxWh));
  s.expect(R"(,"mean_ma":[)");
  reading.mean = scan_per_phase(s, -kMaxMa);
  s.expect(R"(],"limit_ma":[)");
  reading.limit = scan_per_phase(s, 0);
  s.expect(R"(],"state":")");
  const std::string_view name = s.plain(40);
  s.expect("}");
  const Result<AgentState> state = s.fine() ? parse_name<AgentState>(name) : Error{};
  if (!state) return s.fail(), reading;
  reading.state = *state;
  return reading;
}

/// Nothing where the text is not what `encode` writes, or where a reading's number is not what its place wants. The
/// chain runs over the very letters that were sent, for those are what `encode` would write again.
std::optional<BatchByReading> scan_batch(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(defaults::kMaxMessageBytes)) return std::nullopt;
  Scanner s(text);
  BatchByReading found;
  ReadingBatch& batch = found.batch;
  s.expect(R"({"agent":")");
  const std::string_view agent = s.plain(40);
  s.expect(R"(,"previous":")");
  batch.previous = scan_digest(s);
  s.expect(R"(,"readings":[)");
  Digest head = batch.previous;
  do {
    const std::size_t start = s.place();
    batch.readings.push_back(scan_reading(s));
    if (!s.fine() || batch.readings.back().seq != batch.readings.front().seq + found.places.size()) return std::nullopt;
    found.places.push_back(found.places.size());
    head = chain(head, s.since(start));
  } while (s.take(",") && batch.readings.size() < static_cast<std::size_t>(defaults::kMaxReadingsPerBatch));
  s.expect(R"(],"head":")");
  batch.head = scan_digest(s);
  s.expect("}");
  if (!s.read_all()) return std::nullopt;
  const Result<AgentId> id = AgentId::parse(agent);
  if (!id) return std::nullopt;
  batch.agent = *id;
  found.as_encoded = true;
  found.whole = head == batch.head;
  return found;
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

Result<BatchByReading> decode_by_reading(std::string_view text) {
  if (auto scanned = scan_batch(text)) return *std::move(scanned);
  return decode_with<BatchByReading>(text, "readings", read_batch_by_reading);
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
