#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "trafo/core/ageing.hpp"
#include "trafo/core/thermal.hpp"

namespace balans {
namespace {

ThermalDrive balanced(double k, double ambient_c) { return {PerPhase<double>::all(k), ambient_c}; }

constexpr std::array<ThermalSet, 3> kSets{ThermalSet::DistributionOnan, ThermalSet::PowerOnan, ThermalSet::PowerOnaf};

/// Somewhere a transformer can be.
ThermalState some_state(std::mt19937_64& random) {
  const auto from_to = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  ThermalState state;
  state.top_oil_c = from_to(-20, 110);
  for (Phase p : kPhases) {
    state.fast_gradient_k[p] = from_to(0, 80);
    state.slow_gradient_k[p] = from_to(0, state.fast_gradient_k[p] / 2);
  }
  return state;
}

void expect_same(const ThermalState& a, const ThermalState& b, double tolerance) {
  EXPECT_NEAR(a.top_oil_c, b.top_oil_c, tolerance);
  for (Phase p : kPhases) {
    EXPECT_NEAR(a.fast_gradient_k[p], b.fast_gradient_k[p], tolerance);
    EXPECT_NEAR(a.slow_gradient_k[p], b.slow_gradient_k[p], tolerance);
  }
}

TEST(Thermal, AtRatedLoadAndTwentyDegreesTheHotSpotIsTheRatedOne) {
  const ThermalState state = steady_state(parameters_of(ThermalSet::DistributionOnan), balanced(1, 20));
  EXPECT_DOUBLE_EQ(state.top_oil_c, 75);
  EXPECT_DOUBLE_EQ(state.hottest_c(), 98);
}

TEST(Thermal, TwoHalfStepsAreOneWholeStep) {
  constexpr std::uint64_t kSeed = 1;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 1000; ++i) {
    const ThermalParameters of = parameters_of(kSets[static_cast<std::size_t>(i) % kSets.size()]);
    const ThermalState state = some_state(random);
    const ThermalDrive drive{{{0.1 * (i % 20), 0.7, 1.3}}, static_cast<double>(i % 40)};
    const double minutes = std::uniform_real_distribution<double>(0.001, 2000)(random);
    const ThermalState halves = step(of, step(of, state, drive, minutes / 2), drive, minutes / 2);
    expect_same(step(of, state, drive, minutes), halves, 1e-9);
  }
}

TEST(Thermal, AStepOfNoTimeChangesNothingAndALongOneEndsInTheSteadyState) {
  const ThermalParameters of = parameters_of(ThermalSet::PowerOnaf);
  std::mt19937_64 random(2);
  const ThermalState state = some_state(random);
  expect_same(step(of, state, balanced(1.2, 10), 0), state, 1e-12);
  expect_same(step(of, state, balanced(1.2, 10), 100'000), steady_state(of, balanced(1.2, 10)), 1e-9);
}

TEST(Thermal, MoreCurrentIsNeverCooler) {
  constexpr std::uint64_t kSeed = 3;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 3000; ++i) {
    const ThermalParameters of = parameters_of(kSets[static_cast<std::size_t>(i) % kSets.size()]);
    const ThermalState state = some_state(random);
    const double k = std::uniform_real_distribution<double>(0, 2)(random);
    const double minutes = std::uniform_real_distribution<double>(0.01, 600)(random);
    const ThermalState less = step(of, state, balanced(k, 20), minutes);
    const ThermalState more = step(of, state, balanced(k + 0.01, 20), minutes);
    EXPECT_GT(more.top_oil_c, less.top_oil_c) << "seed " << kSeed << ", try " << i;
    EXPECT_GT(more.hottest_c(), less.hottest_c()) << "seed " << kSeed << ", try " << i;
  }
}

TEST(Thermal, TheOilSeesTheMeanOfTheSquaresAndEachHotSpotItsOwnPhase) {
  const ThermalParameters of = parameters_of(ThermalSet::DistributionOnan);
  const ThermalState skewed = steady_state(of, {{{std::sqrt(3.0), 0, 0}}, 20});
  EXPECT_NEAR(skewed.top_oil_c, 75, 1e-9);
  EXPECT_NEAR(skewed.hot_spot_c(Phase::L1), 75 + 23 * std::pow(3, 0.8), 1e-9);
  EXPECT_NEAR(skewed.hot_spot_c(Phase::L3), 75, 1e-9);
}

TEST(Thermal, TheSurchargeGrowsWithTheLossesInDistributionAndIsConstantInPower) {
  ThermalParameters distribution = parameters_of(ThermalSet::DistributionOnan);
  ThermalParameters power = parameters_of(ThermalSet::PowerOnan);
  const auto warmer_by = [](ThermalParameters& of, double k) {
    const double without = steady_state(of, balanced(k, 20)).top_oil_c;
    of.surcharge_k = 10;
    const double with = steady_state(of, balanced(k, 20)).top_oil_c;
    of.surcharge_k = 0;
    return with - without;
  };
  EXPECT_NEAR(warmer_by(distribution, 1), 10, 1e-9);
  EXPECT_NEAR(warmer_by(distribution, 0), 10 * std::pow(1.0 / 6, 0.8), 1e-9);
  EXPECT_NEAR(warmer_by(power, 1), 10, 1e-9);
  EXPECT_NEAR(warmer_by(power, 0), 10, 1e-9);
}

TEST(Thermal, ParametersOutOfBoundsAreNamed) {
  for (const ThermalField& field : kThermalFields) {
    for (double bad : {field.min - 0.1, field.max + 0.1, std::numeric_limits<double>::quiet_NaN()}) {
      ThermalParameters of;
      of.*field.member = bad;
      const Result<void> checked = check_thermal(of, "transformer.thermal");
      ASSERT_FALSE(checked.ok()) << field.name << " = " << bad;
      EXPECT_EQ(checked.error().where, "transformer.thermal." + std::string(field.name));
    }
  }
  ThermalParameters of;
  of.tau_o_min = 0;
  EXPECT_EQ(check_thermal(of).error().message(), "thermal.tau_o_min: 0 is outside 10..1000");
  for (ThermalSet set : kSets) EXPECT_TRUE(check_thermal(parameters_of(set)).ok());
}

TEST(Thermal, TimeConstantsForWhichMoreCurrentCouldCoolAreRefused) {
  ThermalParameters of;
  of.tau_o_min = 20;
  of.tau_w_min = 20;
  EXPECT_EQ(check_thermal(of).error().where, "thermal.tau_w_min");
}

TEST(Thermal, WhatIsShownIsRoundedUp) {
  EXPECT_EQ(rounded_up(98.0), MilliCelsius(98'000));
  EXPECT_EQ(rounded_up(98.0001), MilliCelsius(98'001));
  EXPECT_EQ(rounded_up(-3.2504), MilliCelsius(-3'250));
}

/// A transformer that stands at one hot-spot temperature for a day.
double days_aged_in_a_day(Paper paper, double hot_spot_c) {
  ThermalParameters of;
  of.paper = paper;
  const double ambient = hot_spot_c - of.oil_rise_k - of.hot_spot_gradient_k;
  AgeingWindow ageing;
  run(of, steady_state(of, balanced(1, ambient)), balanced(1, ambient), Millis(24 * 3'600'000), ageing);
  return ageing.last_day();
}

TEST(Ageing, ADayCostsWhatTheStandardSays) {
  EXPECT_NEAR(days_aged_in_a_day(Paper::Normal, 98), 1.0, 1e-6);
  EXPECT_NEAR(days_aged_in_a_day(Paper::Normal, 100), 1.259921, 1e-6);
  EXPECT_NEAR(days_aged_in_a_day(Paper::Upgraded, 100), 0.349942, 1e-6);
  EXPECT_NEAR(days_aged_in_a_day(Paper::Upgraded, 110), 1.0, 1e-6);
}

TEST(Ageing, NeverStopsGrowingWithTheHotSpotAndStaysFinite) {
  for (Paper paper : {Paper::Normal, Paper::Upgraded}) {
    for (int c = -40; c < 300; ++c) EXPECT_LT(ageing_rate(paper, c), ageing_rate(paper, c + 1)) << c;
    EXPECT_TRUE(std::isfinite(ageing_rate(paper, 1e6)));
  }
}

TEST(Ageing, TheHottestPhaseCounts) {
  const ThermalParameters of;
  const ThermalDrive skewed{{{1.2, 0.2, 0.2}}, 20};
  ThermalDrive turned = skewed;
  std::swap(turned.k[Phase::L1], turned.k[Phase::L3]);
  AgeingWindow first;
  AgeingWindow third;
  run(of, steady_state(of, skewed), skewed, 30_min, first);
  run(of, steady_state(of, turned), turned, 30_min, third);
  EXPECT_DOUBLE_EQ(first.last_day(), third.last_day());
  const double days = 30.0 / 1440 * ageing_rate(of.paper, steady_state(of, skewed).hot_spot_c(Phase::L1));
  EXPECT_NEAR(first.last_day(), days, days * 1e-9);
}

TEST(Ageing, LongRunsCostWhatManyShortOnesDo) {
  const ThermalParameters of;
  const ThermalState cold = steady_state(of, balanced(0, 10));
  AgeingWindow at_once;
  AgeingWindow in_seconds;
  const ThermalState once = run(of, cold, balanced(1.4, 30), 300_min, at_once);
  ThermalState piecewise = cold;
  for (int s = 0; s < 300 * 60; ++s) piecewise = run(of, piecewise, balanced(1.4, 30), 1_s, in_seconds);
  expect_same(once, piecewise, 1e-8);
  EXPECT_NEAR(at_once.last_day(), in_seconds.last_day(), in_seconds.last_day() * 2e-3);
  EXPECT_GE(at_once.last_day(), in_seconds.last_day() * (1 - 1e-9)) << "errs on the safe side";
}

TEST(Ageing, WhatIsOlderThanADayIsForgotten) {
  AgeingWindow window;
  window.add(0.5, 15_min);
  EXPECT_DOUBLE_EQ(window.last_day(), 0.5);
  for (int i = 0; i < 95; ++i) window.add(0, 15_min);
  EXPECT_DOUBLE_EQ(window.last_day(), 0.5);
  window.add(0, Millis(450'000));
  EXPECT_DOUBLE_EQ(window.last_day(), 0.25) << "half of that quarter is still within the day";
  window.add(0, Millis(450'000));
  EXPECT_DOUBLE_EQ(window.last_day(), 0);
}

TEST(Ageing, ASpanOverSeveralQuartersIsSharedOut) {
  AgeingWindow window;
  window.add(0.1, 5_min);
  window.add(0.4, 40_min);
  EXPECT_NEAR(window.quarter(AgeingWindow::kQuarters - 3), 0.1 + 0.4 * 10 / 40, 1e-12);
  EXPECT_NEAR(window.quarter(AgeingWindow::kQuarters - 2), 0.4 * 15 / 40, 1e-12);
  EXPECT_NEAR(window.quarter(AgeingWindow::kQuarters - 1), 0.4 * 15 / 40, 1e-12);
  EXPECT_NEAR(window.last_day(), 0.5, 1e-12);
}

}  // namespace
}  // namespace balans
