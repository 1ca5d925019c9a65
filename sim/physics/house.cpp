#include "sim/physics/house.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace balans::sim {
namespace {

constexpr std::int64_t kSunrise = 6 * 3600;
constexpr std::int64_t kSunset = 20 * 3600;
constexpr Millis kCloudLasts = 1_min;
constexpr std::int64_t kWanderMa = 250;
constexpr std::int64_t kJumpsPerMillion = 10'000;

double sun_at(LocalTime now) {
  const std::int64_t second = second_of_day(now);
  if (second <= kSunrise || second >= kSunset) return 0;
  return std::sin(std::numbers::pi * static_cast<double>(second - kSunrise) / (kSunset - kSunrise));
}

}  // namespace

void Roof::step(const Surroundings& around, Milliamps /*allowed*/) {
  until_next_cloud_ -= around.dt;
  if (until_next_cloud_ <= Millis(0)) {
    sky_permille_ = random_.between(667, 1000);
    until_next_cloud_ = kCloudLasts;
  }
  const auto power = static_cast<std::int64_t>(static_cast<double>(traits_.peak.count()) * sun_at(around.now));
  wants_ = -current_for(Milliwatts(power / 1000 * sky_permille_), around.voltage, traits_.conductors, 1000);
  current_ = -std::min(-wants_, around.may_feed);
}

House::House(const HouseTraits& traits) : traits_(traits), random_(traits.seed) {
  for (Milliamps& current : currents_) current = Milliamps(random_.between(500, 8000));
}

void House::step(const Surroundings& /*around*/, Milliamps /*allowed*/) {
  for (Milliamps& current : currents_) {
    current += Milliamps(random_.between(-kWanderMa, kWanderMa));
    if (random_.happens(kJumpsPerMillion))
      current = Milliamps(random_.between(traits_.least.count(), traits_.most.count()));
    current = std::clamp(current, traits_.least, traits_.most);
  }
}

Milliamps House::current_on(int conductor) const {
  return conductor < traits_.conductors ? currents_.at(static_cast<std::size_t>(conductor)) : Milliamps(0);
}

}  // namespace balans::sim
