#include "sim/soak/random_street.hpp"

namespace balans::soak {

using twin::DeviceModel;
using twin::FedBy;
using twin::Street;

namespace {

constexpr Milliamps kSun = 12_A;  // the most that generation nobody controls brings

PhaseSet one_phase(Random& random) { return PhaseSet{kPhases[static_cast<std::size_t>(random.between(0, 2))]}; }

PhaseSet random_phases(Random& random) { return random.happens(600'000) ? PhaseSet::all() : one_phase(random); }

std::optional<Millis> random_revert(Random& random) {
  if (random.happens(250'000)) return std::nullopt;
  constexpr std::array<std::int64_t, 4> kSeconds{5, 15, 30, 60};
  return Millis(1000 * kSeconds[static_cast<std::size_t>(random.between(0, 3))]);
}

AgentSettings random_agent(Random& random, std::size_t index) {
  AgentSettings agent;
  agent.id = *AgentId::parse("charger-" + std::to_string(index + 1));
  agent.phases = random_phases(random);
  agent.min = 6_A;
  agent.max = random.happens(500'000) ? 16_A : 32_A;
  agent.step = Milliamps(random.happens(500'000) ? 100 : 1000);
  agent.failsafe = random.happens(400'000) ? 6_A : 0_A;
  agent.settle = Millis(1000 * random.between(1, 8));
  agent.revert = random_revert(random);
  if (agent.revert) agent.refresh = *agent.revert / 3;
  return agent;
}

DeviceModel device_of(Random& random, const AgentSettings& agent) {
  DeviceModel device;
  device.phases = agent.phases;
  device.min.draw = agent.min;
  device.delay = Millis(random.between(0, agent.settle.count()));
  device.revert = agent.revert;
  device.fed_by = random.happens(500'000) ? FedBy::WritesAlone : FedBy::AnyTraffic;
  device.appetite.draw = agent.max;
  return device;
}

void add_car(Random& random, AgentSettings& agent, DeviceModel& device) {
  if (agent.phases.size() == 1) return;
  if (random.happens(400'000)) device.conductors = PhaseSet{Phase::L1};
  if (random.happens(300'000)) device.fewer = agent.fewer_phases = one_phase(random);
  if (device.fewer.size() == 1) device.conductors = PhaseSet::all();
}

void make_store(Random& random, AgentSettings& agent, DeviceModel& device) {
  agent.kind = DeviceKind::Battery;
  agent.min = device.min.draw = 1_A;
  agent.min_feed = device.min.feed = random.happens(500'000) ? 1_A : 0_A;
  agent.max_feed = agent.max;
  agent.failsafe_feed = random.happens(300'000) ? 3_A : 0_A;
  device.is_store = true;
  if (random.happens(500'000)) device.appetite = {{}, agent.max_feed};
}

void add_agents(Random& random, Street& street, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    street.agents.push_back(random_agent(random, i));
    street.devices.push_back(device_of(random, street.agents.back()));
  }
}

/// What the devices below a node want, and what they fall back to.
struct Below {
  Milliamps wishes, failsafes, failsafes_feed;
  bool stores = false;
};

Below below(const Street& street, std::size_t node) {
  Below sum;
  for (const Enrolment& agent : street.site.agents) {
    if (!is_below(street.site, agent.node, node)) continue;
    sum.wishes += agent.max;
    sum.failsafes += agent.failsafe;
    sum.failsafes_feed += agent.failsafe_feed;
    sum.stores = sum.stores || agent.max_feed > Milliamps();
  }
  return sum;
}

/// From what all failsafes need to half of what all devices want beside them: there is always somebody who must give
/// way.
Milliamps random_limit(Random& random, const Street& street, std::size_t node) {
  const Below sum = below(street, node);
  const Milliamps peak = street.site.nodes[node].design_peak_base.largest();
  const Milliamps usable = peak + sum.failsafes + 8_A + Milliamps(random.between(0, sum.wishes.count() / 2));
  return usable * 100 / 97 + 100_mA;
}

void limit_reverse_flow(Random& random, Street& street, std::size_t node) {
  const Below sum = below(street, node);
  if (!sum.stores || random.happens(400'000)) return;
  street.site.nodes[node].max_feed = sum.failsafes_feed + kSun + 2_A + Milliamps(random.between(0, 16'000));
}

VoltAmps on_three_phases(Milliamps current) { return VoltAmps(current.count() * 3 * 230 / 1000); }

void limit_transformer(Random& random, Street& street) {
  street.site.rated = on_three_phases(random_limit(random, street, 0)) + VoltAmps(100);
}

void limit_panel(Random& random, Street& street, std::size_t node) {
  Node& panel = street.site.nodes[node];
  panel.max = random_limit(random, street, node);
  if (random.happens(300'000)) panel.max_va = on_three_phases(random_limit(random, street, node)) + VoltAmps(100);
}

/// A node's peak contains those below it.
void add_panel(Random& random, Street& street) {
  Node panel;
  panel.name = "panel-" + std::to_string(street.site.nodes.size());
  panel.parent = static_cast<int>(random.between(0, static_cast<std::int64_t>(street.site.nodes.size()) - 1));
  const Milliamps peak = Milliamps(1000 * random.between(1, 15));
  for (int v = panel.parent; v != kNoParent; v = street.site.nodes[static_cast<std::size_t>(v)].parent)
    street.site.nodes[static_cast<std::size_t>(v)].design_peak_base += PerPhase<Milliamps>::all(peak);
  panel.design_peak_base = PerPhase<Milliamps>::all(peak);
  PerPhase<Milliamps> base;
  for (Phase p : kPhases) base[p] = Milliamps(random.between(0, peak.count()));
  street.bases.push_back(base);
  if (random.happens(500'000)) street.site.meters.push_back({panel.name, street.site.nodes.size()});
  street.site.nodes.push_back(panel);
}

void begin(Random& random, Street& street) {
  street.site.id = *SiteId::parse("elm-street");
  const Milliamps peak = Milliamps(1000 * random.between(5, 40));
  street.site.nodes[0].design_peak_base = PerPhase<Milliamps>::all(peak);
  PerPhase<Milliamps> base;
  for (Phase p : kPhases) base[p] = Milliamps(random.between(peak.count() / 2, peak.count()));
  street.bases = {base};
}

/// Generation nobody controls, where a meter sees it: at the transformer.
void add_sun(Random& random, Street& street) {
  street.site.feeds_back = true;
  for (Phase p : kPhases) street.bases[0][p] = Milliamps(random.between(-kSun.count(), street.bases[0][p].count()));
}

}  // namespace

Case plain_case(Random& random) {
  Case result;
  Street& street = result.street;
  begin(random, street);
  add_agents(random, street, static_cast<std::size_t>(random.between(2, 5)));
  for (const AgentSettings& agent : street.agents) street.site.agents.push_back(twin::enrolment_of(agent, 0));
  limit_transformer(random, street);
  result.weather = random_weather(random);
  return result;
}

Case random_case(Random& random) {
  Case result;
  Street& street = result.street;
  begin(random, street);
  const std::int64_t panels = random.between(0, 3);
  for (std::int64_t i = 0; i < panels; ++i) add_panel(random, street);
  if (random.happens(300'000)) add_sun(random, street);
  add_agents(random, street, static_cast<std::size_t>(random.between(2, 6)));
  for (std::size_t i = 0; i < street.agents.size(); ++i) {
    AgentSettings& agent = street.agents[i];
    if (random.happens(250'000))
      make_store(random, agent, street.devices[i]);
    else
      add_car(random, agent, street.devices[i]);
    street.site.agents.push_back(twin::enrolment_of(agent, static_cast<std::size_t>(random.between(0, panels))));
  }
  limit_transformer(random, street);
  for (std::size_t v = 1; v < street.site.nodes.size(); ++v) limit_panel(random, street, v);
  for (std::size_t v = 0; v < street.site.nodes.size(); ++v) limit_reverse_flow(random, street, v);
  result.weather = random_weather(random);
  return result;
}

Case stormy_case(Random& random) {
  Case result = random_case(random);
  result.weather = random_storm(random);
  // A timetable: it only ever lowers, whatever time of day somebody takes it to be.
  if (random.happens(300'000)) {
    TimedLimit limit;
    limit.bound.draw = PerPhase<Milliamps>::all(Milliamps(random.between(5'000, 60'000)));
    limit.from_minute = static_cast<int>(random.between(0, 1439));
    limit.to_minute = static_cast<int>(random.between(0, 1439));
    result.street.site.schedule.push_back(limit);
  }
  return result;
}

Case calm_case(Random& random) {
  Case result;
  Street& street = result.street;
  begin(random, street);
  const std::int64_t panels = random.between(0, 2);
  for (std::int64_t i = 0; i < panels; ++i) add_panel(random, street);
  add_agents(random, street, static_cast<std::size_t>(random.between(3, 7)));
  for (std::size_t i = 0; i < street.agents.size(); ++i) {
    street.agents[i].failsafe = 0_A;
    if (street.agents[i].phases.size() == 3 && random.happens(400'000))
      street.devices[i].conductors = PhaseSet{Phase::L1};
    street.site.agents.push_back(
        twin::enrolment_of(street.agents[i], static_cast<std::size_t>(random.between(0, panels))));
  }
  for (std::size_t v = 0; v < street.site.nodes.size(); ++v) {
    // Most of the time one to three can run.
    const Milliamps peak = street.site.nodes[v].design_peak_base.largest();
    const Milliamps limit = (peak + Milliamps(random.between(6'500, 16'000))) * 100 / 97 + 100_mA;
    if (v == 0) street.site.rated = on_three_phases(limit) + VoltAmps(100);
    if (v > 0) street.site.nodes[v].max = limit;
  }
  result.weather = random_calm(random);
  return result;
}

}  // namespace balans::soak
