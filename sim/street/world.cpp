#include "sim/street/world.hpp"

#include <cmath>
#include <numbers>

namespace balans::sim {
namespace {

constexpr Millivolts kIdleVoltage = 231_V;
constexpr std::int64_t kDropMicroohm = 15'000;  // source, transformer and some cable
constexpr double kSwingMv = 400;

/// A small whole number that differs from second to second and is the same in every run.
std::int64_t jitter(LocalTime now, std::uint64_t salt, std::int64_t span) {
  std::uint64_t z = static_cast<std::uint64_t>(now.ms() / 1000) * 0x9E3779B97F4A7C15U + salt * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<std::int64_t>((z >> 32U) % static_cast<std::uint64_t>(2 * span + 1)) - span;
}

Millivolts voltage_at(LocalTime now, Phase phase, Milliamps load) {
  const auto number = static_cast<std::uint64_t>(phase);
  const double angle = 2 * std::numbers::pi * static_cast<double>(second_of_day(now) % 97) / 97.0;
  const auto swing = std::llround(kSwingMv * std::sin(angle + 2.1 * static_cast<double>(number)));
  const Millivolts drop(load.count() * kDropMicroohm / 1'000'000);
  return kIdleVoltage - drop + Millivolts(swing + jitter(now, number + 1, 40));
}

}  // namespace

World::World(Setup setup) : base_(std::move(setup.base)) {
  BALANS_CHECK(setup.plan.size() == setup.controls.size());
  std::size_t driver = 0;
  for (std::size_t i = 0; i < setup.plan.size(); ++i) {
    devices_.emplace_back(setup.plan[i], setup.controls[i], setup.policy);
    if (!devices_.back().car() || driver == setup.drivers.drivers.size()) continue;
    visits_.push_back({i, setup.drivers.drivers[driver++].sessions, 0, std::nullopt});
  }
  for (Phase p : kPhases) grid_.voltage[p] = voltage_at(setup.start, p, Milliamps(0));
}

void World::plug(std::size_t device, const CarNeed& need) {
  devices_[device].plug(need);
  requested_ += millijoules(need.energy);
}

void World::come_and_go(LocalTime now) {
  for (Visits& visits : visits_) {
    if (visits.departure && *visits.departure <= now) {
      unplug(visits.device);
      visits.departure.reset();
    }
    while (visits.next < visits.sessions.size() && visits.sessions[visits.next].arrival <= now) {
      const Session& session = visits.sessions[visits.next++];
      if (session.departure <= now) continue;
      const DevicePlan& charger = devices_[visits.device].plan();
      plug(visits.device, car_of(session, static_cast<int>(charger.phases.size()), charger.max));
      visits.departure = session.departure;
    }
  }
}

void World::carry_base(LocalTime now) {
  grid_.base = base_.at(now);
  for (Phase p : kPhases) grid_.base[p].active += active_power(added_base_[p], grid_.voltage[p], 1, 1000);
}

void World::carry_all(Millis dt) {
  grid_.total = grid_.base;
  Milliwatts drawn;
  for (Phase p : kPhases) {
    for (const StreetDevice& device : devices_) {
      grid_.total[p].active += device.truth().power[p].active;
      grid_.total[p].reactive += device.truth().power[p].reactive;
    }
    const Millivoltamps load = apparent(grid_.total[p]);
    grid_.current[p] = Milliamps(load.count() * 1000 / grid_.voltage[p].count());
    drawn += grid_.total[p].active;
  }
  (drawn < Milliwatts() ? fed_in_ : energy_) += energy_of(drawn < Milliwatts() ? -drawn : drawn, dt);
}

void World::step(LocalTime now, Millis dt, const std::vector<Orders>& orders) {
  BALANS_CHECK(orders.size() == devices_.size());
  for (Phase p : kPhases) grid_.voltage[p] = voltage_at(now, p, grid_.current[p]);
  grid_.frequency = Millihertz(50'000 + jitter(now, 9, 25));
  come_and_go(now);
  carry_base(now);
  for (std::size_t i = 0; i < devices_.size(); ++i) devices_[i].step(now, dt, grid_.voltage, orders[i]);
  carry_all(dt);
}

Millijoules World::delivered() const {
  Millijoules sum;
  for (const StreetDevice& device : devices_)
    if (device.car()) sum += device.car()->delivered();
  return sum;
}

}  // namespace balans::sim
