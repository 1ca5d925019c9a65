// Sites, and the devices below each.
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

/// When the site last spoke: its own time stamp, and how long ago that was by our clock.
void write_news(json::Writer& w, const LiveStates& live, const LiveState* state) {
  w.key("state_at");
  state != nullptr ? w.string(to_rfc3339(state->state.at)) : w.null();
  w.key("silent_ms");
  state != nullptr ? w.integer(live.silent_ms(*state)) : w.null();
}

Answer get_sites(Services& services, const Call& call) {
  json::Writer w;
  w.begin_object().key("sites").begin_array();
  for (const auto& [site, enrolled] : call.access->roster.sites) {
    if (!call.caller.grant.sees(site)) continue;
    w.begin_object().key("id").string(site.str());
    w.key("agents").integer(static_cast<std::int64_t>(enrolled.agents.size()));
    write_news(w, services.live, services.live.of(site));
    w.end_object();
  }
  return json_response(w.end_array().end_object().take());
}

void write(json::Writer& w, std::string_view key, const PerPhase<Milliamps>& current) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(current[p].count());
  w.end_array();
}

/// What is fed in is there only where there is any, as in the messages of the site.
void write(json::Writer& w, std::string_view key, std::string_view feed_key, const Allowance& allowance) {
  write(w, key, allowance.draw);
  if (allowance.feed != PerPhase<Milliamps>{}) write(w, feed_key, allowance.feed);
}

void write(json::Writer& w, const DeviceState& d) {
  w.key("kind").string(name_of(d.kind)).key("node").string(d.node).key("state").string(name_of(d.state));
  w.key("silent").boolean(d.silent).key("stuck").boolean(d.stuck);
  write(w, "ask_ma", "ask_feed_ma", d.ask);
  write(w, "limit_ma", "limit_feed_ma", d.limit);
  write(w, "envelope_ma", "envelope_feed_ma", d.envelope);
  if (d.measured) write(w, "measured_ma", *d.measured);
  if (d.energy) w.key("energy_wh").integer(d.energy->count());
  if (d.vehicle) w.key("vehicle").string(name_of(*d.vehicle));
  w.key("reason").string(name_of(d.reason)).key("binding").string(d.binding).key("fault").string(d.fault);
}

/// Every enrolled agent is listed; those the controller has not spoken of have only their name.
Answer get_devices(Services& services, const Call& call) {
  const LiveState* live = services.live.of(call.site);
  std::map<AgentId, const DeviceState*> states;
  for (const auto& [agent, key] : call.access->roster.sites.at(call.site).agents) states[agent] = nullptr;
  if (live != nullptr)
    for (const DeviceState& device : live->state.devices) states[device.agent] = &device;
  json::Writer w;
  w.begin_object().key("site").string(call.site.str());
  write_news(w, services.live, live);
  w.key("devices").begin_array();
  for (const auto& [agent, device] : states) {
    w.begin_object().key("agent").string(agent.str());
    if (device != nullptr) write(w, *device);
    w.end_object();
  }
  return json_response(w.end_array().end_object().take());
}

/// The part of the newest state that `write_part` picks, with its age.
template <class WritePart>
Answer part_of_state(Services& services, const Call& call, std::string_view name, WritePart write_part) {
  const LiveState* live = services.live.of(call.site);
  json::Writer w;
  w.begin_object().key("site").string(call.site.str());
  write_news(w, services.live, live);
  w.key(name).begin_array();
  if (live != nullptr) write_part(w, live->state);
  return json_response(w.end_array().end_object().take());
}

void write_nodes(json::Writer& w, const TrafoState& state) {
  for (const NodeState& node : state.nodes) {
    w.begin_object().key("node").string(node.node).key("parent").string(node.parent);
    w.key("quality").string(name_of(node.quality)).key("metered").boolean(node.metered);
    write(w, "load_ma", node.load);
    write(w, "rating_ma", node.rating);
    write(w, "base_ma", node.base);
    write(w, "headroom_ma", node.headroom);
    write(w, "booked_ma", node.booked);
    w.key("source").string(name_of(node.source)).end_object();
  }
}

void write_meters(json::Writer& w, const TrafoState& state) {
  for (const MeterState& meter : state.meters) {
    w.begin_object().key("meter").string(meter.meter).key("node").string(meter.node);
    w.key("quality").string(name_of(meter.quality)).key("doubt").string(meter.doubt);
    if (meter.age_ms) w.key("age_ms").integer(*meter.age_ms);
    w.end_object();
  }
}

/// Limits from outside, and what binds each device now.
void write_limits(json::Writer& w, const TrafoState& state) {
  for (const OutsideLimitState& limit : state.outside) {
    w.begin_object().key("node").string(limit.node);
    if (limit.agent) w.key("agent").string(limit.agent->str());
    w.key("source").string(name_of(limit.source));
    write(w, "max_ma", "max_feed_ma", limit.max);
    w.key("until");
    limit.until ? w.string(to_rfc3339(*limit.until)) : w.null();
    w.end_object();
  }
  for (const DeviceState& device : state.devices) {
    w.begin_object().key("agent").string(device.agent.str()).key("source").string(name_of(device.reason));
    write(w, "max_ma", "max_feed_ma", device.limit);
    w.key("binding").string(device.binding).end_object();
  }
}

}  // namespace

std::vector<Route> site_routes(Services& services) {
  return {
      {Method::Get,
       "/v1/sites",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return get_sites(services, call); }},
      {Method::Get,
       "/v1/sites/{site}/devices",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return get_devices(services, call); }},
      {Method::Get,
       "/v1/sites/{site}/nodes",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return part_of_state(services, call, "nodes", write_nodes); }},
      {Method::Get,
       "/v1/sites/{site}/meters",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return part_of_state(services, call, "meters", write_meters); }},
      {Method::Get,
       "/v1/sites/{site}/limits",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return part_of_state(services, call, "limits", write_limits); }},
  };
}

}  // namespace balans::api
