// What flowed: one device's curve, import and export per node, and how good the data is.
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::int64_t kMostPoints = 2000;
constexpr Millis kLongestSpan = 3700 * 86'400_s;  // ten years

void write(json::Writer& w, std::string_view key, const PerPhase<Milliamps>& current) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(current[p].count());
  w.end_array();
}

void write_doubts(json::Writer& w, Doubts doubts) {
  w.key("doubts").begin_array();
  if (doubts.has(Doubt::Gap)) w.string("gap");
  if (doubts.has(Doubt::Reset)) w.string("reset");
  if (doubts.has(Doubt::Incomplete)) w.string("incomplete");
  w.end_array();
}

void write(json::Writer& w, const Bucket& bucket) {
  w.begin_object().key("start").string(to_rfc3339(bucket.start));
  w.key("import_wh").integer(bucket.imported.count()).key("export_wh").integer(bucket.exported.count());
  write(w, "low_ma", bucket.low);
  write(w, "high_ma", bucket.high);
  w.key("readings").integer(bucket.readings).key("limited").integer(bucket.limited);
  write_doubts(w, bucket.doubts);
  w.end_object();
}

struct Resolution {
  Level level;
  Millis length;
};

/// The finest that stays within the most points: a level of the store, or several of its stretches joined.
Resolution resolution_for(const Span& span, std::optional<Level> wanted) {
  const Millis whole = span.to - span.from;
  for (Level level : kLevels)
    if (wanted ? *wanted == level : level == Level::Day || whole / length_of(level) <= kMostPoints)
      for (Millis length = length_of(level);; length = length + length_of(level))
        if (whole / length <= kMostPoints) return {level, length};
  return {Level::Day, length_of(Level::Day)};
}

Answer get_series(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kLongestSpan);
  std::optional<Level> wanted;
  parameters.optional("resolution", parse_level, wanted);
  const auto agent = AgentId::parse(call.path.at("agent"));
  if (!agent) return problem(problems::kNotFound, "no device has this name");
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const Resolution resolution = resolution_for(span, wanted);
  const auto buckets = store.roll_ups().series({{call.site, *agent}, resolution.level, span, resolution.length});
  if (!buckets) return store_problem();
  json::Writer w;
  w.begin_object().key("site").string(call.site.str()).key("agent").string(agent->str());
  w.key("resolution").string(name_of(resolution.level)).key("length_s").integer(resolution.length / 1_s);
  w.key("points").begin_array();
  for (const Bucket& bucket : *buckets) write(w, bucket);
  return json_response(w.end_array().end_object().take());
}

struct NodeEnergy {
  WattHours imported;
  WattHours exported;
  std::int64_t devices = 0;
  std::int64_t quarters = 0;
  std::int64_t doubtful = 0;
};

Answer get_energy(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kLongestSpan);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto energies = store.roll_ups().energy(call.site, span);
  if (!energies) return store_problem();
  std::map<std::string, NodeEnergy> nodes;
  json::Writer w;
  w.begin_object().key("site").string(call.site.str()).key("devices").begin_array();
  for (const DeviceEnergy& device : *energies) {
    w.begin_object().key("agent").string(device.agent.str()).key("node").string(device.node);
    w.key("import_wh").integer(device.imported.count()).key("export_wh").integer(device.exported.count());
    w.key("readings").integer(device.readings).key("limited").integer(device.limited);
    w.key("quarters").integer(device.quarters).key("doubtful").integer(device.doubtful).end_object();
    NodeEnergy& node = nodes[device.node];
    node.imported = node.imported + device.imported;
    node.exported = node.exported + device.exported;
    ++node.devices;
    node.quarters += device.quarters;
    node.doubtful += device.doubtful;
  }
  w.end_array().key("nodes").begin_array();
  for (const auto& [name, node] : nodes) {
    w.begin_object().key("node").string(name).key("devices").integer(node.devices);
    w.key("import_wh").integer(node.imported.count()).key("export_wh").integer(node.exported.count());
    w.key("quarters").integer(node.quarters).key("doubtful").integer(node.doubtful).end_object();
  }
  return json_response(w.end_array().end_object().take());
}

void write_time(json::Writer& w, std::string_view key, const std::optional<UnixTime>& time) {
  w.key(key);
  time ? w.string(to_rfc3339(*time)) : w.null();
}

void write_age(json::Writer& w, const std::optional<UnixTime>& time, UnixTime now) {
  w.key("age_s");
  time ? w.integer((now - *time) / 1_s) : w.null();
}

Answer get_quality(Services& services, const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kLongestSpan);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto qualities = store.roll_ups().quality(call.site, span);
  if (!qualities) return store_problem();
  json::Writer w;
  w.begin_object().key("site").string(call.site.str()).key("devices").begin_array();
  for (const DeviceQuality& device : *qualities) {
    w.begin_object().key("agent").string(device.agent.str());
    w.key("last_seq").integer(static_cast<std::int64_t>(device.last_seq));
    write_time(w, "newest", device.newest);
    write_time(w, "last_received", device.last_received);
    write_age(w, device.newest, services.clock.utc());
    w.key("quarters").integer(device.quarters).key("gaps").integer(device.gaps).key("resets").integer(device.resets);
    w.key("broken_batches").integer(device.broken_batches).key("corrected").integer(device.corrected).end_object();
  }
  return json_response(w.end_array().end_object().take());
}

}  // namespace

std::vector<Route> energy_routes(Services& services) {
  return {
      {Method::Get,
       "/v1/sites/{site}/devices/{agent}/series",
       Privilege::Read,
       0,
       {"from", "to", "resolution"},
       OnStore{Lane::Read, get_series}},
      {Method::Get, "/v1/sites/{site}/energy", Privilege::Read, 0, {"from", "to"}, OnStore{Lane::Read, get_energy}},
      {Method::Get,
       "/v1/sites/{site}/quality",
       Privilege::Read,
       0,
       {"from", "to"},
       OnStore{Lane::Read, [&services](const Call& call, Store& store) { return get_quality(services, call, store); }}},
  };
}

}  // namespace balans::api
