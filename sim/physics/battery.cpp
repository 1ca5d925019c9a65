#include "sim/physics/battery.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

constexpr std::int64_t kEfficiencyPermille = 950;
constexpr std::int64_t kTaperFromPermille = 900;

/// A fifth of full power is left at 100 %.
Milliwatts tapered(Milliwatts power, std::int64_t charge_permille) {
  return power - power * std::max<std::int64_t>(0, charge_permille - kTaperFromPermille) * 8 / 1000;
}

}  // namespace

Battery::Battery(const BatteryTraits& traits)
    : traits_(traits), stored_(millijoules(traits.capacity) / 1000 * traits.start_permille) {}

std::int64_t Battery::charge_permille() const { return stored_.count() * 1000 / millijoules(traits_.capacity).count(); }

void Battery::step(const Surroundings& around, Milliamps allowed) {
  const Millijoules full = millijoules(traits_.capacity);
  if (charge_permille() <= traits_.low_permille) charging_ = true;
  if (stored_ >= full) charging_ = false;
  const Milliwatts power = charging_ ? tapered(traits_.max, charge_permille()) : Milliwatts(0);
  wants_ = current_for(power, around.voltage, traits_.conductors, 1000);
  current_ = std::min(wants_, allowed);

  const Milliwatts drawn = active_power(current_, around.voltage, traits_.conductors, 1000);
  stored_ += energy_of(drawn * kEfficiencyPermille / 1000 - traits_.backup, around.dt);
  stored_ = std::clamp(stored_, Millijoules(0), full);
}

HomeBattery::HomeBattery(const HomeBatteryTraits& traits)
    : traits_(traits), stored_(millijoules(traits.capacity) / 1000 * traits.start_permille) {}

std::int64_t HomeBattery::charge_permille() const {
  return stored_.count() * 1000 / millijoules(traits_.capacity).count();
}

/// Below 0 it would discharge.
Milliwatts HomeBattery::wished() const {
  if (wish_ == BatteryWish::Idle) return {};
  if (wish_ == BatteryWish::Discharge) return charge_permille() > traits_.empty_permille ? -traits_.max : Milliwatts();
  return charge_permille() < 1000 ? tapered(traits_.max, charge_permille()) : Milliwatts();
}

void HomeBattery::step(const Surroundings& around, Milliamps allowed) {
  const Milliwatts power = wished();
  const Milliamps size = current_for(power < Milliwatts() ? -power : power, around.voltage, traits_.conductors, 1000);
  wants_ = power < Milliwatts() ? -size : size;
  current_ = power < Milliwatts() ? -std::min(size, around.may_feed) : std::min(size, allowed);
  const Milliwatts flow = active_power(current_, around.voltage, traits_.conductors, 1000);
  const Milliwatts stored = flow > Milliwatts() ? flow * kEfficiencyPermille / 1000 : flow * 1000 / kEfficiencyPermille;
  stored_ = std::clamp(stored_ + energy_of(stored, around.dt), Millijoules(0), millijoules(traits_.capacity));
}

}  // namespace balans::sim
