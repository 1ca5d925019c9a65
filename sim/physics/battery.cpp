#include "sim/physics/battery.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

constexpr std::int64_t kEfficiencyPermille = 950;
constexpr std::int64_t kTaperFromPermille = 900;

}  // namespace

Battery::Battery(const BatteryTraits& traits)
    : traits_(traits), stored_(millijoules(traits.capacity) / 1000 * traits.start_permille) {}

std::int64_t Battery::charge_permille() const { return stored_.count() * 1000 / millijoules(traits_.capacity).count(); }

void Battery::step(const Surroundings& around, Milliamps allowed) {
  const Millijoules full = millijoules(traits_.capacity);
  if (charge_permille() <= traits_.low_permille) charging_ = true;
  if (stored_ >= full) charging_ = false;
  Milliwatts power = charging_ ? traits_.max : Milliwatts(0);
  const std::int64_t above_taper = charge_permille() - kTaperFromPermille;
  if (above_taper > 0) power -= power * above_taper * 8 / 1000;  // a fifth of full power is left at 100 %
  wants_ = current_for(power, around.voltage, traits_.conductors, 1000);
  current_ = std::min(wants_, allowed);

  const Milliwatts drawn = active_power(current_, around.voltage, traits_.conductors, 1000);
  stored_ += energy_of(drawn * kEfficiencyPermille / 1000 - traits_.backup, around.dt);
  stored_ = std::clamp(stored_, Millijoules(0), full);
}

}  // namespace balans::sim
