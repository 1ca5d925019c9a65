// What hangs below the transformer of site.yaml: nodes, meters, devices.

#include <set>

#include "common/messages/topics.hpp"
#include "trafo/shell/site_sections.hpp"

namespace balans {
namespace {

using PlaceName = Name<struct PlaceNameTag>;

PhaseSet phase_set(const std::vector<Phase>& phases) {
  PhaseSet set;
  for (Phase p : phases) set.insert(p);
  return set;
}

/// The node that `value` names; the transformer where it is absent.
std::size_t read_node_of(const config::OptionalValue& value, const Site& site) {
  return value.parse([&](std::string_view name) { return node_named(site, name); }).value_or(0);
}

Node read_node(const config::Section& entry, const Site& site) {
  Node node;
  const config::RequiredValue name = entry.required("name");
  node.name = name.name<PlaceName>().str();
  if (!node.name.empty() && node_named(site, node.name)) name.refuse("there is a node '" + node.name + "' already");
  node.parent = static_cast<int>(read_node_of(entry.optional("parent"), site));
  node.max = entry.optional("max_a").amps(1_A, kMostAmps);
  node.max_va = entry.optional("max_kva").kva(1_kVA, 5000_kVA);
  node.max_feed = entry.optional("max_feed_a").amps(0_A, kMostAmps);
  node.design_peak_feed = entry.optional("design_peak_feed_a").amps(0_A, kMostAmps);
  node.max_neutral = entry.optional("max_neutral_a").amps(1_A, kMostAmps);
  node.has_floors = entry.optional("connection").boolean().value_or(false);
  node.max_unbalance = entry.optional("max_unbalance_kva").kva(100_VA, 5000_kVA);
  if (node.has_floors && !node.max_unbalance) node.max_unbalance = defaults::kUnbalance;
  node.design_peak_base = PerPhase<Milliamps>::all(entry.required("design_peak_base_a").amps(0_A, kMostAmps));
  return node;
}

MeterSettings read_meter(const config::Section& section) {
  MeterSettings meter;
  meter.device = section.required("device").text();
  meter.place = read_modbus_place(section);
  meter.poll = section.optional("poll_ms").millis(200_ms, 10_s).value_or(defaults::kMeterPoll);
  const config::OptionalValue phases = section.optional("phases");
  meter.phases = phases.phases().value_or(std::vector<Phase>(kPhases.begin(), kPhases.end()));
  if (meter.phases.size() != kPhases.size())
    phases.refuse("expected all three phases, in the order of the meter's terminals");
  return meter;
}

/// Why the two cannot both be asked; empty when they can.
std::string_view conflict(const ModbusPlace& a, const ModbusPlace& b) {
  if (const auto* bus = std::get_if<ModbusSerialEndpoint>(&a.endpoint)) {
    const auto* other = std::get_if<ModbusSerialEndpoint>(&b.endpoint);
    if (other == nullptr || other->device != bus->device) return "";
    if (other->format != bus->format) return "shares its serial port, with another baud or format";
    return a.unit == b.unit ? "has the same serial port and unit" : "";
  }
  const auto& host = std::get<ModbusTcpEndpoint>(a.endpoint);
  const auto* other = std::get_if<ModbusTcpEndpoint>(&b.endpoint);
  const bool same = other != nullptr && other->host == host.host && other->port == host.port && a.unit == b.unit;
  return same ? "has the same host, port and unit" : "";
}

void add_meter(const config::Section& section, Meter meter, SiteFile& file) {
  MeterSettings settings = read_meter(section);
  for (std::size_t i = 0; i < file.meters.size(); ++i) {
    const std::string& other = file.site.meters[i].name;
    if (other == meter.name) section.refuse("there is a meter '" + meter.name + "' already");
    if (const auto why = conflict(file.meters[i].place, settings.place); !why.empty())
      section.refuse("meter '" + other + "' " + std::string(why));
  }
  file.site.meters.push_back(std::move(meter));
  file.meters.push_back(std::move(settings));
}

/// An inverter that only feeds in draws nothing that is worth a limit.
void read_most(const config::Section& entry, Enrolment& agent) {
  agent.max_feed = entry.optional("max_feed_a").amps(0_A, kMostAmps).value_or(0_A);
  agent.max = entry.required("max_a").amps(agent.max_feed > 0_A ? 0_A : 1_A, kMostAmps);
}

void read_feed(const config::Section& entry, Enrolment& agent) {
  const config::OptionalValue failsafe = entry.optional("failsafe_feed_a");
  agent.failsafe_feed = failsafe.amps(0_A, kMostAmps).value_or(0_A);
  if (agent.failsafe_feed > agent.max_feed) failsafe.refuse("is above max_feed_a");
  const config::OptionalValue fallback = entry.optional("fallback_feed_a");
  agent.fallback_feed = fallback.amps(0_A, kMostAmps).value_or(0_A);
  if (agent.fallback_feed > agent.max_feed) fallback.refuse("is above max_feed_a");
  if (agent.revert && agent.max_feed > Milliamps() && !fallback.present())
    entry.refuse("needs fallback_feed_a: what the device feeds in by itself once revert_s has passed");
}

Enrolment read_enrolment(const config::Section& entry, const Site& site) {
  Enrolment agent;
  agent.id = entry.required("id").name<AgentId>();
  agent.key = entry.required("key").public_key();
  agent.kind = entry.required("kind").parse([](std::string_view text) { return parse_name<DeviceKind>(text); });
  agent.node = read_node_of(entry.optional("node"), site);
  agent.phases = phase_set(entry.required("phases").phases());
  read_most(entry, agent);
  const config::OptionalValue failsafe = entry.optional("failsafe_a");
  agent.failsafe = failsafe.amps(0_A, kMostAmps).value_or(0_A);
  if (agent.failsafe > agent.max) failsafe.refuse("is above max_a");
  agent.device_fallback = entry.optional("device_fallback_a").amps(0_A, kMostAmps).value_or(0_A);
  agent.priority = static_cast<int>(entry.optional("priority").integer(0, 255).value_or(0));
  agent.settle = entry.optional("settle_s").seconds(1_s, 600_s).value_or(defaults::kSettle);
  agent.revert = entry.required("revert_s").seconds_or_none(1_s, 3600_s);
  agent.contactor = entry.optional("contactor_s").seconds(1_s, 600_s);
  if (agent.revert && !entry.has("device_fallback_a"))
    entry.refuse("needs device_fallback_a: what the device does by itself once revert_s has passed");
  if (agent.contactor && !entry.has("device_fallback_a"))
    entry.refuse("needs device_fallback_a: what the device does by itself when its contactor closes again");
  read_feed(entry, agent);
  return agent;
}

}  // namespace

void read_nodes(const config::Section& root, Site& site) {
  for (const config::Section& entry : root.optional_list("nodes", kMaxNodes))
    site.nodes.push_back(read_node(entry, site));
}

void read_meters(const config::Section& root, SiteFile& file) {
  file.site.meters.clear();
  add_meter(root.section("meter"), Meter{}, file);
  for (const config::Section& entry : root.optional_list("meters", kMaxMeters)) {
    Meter meter;
    meter.name = entry.required("name").name<PlaceName>().str();
    meter.node = read_node_of(entry.optional("node"), file.site);
    add_meter(entry, std::move(meter), file);
  }
}

void read_agents(const config::Section& root, Site& site) {
  std::set<AgentId> seen;
  for (const config::Section& entry : root.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents))) {
    site.agents.push_back(read_enrolment(entry, site));
    if (site.agents.back().id.str() == topics::kTrafo) entry.refuse("'trafo' is the controller's own name");
    if (!seen.insert(site.agents.back().id).second)
      entry.refuse("agent '" + site.agents.back().id.str() + "' is enrolled twice");
  }
}

}  // namespace balans
