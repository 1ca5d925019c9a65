#include "tests/trafo/core/protocol/street.hpp"

namespace balans::protocol {
namespace {

PhaseSet random_phases(Random& random) {
  if (random.happens(600'000)) return PhaseSet::all();
  return PhaseSet{kPhases[static_cast<std::size_t>(random.between(0, 2))]};
}

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
  device.min = agent.min;
  device.delay = Millis(random.between(0, agent.settle.count()));
  device.revert = agent.revert;
  device.fed_by = random.happens(500'000) ? FedBy::WritesAlone : FedBy::AnyTraffic;
  device.appetite = agent.max;
  return device;
}

Enrolment enrolment_of(const AgentSettings& agent) {
  Enrolment enrolment;
  enrolment.id = agent.id;
  enrolment.kind = agent.kind;
  enrolment.phases = agent.phases;
  enrolment.max = agent.max;
  enrolment.failsafe = agent.failsafe;
  enrolment.settle = agent.settle;
  enrolment.revert = agent.revert;
  return enrolment;
}

std::int64_t chance(Random& random, std::int64_t most) { return random.happens(500'000) ? random.between(0, most) : 0; }

}  // namespace

Weather random_weather(Random& random) {
  Weather weather;
  weather.network.loss = chance(random, 400'000);
  weather.network.repeat = chance(random, 300'000);
  weather.network.late = chance(random, 500'000);
  weather.network.usual = Millis(random.between(50, 2'000));
  weather.network.latest = Millis(random.between(5'000, 100'000));
  weather.cut_off = chance(random, 10'000);
  weather.broker_dies = chance(random, 8'000);
  weather.controller_dies = chance(random, 8'000);
  weather.agent_dies = chance(random, 8'000);
  weather.agent_stalls = chance(random, 8'000);
  weather.writes_fail = chance(random, 5'000);
  weather.polls_fail = chance(random, 5'000);
  weather.appetite_changes = chance(random, 50'000);
  weather.meter_silent = chance(random, 8'000);
  weather.longest = Millis(random.between(2'000, 100'000));
  return weather;
}

Street random_street(Random& random) {
  Street street;
  street.site.id = *SiteId::parse("elm-street");
  const std::size_t count = static_cast<std::size_t>(random.between(2, 5));
  Milliamps failsafes;
  Milliamps wishes;
  for (std::size_t i = 0; i < count; ++i) {
    street.agents.push_back(random_agent(random, i));
    street.devices.push_back(device_of(random, street.agents.back()));
    street.site.agents.push_back(enrolment_of(street.agents.back()));
    failsafes += street.agents.back().failsafe;
    wishes += street.agents.back().max;
  }
  const Milliamps peak = Milliamps(1000 * random.between(5, 40));
  street.site.design_peak_base = PerPhase<Milliamps>::all(peak);
  for (Phase p : kPhases) street.base[p] = Milliamps(random.between(peak.count() / 2, peak.count()));
  // From what all failsafes need to half of what all devices want beside them: there is always somebody who must give
  // way.
  const Milliamps usable = peak + failsafes + 8_A + Milliamps(random.between(0, wishes.count() / 2));
  street.site.rated = VoltAmps(usable.count() * 3 * 230 / 1000 * 100 / 97 + 100);
  street.weather = random_weather(random);
  return street;
}

}  // namespace balans::protocol
