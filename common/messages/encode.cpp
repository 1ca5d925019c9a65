// Encoding: one canonical JSON form for each message. decode.cpp reads the same fields.
#include "common/messages/json.hpp"
#include "common/messages/messages.hpp"

namespace balans {
namespace {

using json::Writer;

Writer& per_phase(Writer& w, std::string_view key, const PerPhase<Milliamps>& value) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(value[p].count());
  return w.end_array();
}

Writer& counter(Writer& w, std::string_view key, std::uint64_t value) {
  return w.key(key).integer(static_cast<std::int64_t>(value));
}

Writer& phase_set(Writer& w, std::string_view key, PhaseSet phases) {
  w.key(key).begin_array();
  for (Phase p : kPhases)
    if (phases.contains(p)) w.string(name_of(p));
  return w.end_array();
}

void write(Writer& w, const Ack& ack) {
  w.begin_object();
  counter(w, "epoch", ack.epoch.value);
  counter(w, "seq", ack.seq.value);
  per_phase(w, "limit_ma", ack.limit);
  w.key("stage").string(name_of(ack.stage)).end_object();
}

void write(Writer& w, const Reading& r) {
  w.begin_object();
  counter(w, "seq", r.seq);
  w.key("boot").number(r.boot.value).key("at_ms").integer(r.at.ms()).key("utc_ms");
  r.utc ? w.integer(r.utc->ms()) : w.null();
  w.key("import_wh").integer(r.energy_import.count()).key("export_wh").integer(r.energy_export.count());
  per_phase(w, "mean_ma", r.mean);
  per_phase(w, "limit_ma", r.limit);
  w.key("state").string(name_of(r.state)).end_object();
}

void write(Writer& w, const NodeState& n) {
  w.begin_object().key("node").string(n.node).key("quality").string(name_of(n.quality));
  per_phase(w, "load_ma", n.load);
  per_phase(w, "rating_ma", n.rating);
  per_phase(w, "base_ma", n.base);
  per_phase(w, "headroom_ma", n.headroom);
  per_phase(w, "booked_ma", n.booked).end_object();
}

void write(Writer& w, const DeviceState& d) {
  w.begin_object().key("agent").string(d.agent.str()).key("kind").string(name_of(d.kind));
  w.key("state").string(name_of(d.state)).key("silent").boolean(d.silent).key("stuck").boolean(d.stuck);
  per_phase(w, "ask_ma", d.ask);
  per_phase(w, "limit_ma", d.limit);
  per_phase(w, "envelope_ma", d.envelope);
  if (d.measured) per_phase(w, "measured_ma", *d.measured);
  if (d.energy) w.key("energy_wh").integer(d.energy->count());
  if (d.vehicle) w.key("vehicle").string(name_of(*d.vehicle));
  w.key("reason").string(name_of(d.reason)).key("binding").string(d.binding).key("fault").string(d.fault).end_object();
}

}  // namespace

std::string encode(const Offer& o) {
  Writer w;
  w.begin_object().key("nonce").number(o.nonce.value).key("kind").string(name_of(o.kind));
  phase_set(w, "phases", o.phases);
  w.key("min_ma").integer(o.min.count()).key("max_ma").integer(o.max.count()).key("step_ma").integer(o.step.count());
  w.key("floor_ma").integer(o.floor.count()).key("can_pause").boolean(o.can_pause).key("weight").integer(o.weight);
  if (o.energy_needed) w.key("energy_needed_wh").integer(o.energy_needed->count());
  if (o.departs) w.key("departs_ms").integer(o.departs->ms());
  w.key("failsafe_ma").integer(o.failsafe.count()).key("settle_ms").integer(o.settle.count());
  if (o.revert) w.key("revert_ms").integer(o.revert->count());
  return w.end_object().take();
}

std::string encode(const Status& s) {
  Writer w;
  w.begin_object().key("at_ms").integer(s.at.ms()).key("nonce").number(s.nonce.value);
  w.key("state").string(name_of(s.state));
  per_phase(w, "ask_ma", s.ask);
  per_phase(w, "holding_ma", s.holding);
  if (s.ack) write(w.key("ack"), *s.ack);
  if (s.measured) per_phase(w, "measured_ma", *s.measured);
  if (s.energy) w.key("energy_wh").integer(s.energy->count());
  if (s.vehicle) w.key("vehicle").string(name_of(*s.vehicle));
  return w.key("fault").string(s.fault).end_object().take();
}

std::string encode(const Limit& l) {
  Writer w;
  w.begin_object();
  counter(w, "epoch", l.epoch.value);
  counter(w, "seq", l.seq.value);
  w.key("nonce").number(l.nonce.value).key("until_ms").integer(l.until.ms());
  per_phase(w, "max_ma", l.max);
  return w.key("may_raise").boolean(l.may_raise).key("reason").string(name_of(l.reason)).end_object().take();
}

std::string encode(const Reading& reading) {
  Writer w;
  write(w, reading);
  return w.take();
}

std::string encode(const ReadingBatch& batch) {
  Writer w;
  w.begin_object().key("agent").string(batch.agent.str()).key("previous").string(to_hex(batch.previous.bytes));
  w.key("readings").begin_array();
  for (const Reading& reading : batch.readings) write(w, reading);
  return w.end_array().key("head").string(to_hex(batch.head.bytes)).end_object().take();
}

std::string encode(const Stored& stored) {
  Writer w;
  w.begin_object();
  return counter(w, "through", stored.through).end_object().take();
}

std::string encode(const Online& online) {
  return Writer().begin_object().key("online").boolean(online.online).end_object().take();
}

std::string encode(const TrafoState& s) {
  Writer w;
  w.begin_object().key("site").string(s.site.str()).key("at_ms").integer(s.at.ms());
  counter(w, "epoch", s.epoch.value).key("rated_va").integer(s.rated_va).key("nodes").begin_array();
  for (const NodeState& node : s.nodes) write(w, node);
  w.end_array().key("devices").begin_array();
  for (const DeviceState& device : s.devices) write(w, device);
  w.end_array().key("alarms").begin_array();
  for (const std::string& alarm : s.alarms) w.string(alarm);
  return w.end_array().key("missed_ticks").integer(s.missed_ticks).end_object().take();
}

Digest chain(const Digest& previous, const Reading& reading) {
  std::string text(reinterpret_cast<const char*>(previous.bytes.data()), previous.bytes.size());
  return blake2b(text + encode(reading));
}

Result<void> check_chain(const ReadingBatch& batch) {
  Digest head = batch.previous;
  for (const Reading& reading : batch.readings) head = chain(head, reading);
  if (head == batch.head) return {};
  return Error{"readings.head",
               to_hex(batch.head.bytes) + " does not follow from the readings: expected " + to_hex(head.bytes)};
}

}  // namespace balans
