// Decoding what the controller shows to screens.
#include "common/messages/fields.hpp"

namespace balans::fields {
namespace {

constexpr std::int64_t kMaxMdeg = 1'000'000;  // 1000 degrees

NodeState read_node(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  NodeState n;
  n.node = r.string("node", kMaxText);
  n.parent = r.string("parent", kMaxText);
  n.quality = read_name<MeterQuality>(r, "quality");
  n.metered = r.boolean("metered");
  n.load = read_per_phase(r, "load_ma", -kMaxMa, error);
  n.rating = read_per_phase(r, "rating_ma", 0, error);
  n.base = read_per_phase(r, "base_ma", -kMaxMa, error);
  n.headroom = read_per_phase(r, "headroom_ma", -kMaxMa, error);
  n.booked = read_per_phase(r, "booked_ma", 0, error);
  n.source = read_name<Reason>(r, "source");
  if (r.has("feed_rating_ma"))
    n.feed = NodeState::Feed{read_per_phase(r, "feed_rating_ma", 0, error),
                             read_per_phase(r, "feed_headroom_ma", -kMaxMa, error),
                             read_per_phase(r, "feed_booked_ma", 0, error)};
  r.finish();
  return n;
}

DeviceState read_device(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  DeviceState d;
  d.agent = read_id<AgentId>(r, "agent");
  d.kind = read_name<DeviceKind>(r, "kind");
  d.node = r.string("node", kMaxText);
  d.state = read_name<AgentState>(r, "state");
  d.silent = r.boolean("silent");
  d.stuck = r.boolean("stuck");
  d.ask = read_allowance(r, "ask_ma", "ask_feed_ma", error);
  d.limit = read_allowance(r, "limit_ma", "limit_feed_ma", error);
  d.envelope = read_allowance(r, "envelope_ma", "envelope_feed_ma", error);
  if (r.has("measured_ma")) d.measured = read_per_phase(r, "measured_ma", -kMaxMa, error);
  if (r.has("energy_wh")) d.energy = WattHours(r.integer("energy_wh", 0, kMaxWh));
  if (r.has("vehicle")) d.vehicle = read_name<VehicleState>(r, "vehicle");
  d.reason = read_name<Reason>(r, "reason");
  d.binding = r.string("binding", kMaxText);
  d.fault = r.string("fault", kMaxText);
  r.finish();
  return d;
}

MeterState read_meter(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  MeterState m;
  m.meter = r.string("meter", kMaxText);
  m.node = r.string("node", kMaxText);
  m.quality = read_name<MeterQuality>(r, "quality");
  m.doubt = r.string("doubt", kMaxText);
  if (r.has("age_ms")) m.age_ms = r.integer("age_ms", 0, kMaxMs);
  r.finish();
  return m;
}

Temperatures read_temperatures(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  Temperatures t;
  t.top_oil_mdeg = r.integer("top_oil_mdeg", -kMaxMdeg, kMaxMdeg);
  t.hot_spot_mdeg = r.integer("hot_spot_mdeg", -kMaxMdeg, kMaxMdeg);
  t.ambient_mdeg = r.integer("ambient_mdeg", -kMaxMdeg, kMaxMdeg);
  t.life_used_ppm = r.integer("life_used_ppm", 0, kMaxCounter);
  r.finish();
  return t;
}

OutsideLimitState read_outside(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  ObjectReader r(value, path, error);
  OutsideLimitState l;
  l.node = r.string("node", kMaxText);
  if (r.has("agent")) l.agent = read_id<AgentId>(r, "agent");
  l.source = read_name<Reason>(r, "source");
  l.max = read_allowance(r, "max_ma", "max_feed_ma", error);
  if (r.has("until_ms")) l.until = UnixTime(r.integer("until_ms", 0, kMaxMs));
  r.finish();
  return l;
}

void read_alarms(ObjectReader& r, TrafoState& s, std::optional<Error>& error) {
  read_array(r, "alarms", 100, [&](const boost::json::value& v, const std::string& path) {
    if (v.is_string() && v.get_string().size() <= 4 * kMaxText)
      return s.alarms.emplace_back(v.get_string().c_str()), void();
    if (!error) error = Error{path, "expected a short string"};
  });
}

}  // namespace

TrafoState read_state(ObjectReader& r, std::optional<Error>& error) {
  constexpr std::size_t kMaxNodes = 1000;
  TrafoState s;
  s.site = read_id<SiteId>(r, "site");
  s.at = UnixTime(r.integer("at_ms", 0, kMaxMs));
  s.epoch.value = read_counter(r, "epoch");
  s.rated_va = r.integer("rated_va", 0, 1'000'000'000);
  const auto read_all = [&](std::string_view key, std::size_t most, auto& elements, auto read) {
    read_array(r, key, most, [&](const auto& v, const std::string& path) { elements.push_back(read(v, path, error)); });
  };
  read_all("nodes", kMaxNodes, s.nodes, read_node);
  read_all("devices", static_cast<std::size_t>(defaults::kMaxAgents), s.devices, read_device);
  read_all("meters", kMaxNodes, s.meters, read_meter);
  if (r.has("temperatures"))
    s.temperatures = read_temperatures(r.member("temperatures"), r.path_of("temperatures"), error);
  read_all("outside", kMaxNodes, s.outside, read_outside);
  read_alarms(r, s, error);
  s.missed_ticks = r.integer("missed_ticks", 0, kMaxCounter);
  return s;
}

}  // namespace balans::fields
