// Encoding: one canonical JSON form for each message. decode.cpp reads the same fields.
#include "common/messages/batch.hpp"
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

/// `draw_key` always, `feed_key` where something may be fed in.
Writer& allowance(Writer& w, std::string_view draw_key, std::string_view feed_key, const Allowance& value) {
  per_phase(w, draw_key, value.draw);
  return value.feed == PerPhase<Milliamps>{} ? w : per_phase(w, feed_key, value.feed);
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
  counter(w, "epoch", ack.epoch.value).key("boot").number(ack.boot.value);
  counter(w, "seq", ack.seq.value);
  allowance(w, "limit_ma", "limit_feed_ma", ack.limit);
  w.key("stage").string(name_of(ack.stage)).end_object();
}

void write(Writer& w, const Term& term) {
  w.begin_object();
  counter(w, "epoch", term.epoch.value).key("boot").number(term.boot.value).end_object();
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
  w.begin_object().key("node").string(n.node).key("parent").string(n.parent);
  w.key("quality").string(name_of(n.quality)).key("metered").boolean(n.metered);
  per_phase(w, "load_ma", n.load);
  per_phase(w, "rating_ma", n.rating);
  per_phase(w, "base_ma", n.base);
  per_phase(w, "headroom_ma", n.headroom);
  per_phase(w, "booked_ma", n.booked).key("source").string(name_of(n.source));
  if (n.feed) {
    per_phase(w, "feed_rating_ma", n.feed->rating);
    per_phase(w, "feed_headroom_ma", n.feed->headroom);
    per_phase(w, "feed_booked_ma", n.feed->booked);
  }
  w.end_object();
}

void write(Writer& w, const DeviceState& d) {
  w.begin_object().key("agent").string(d.agent.str()).key("kind").string(name_of(d.kind)).key("node").string(d.node);
  w.key("state").string(name_of(d.state)).key("silent").boolean(d.silent).key("stuck").boolean(d.stuck);
  allowance(w, "ask_ma", "ask_feed_ma", d.ask);
  allowance(w, "limit_ma", "limit_feed_ma", d.limit);
  allowance(w, "envelope_ma", "envelope_feed_ma", d.envelope);
  if (d.measured) per_phase(w, "measured_ma", *d.measured);
  if (d.energy) w.key("energy_wh").integer(d.energy->count());
  if (d.vehicle) w.key("vehicle").string(name_of(*d.vehicle));
  w.key("reason").string(name_of(d.reason)).key("binding").string(d.binding).key("fault").string(d.fault).end_object();
}

void write(Writer& w, const MeterState& m) {
  w.begin_object().key("meter").string(m.meter).key("node").string(m.node).key("quality").string(name_of(m.quality));
  w.key("doubt").string(m.doubt);
  if (m.age_ms) w.key("age_ms").integer(*m.age_ms);
  w.end_object();
}

void write(Writer& w, const Temperatures& t) {
  w.begin_object().key("top_oil_mdeg").integer(t.top_oil_mdeg).key("hot_spot_mdeg").integer(t.hot_spot_mdeg);
  w.key("ambient_mdeg").integer(t.ambient_mdeg).key("life_used_ppm").integer(t.life_used_ppm).end_object();
}

void write(Writer& w, const OutsideLimitState& l) {
  w.begin_object().key("node").string(l.node);
  if (l.agent) w.key("agent").string(l.agent->str());
  w.key("source").string(name_of(l.source));
  allowance(w, "max_ma", "max_feed_ma", l.max);
  if (l.until) w.key("until_ms").integer(l.until->ms());
  w.end_object();
}

template <class Element>
void write_all(Writer& w, std::string_view key, const std::vector<Element>& elements) {
  w.key(key).begin_array();
  for (const Element& element : elements) write(w, element);
  w.end_array();
}

void write_limits(Writer& w, const Offer& o) {
  w.key("min_ma").integer(o.min.count()).key("max_ma").integer(o.max.count()).key("step_ma").integer(o.step.count());
  if (!o.levels.empty()) {
    w.key("levels_ma").begin_array();
    for (Milliamps level : o.levels) w.integer(level.count());
    w.end_array();
  }
  w.key("floor_ma").integer(o.floor.count());
  if (o.comfort != Milliamps()) w.key("comfort_ma").integer(o.comfort.count());
  if (o.max_feed == Milliamps()) return;
  w.key("min_feed_ma").integer(o.min_feed.count()).key("max_feed_ma").integer(o.max_feed.count());
  w.key("failsafe_feed_ma").integer(o.failsafe_feed.count());
}

}  // namespace

std::string encode(const Offer& o) {
  Writer w;
  w.begin_object().key("nonce").number(o.nonce.value).key("kind").string(name_of(o.kind));
  phase_set(w, "phases", o.phases);
  if (!o.fewer_phases.empty()) phase_set(w, "fewer_phases", o.fewer_phases);
  write_limits(w, o);
  w.key("can_pause").boolean(o.can_pause).key("weight").integer(o.weight);
  if (o.volunteers_for) w.key("volunteers_for").number(static_cast<std::uint64_t>(*o.volunteers_for));
  if (o.energy_needed) w.key("energy_needed_wh").integer(o.energy_needed->count());
  if (o.departs) w.key("departs_ms").integer(o.departs->ms());
  w.key("failsafe_ma").integer(o.failsafe.count());
  if (o.device_fallback != Milliamps()) w.key("device_fallback_ma").integer(o.device_fallback.count());
  if (o.fallback_feed != Milliamps()) w.key("fallback_feed_ma").integer(o.fallback_feed.count());
  w.key("min_on_ms").integer(o.min_on.count()).key("min_off_ms").integer(o.min_off.count());
  w.key("failsafe_hold_ms").integer(o.failsafe_hold.count()).key("settle_ms").integer(o.settle.count());
  if (o.revert) w.key("revert_ms").integer(o.revert->count());
  if (o.contactor) w.key("contactor_ms").integer(o.contactor->count());
  return w.end_object().take();
}

std::string encode(const Status& s) {
  Writer w;
  w.begin_object().key("at_ms").integer(s.at.ms()).key("nonce").number(s.nonce.value);
  w.key("state").string(name_of(s.state));
  allowance(w, "ask_ma", "ask_feed_ma", s.ask);
  allowance(w, "holding_ma", "holding_feed_ma", s.holding);
  if (s.phases) phase_set(w, "phases", *s.phases);
  if (s.ack) write(w.key("ack"), *s.ack);
  if (s.follows) write(w.key("follows"), *s.follows);
  if (s.measured) per_phase(w, "measured_ma", *s.measured);
  if (s.energy) w.key("energy_wh").integer(s.energy->count());
  if (s.vehicle) w.key("vehicle").string(name_of(*s.vehicle));
  if (s.session_energy) w.key("session_energy_wh").integer(s.session_energy->count());
  return w.key("fault").string(s.fault).end_object().take();
}

std::string encode(const Limit& l) {
  Writer w;
  w.begin_object();
  counter(w, "epoch", l.epoch.value).key("boot").number(l.boot.value);
  counter(w, "seq", l.seq.value);
  w.key("nonce").number(l.nonce.value).key("until_ms").integer(l.until.ms());
  allowance(w, "max_ma", "max_feed_ma", l.max);
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
  counter(w, "epoch", s.epoch.value).key("rated_va").integer(s.rated_va);
  write_all(w, "nodes", s.nodes);
  write_all(w, "devices", s.devices);
  write_all(w, "meters", s.meters);
  if (s.temperatures) write(w.key("temperatures"), *s.temperatures);
  write_all(w, "outside", s.outside);
  w.key("alarms").begin_array();
  for (const std::string& alarm : s.alarms) w.string(alarm);
  return w.end_array().key("missed_ticks").integer(s.missed_ticks).end_object().take();
}

Digest chain(const Digest& previous, const Reading& reading) { return chain(previous, encode(reading)); }

Digest chain(const Digest& previous, std::string_view encoded) {
  std::string text;
  text.reserve(previous.bytes.size() + encoded.size());
  text.append(reinterpret_cast<const char*>(previous.bytes.data()), previous.bytes.size());
  return blake2b(text.append(encoded));
}

Result<void> check_chain(const ReadingBatch& batch) {
  Digest head = batch.previous;
  for (const Reading& reading : batch.readings) head = chain(head, reading);
  if (head == batch.head) return {};
  return Error{"readings.head",
               to_hex(batch.head.bytes) + " does not follow from the readings: expected " + to_hex(head.bytes)};
}

}  // namespace balans
