#include "sim/run/balans.hpp"

#include <algorithm>
#include <chrono>

#include "sim/run/transformer.hpp"

namespace balans::runs {
namespace {

constexpr Milliamps kHeatPumpMin = 2'300_mA;
constexpr Milliamps kHeatPumpMax = 10_A;
constexpr Milliamps kFloor = 6'090_mA;  // 4.2 kW on three phases, §14a EnWG
constexpr Millis kRevert = 60_s;        // the watchdog that most chargers have
constexpr Millis kDelay = 2_s;          // a car follows its pilot this late

std::int64_t nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

AgentSettings charger_settings(std::size_t place, const Charger& charger) {
  AgentSettings settings;
  settings.id = *AgentId::parse("ev-" + std::to_string(place + 1));
  settings.phases = PhaseSet::all();
  settings.min = sim::kPilotMinimum;
  settings.max = charger.max;
  settings.step = 100_mA;
  settings.revert = kRevert;
  settings.refresh = kRevert / 3;
  return settings;
}

AgentSettings pump_settings(int number) {
  AgentSettings settings;
  settings.id = *AgentId::parse("heat-pump-" + std::to_string(number + 1));
  settings.kind = DeviceKind::HeatPump;
  settings.phases = PhaseSet::all();
  settings.min = kHeatPumpMin;
  settings.max = kHeatPumpMax;
  settings.step = 100_mA;
  settings.floor = kFloor;
  settings.revert = kRevert;
  settings.refresh = kRevert / 3;
  return settings;
}

twin::DeviceModel device_of(const AgentSettings& settings) {
  twin::DeviceModel device;
  device.phases = settings.phases;
  device.min.draw = settings.min;
  device.delay = kDelay;
  device.revert = settings.revert;
  return device;
}

PerPhase<Milliamps> largest_base(const Town& town) {
  PerPhase<Milliamps> most;
  for (const PerPhase<Milliamps>& minute : town.base) most = larger_of(most, minute);
  return most;
}

twin::NetworkWeather weather_of(Faults faults) {
  twin::NetworkWeather weather;
  if (faults == Faults::None) return weather;
  const bool heavy = faults == Faults::Heavy;
  weather.loss = heavy ? 100'000 : 10'000;
  weather.repeat = heavy ? 50'000 : 5'000;
  weather.late = heavy ? 50'000 : 5'000;
  return weather;
}

}  // namespace

twin::Street street_of(const Town& town, const RunOptions& options) {
  twin::Street street;
  street.site.id = *SiteId::parse("virtual-street");
  street.site.rated = options.transformer;
  street.site.tick = options.tick;
  street.site.feeds_back = options.pv > 0;
  street.site.rating = rating_plan(options);
  // Without a trusted meter no more than the name plate is taken for base load.
  street.site.nodes[0].design_peak_base = smaller_of(largest_base(town), static_rating(street.site));
  street.bases.resize(1);
  for (std::size_t i = 0; i < town.chargers.size(); ++i) street.agents.push_back(charger_settings(i, town.chargers[i]));
  for (int i = 0; i < options.heat_pumps; ++i) street.agents.push_back(pump_settings(i));
  for (const AgentSettings& settings : street.agents) {
    street.devices.push_back(device_of(settings));
    street.site.agents.push_back(twin::enrolment_of(settings, 0));
  }
  return street;
}

Balans::Balans(const Town& town, const RunOptions& options)
    : options_(options),
      places_(town.chargers.size()),
      world_(street_of(town, options),
             {options.seed, twin::Mistake::None, defaults::kAgentTick, weather_of(options.faults)}),
      random_(options.seed ^ 0xfa0175),
      currents_(places_),
      arrived_(places_, sim::LocalTime(-1)),
      drawn_(places_) {
  world_.controller().times.nanoseconds = &nanoseconds;
  world_.controller().unwatched = true;
  for (twin::AgentProcess& agent : world_.agents()) agent.naps = true;
}

void Balans::show_car(std::size_t place, const std::optional<Visit>& visit) {
  twin::AgentProcess& agent = world_.agents()[place];
  agent.device.counter = sim::watt_hours(drawn_[place]);
  if (!visit) {
    agent.device.vehicle = VehicleState::A;
    agent.device.appetite.draw = Milliamps();
    arrived_[place] = sim::LocalTime(-1);
    return;
  }
  const bool wants = visit->wants_more();
  agent.device.vehicle = wants ? VehicleState::C : VehicleState::B;
  agent.device.appetite.draw = wants ? visit->max : Milliamps();
  if (arrived_[place] == visit->arrival) return;
  arrived_[place] = visit->arrival;
  agent.device.conductors = visit->phases;
  agent.settings.session_need = sim::watt_hours(visit->asked) + 1_Wh;
  agent.ready_by = UnixTime(visit->departure.ms());
}

void Balans::suffer() {
  if (options_.faults == Faults::None) return;
  // Once in so many seconds on average, by each program.
  const std::int64_t per_million = (options_.faults == Faults::Heavy ? 500 : 10) * options_.tick.count() / 1000;
  const auto back = [&] { return world_.now() + Millis(random_.between(1'000, 120'000)); };
  if (random_.happens(per_million) && world_.controller().memory) world_.controller().stop(back());
  for (twin::AgentProcess& agent : world_.agents())
    if (random_.happens(per_million) && agent.memory) agent.stop(back(), random_);
}

void Balans::tick(sim::LocalTime now, const PerPhase<Milliamps>& base, MilliCelsius ambient,
                  std::span<const std::optional<Visit>> plugged, std::span<sim::HeatPump> pumps) {
  for (std::size_t i = 0; i < places_; ++i) show_car(i, plugged[i]);
  for (std::size_t i = 0; i < pumps.size(); ++i) {
    twin::DeviceModel& device = world_.agents()[places_ + i].device;
    pumps[i].step({now, options_.tick, defaults::kNominal}, device.flow(world_.now()).largest());
    device.appetite.draw = pumps[i].wants();
  }
  world_.street().bases[0] = base;
  world_.controller().outdoors = {UnixTime(now.ms()), local_of(now), ambient};
  suffer();
  for (Millis lived; lived < options_.tick; lived += defaults::kAgentTick) world_.advance();
  for (std::size_t i = 0; i < places_; ++i) {
    currents_[i] = world_.agents()[i].device.flow(world_.now()).largest();
    if (plugged[i])
      drawn_[i] += sim::energy_of(sim::active_power(currents_[i], defaults::kNominal, plugged[i]->conductors, 1000),
                                  options_.tick);
  }
}

PerPhase<Milliamps> Balans::pumps() const {
  PerPhase<Milliamps> sum;
  for (std::size_t i = places_; i < world_.agents().size(); ++i) sum += world_.agents()[i].device.flow(world_.now());
  return sum;
}

PerPhase<Milliamps> Balans::booked() const {
  PerPhase<Milliamps> sum;
  const twin::ControllerProcess& controller = world_.controller();
  if (!controller.memory) return sum;
  for (std::size_t i = 0; i < controller.site.agents.size(); ++i)
    sum += envelope(controller.memory->agents[i].book, controller.site.agents[i]).draw;
  return sum;
}

}  // namespace balans::runs
