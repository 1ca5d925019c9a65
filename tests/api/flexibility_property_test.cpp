// Whatever owners say and do, nobody is paid more than for the truth of the same cars, stays and needs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "sim/random.hpp"
#include "tests/api/flexibility_world.hpp"

namespace balans::api::flexibility::test {
namespace {

constexpr int kStrategies = 1000;
constexpr int kFirst = 15 * 60, kLast = 31 * 60;  // from three in the afternoon till seven

Street random_street(Random& random) {
  Street street{kFirst, kLast, {}, PerPhase<Milliamps>::all(60_A), {}};
  const int from = static_cast<int>(random.between(16 * 60, 18 * 60)),
            to = from + static_cast<int>(random.between(60, 240));
  const Milliamps quiet(random.between(5'000, 15'000)), busy(random.between(25'000, 50'000));
  for (int minute = kFirst; minute < kLast; ++minute) {
    PerPhase<Milliamps> base = PerPhase<Milliamps>::all(minute >= from && minute < to ? busy : quiet);
    for (Phase p : kPhases) base[p] += Milliamps(random.between(0, 3'000));
    street.base.push_back(base);
  }
  const std::int64_t cars = random.between(2, 5);
  for (std::int64_t i = 0; i < cars; ++i) {
    Car car;
    car.arrives = static_cast<int>(random.between(15 * 60, 19 * 60));
    car.leaves = static_cast<int>(random.between(29 * 60, 30 * 60));
    car.need = WattHours(random.between(3'000, 30'000));
    car.power = random.happens(300'000) ? 32_A : 16_A;
    if (random.happens(300'000)) car.phases = PhaseSet{kPhases[static_cast<std::size_t>(random.between(0, 2))]};
    street.cars.push_back(car);
  }
  return street;
}

Conduct random_conduct(Random& random) {
  Conduct conduct;
  const auto sometimes = [&](std::int64_t low, std::int64_t high) {
    return random.happens(350'000) ? random.between(low, high) : 0;
  };
  conduct.ask = Milliamps(sometimes(6'000, 63'000));
  conduct.asks_when_full = random.happens(300'000);
  conduct.asks_from = static_cast<int>(sometimes(1, 240));
  conduct.ask_on = static_cast<int>(sometimes(1, 60));
  conduct.ask_off = static_cast<int>(random.between(1, 30));
  if (random.happens(500'000)) conduct.need_per_cent = random.between(10, 1'000);
  conduct.departs_later = static_cast<int>(sometimes(-600, 2'000));
  conduct.declares_after = static_cast<int>(sometimes(1, 300));
  conduct.draws_from = static_cast<int>(sometimes(1, 300));
  if (random.happens(300'000)) conduct.draw_per_cent = random.between(10, 100);
  conduct.draw_on = static_cast<int>(sometimes(1, 60));
  conduct.draw_off = static_cast<int>(random.between(1, 30));
  conduct.draws_nothing_when_bound = random.happens(200'000);
  conduct.unplugs_at = static_cast<int>(sometimes(1, 400));
  conduct.guest_power = Milliamps(sometimes(16'000, 63'000));
  return conduct;
}

/// Claims are whole counter steps and shares whole Wh of each phase: so much of a quarter-hour may fall to either side.
WattHours rounding(const std::map<int, std::vector<WattHours>>& rewards) {
  WattHours sum;
  for (const auto& [slot, energies] : rewards)
    sum += 3_Wh * std::ranges::count_if(energies, [](WattHours energy) { return energy > 0_Wh; });
  return sum;
}

WattHours of_first(const std::map<int, std::vector<WattHours>>& rewards, std::size_t cars) {
  WattHours sum;
  for (const auto& [slot, energies] : rewards)
    for (std::size_t i = 0; i < cars; ++i) sum += energies[i];
  return sum;
}

TEST(Flexibility, PaysNoStrategyMoreThanTheTruth) {
  WattHours honest_sum, lied_sum;
  int paid = 0;
  for (std::uint64_t seed = 1; seed <= kStrategies; ++seed) {
    Random random(seed);
    const Street street = random_street(random);
    std::vector<Conduct> truth(street.cars.size()), lies = truth;
    const auto liars = static_cast<std::size_t>(random.between(1, 2));
    for (std::size_t liar = 0; liar < liars; ++liar) lies[liar] = random_conduct(random);
    const auto honest = rewards(street, live(street, truth)), lied = rewards(street, live(street, lies));
    EXPECT_LE(total(lied).count() * 100, total(honest).count() * 101 + rounding(lied).count() * 100)
        << "seed " << seed << ": " << total(honest).count() << " Wh by the truth, " << total(lied).count()
        << " by lies";
    honest_sum += total(honest);
    lied_sum += total(lied);
    paid += total(honest) > 0_Wh ? 1 : 0;
    // Of the same row the liars may still get a larger part, at the cost of others.
    const WattHours before = of_first(honest, liars), after = of_first(lied, liars);
    if (after.count() * 100 > before.count() * 101 + rounding(lied).count() * 100)
      std::printf("seed %llu: the liars' own part grew from %lld to %lld Wh\n", static_cast<unsigned long long>(seed),
                  static_cast<long long>(before.count()), static_cast<long long>(after.count()));
  }
  std::printf("%d streets, seeds 1 to %d: %lld Wh by the truth, %lld by lies, something paid in %d\n", kStrategies,
              kStrategies, static_cast<long long>(honest_sum.count()), static_cast<long long>(lied_sum.count()), paid);
  EXPECT_GT(paid, kStrategies / 2) << "streets in which nothing is ever paid prove nothing";
}

}  // namespace
}  // namespace balans::api::flexibility::test
