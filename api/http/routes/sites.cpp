// Sites, and the devices below each.
#include "api/core/rfc3339.hpp"
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

Answer get_sites(Services& services) {
  json::Writer w;
  w.begin_object().key("sites").begin_array();
  for (const auto& [site, enrolled] : services.roster.sites) {
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
  for (const auto& [agent, key] : services.roster.sites.at(call.site).agents) states[agent] = nullptr;
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

}  // namespace

std::vector<Route> site_routes(Services& services) {
  return {
      {Method::Get, "/v1/sites", Privilege::Open, 0, {}, [&services](const Call&) { return get_sites(services); }},
      {Method::Get,
       "/v1/sites/{site}/devices",
       Privilege::Open,
       0,
       {},
       [&services](const Call& call) { return get_devices(services, call); }},
  };
}

}  // namespace balans::api
