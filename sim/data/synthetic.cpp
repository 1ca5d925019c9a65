#include "sim/data/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace balans::sim {
namespace {

constexpr std::size_t kHomes = 48;
constexpr std::uint64_t kSeed = 1;
constexpr double kTanPhi = 0.3287;  // cos φ = 0.95

/// SplitMix64: small, public and the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// A whole number in [low, high].
  std::int64_t in(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  std::uint64_t state_;
};

void add(BaseLoad& base, Phase phase, std::int64_t from_minute, std::int64_t minutes, std::int64_t watts) {
  for (std::int64_t m = from_minute; m < from_minute + minutes; ++m) {
    PhasePower& power = base.minutes[static_cast<std::size_t>(m) % kMinutesPerDay][phase];
    power.active += Milliwatts(watts * 1000);
    power.reactive += Millivars(std::llround(static_cast<double>(watts) * 1000 * kTanPhi));
  }
}

/// A home: standby, a fridge, breakfast, cooking, an evening, and a washing machine somewhere in the day.
void add_home(BaseLoad& base, Phase phase, Random& random) {
  add(base, phase, 0, 1440, random.in(40, 110));
  const std::int64_t fridge = random.in(0, 39);
  for (std::int64_t m = fridge; m < 1440; m += 40) add(base, phase, m, 14, 90);
  add(base, phase, random.in(390, 510), random.in(4, 12), random.in(1000, 2200));
  add(base, phase, random.in(1000, 1140), random.in(15, 45), random.in(900, 2600));
  add(base, phase, random.in(1020, 1110), random.in(180, 300), random.in(120, 420));
  add(base, phase, random.in(540, 1260), random.in(25, 60), random.in(500, 1900));
}

}  // namespace

BaseLoad synthetic_base_load() {
  BaseLoad base;
  base.minutes.resize(kMinutesPerDay);
  base.loads = kHomes;
  base.source = "synthetic, built in (48 homes, seed 1)";
  base.synthetic = true;
  Random random(kSeed);
  for (std::size_t home = 0; home < kHomes; ++home) add_home(base, kPhases[home % kPhases.size()], random);
  return base;
}

Motorists synthetic_drivers(LocalTime start) {
  constexpr std::array<std::int64_t, 5> kRatesW{10'300, 6800, 3500, 3450, 7200};
  Motorists result{{}, "synthetic, built in (5 drivers, seed 1)", true};
  Random random(kSeed + 1);
  for (std::size_t k = 0; k < kRatesW.size(); ++k) {
    Motorist driver{"driver-" + std::to_string(k + 1), {}};
    for (std::int64_t day = 0; day < 7; ++day) {
      const Millis after((day * kSecondsPerDay + random.in(5, 150) * 60) * 1000);
      const LocalTime arrival = start + after;
      driver.sessions.push_back({arrival, arrival + Millis(random.in(9, 14) * 3'600'000),
                                 WattHours(random.in(4000, 19'000)), Watts(kRatesW[k])});
    }
    result.drivers.push_back(driver);
  }
  return result;
}

}  // namespace balans::sim
