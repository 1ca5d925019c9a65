// The search for the capacity, against a simulation of what would happen.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/trafo/core/rating_bench.hpp"

namespace balans {
namespace {

ThermalDrive balanced(double k, double ambient_c) { return {PerPhase<double>::all(k), ambient_c}; }

double degrees(MilliCelsius value) { return static_cast<double>(value.count()) / 1000; }

/// A random transformer in a random state.
struct Problem {
  RatingPlan plan;
  ThermalState state;
  double ambient_c = 20;
};

Problem some_problem(std::mt19937_64& random) {
  const auto from_to = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  RatingSettings settings = bench_settings();
  settings.thermal = parameters_of(static_cast<ThermalSet>(random() % 3));
  settings.thermal.surcharge_k = random() % 2 == 0 ? 0 : from_to(0, 20);
  settings.look_ahead = Millis(static_cast<std::int64_t>(from_to(10, 90)) * 60'000);
  if (random() % 2 == 0) settings.normal.top_oil = MilliCelsius(90'000);
  Problem problem{bench_plan(settings), {}, from_to(-10, 40)};
  // A history, so that the state is one that can come about.
  problem.state = steady_state(settings.thermal, balanced(from_to(0, 1.1), problem.ambient_c));
  for (int i = 0; i < 4; ++i)
    problem.state = step(settings.thermal, problem.state,
                         {{{from_to(0, 1.6), from_to(0, 1.6), from_to(0, 1.6)}}, problem.ambient_c}, from_to(1, 60));
  return problem;
}

/// By how many kelvin a bound is overstepped at the worst moment of the look-ahead, with all phases at `k`. From above
/// a bound, a straight line leads back to it.
double overstepped_by(const Problem& problem, double k) {
  constexpr int kMoments = 400;
  const RatingSettings& settings = problem.plan.settings;
  const double minutes = static_cast<double>(settings.look_ahead.count()) / 60e3;
  const double hot_spot = degrees(settings.normal.hot_spot);
  const double top_oil = degrees(settings.normal.top_oil);
  double worst = -1000;
  for (int i = 1; i <= kMoments; ++i) {
    const double share = static_cast<double>(i) / kMoments;
    const ThermalState then = step(settings.thermal, problem.state, balanced(k, problem.ambient_c), minutes * share);
    const auto above = [&](double now, double was, double bound) {
      return now - bound - std::max(0.0, was - bound) * (1 - share);
    };
    worst = std::max(worst, above(then.hottest_c(), problem.state.hottest_c(), hot_spot));
    worst = std::max(worst, above(then.top_oil_c, problem.state.top_oil_c, top_oil));
  }
  return worst;
}

TEST(Capacity, HoldsEveryBoundOverTheLookAheadAndOnePercentMoreDoesNot) {
  constexpr std::uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  int bound_by_heat = 0;
  double worst = 0;
  for (int i = 0; i < 3000; ++i) {
    const Problem problem = some_problem(random);
    const Capacity found =
        rating::search(problem.plan, problem.plan.settings.normal, problem.state, problem.ambient_c, problem.plan.most);
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", try " + std::to_string(i));
    ASSERT_LE(found.k, problem.plan.most.k);
    if (found.k <= 0) continue;
    worst = std::max(worst, overstepped_by(problem, found.k));
    if (found.bound == RatingBound::Current) continue;
    ++bound_by_heat;
    EXPECT_GT(overstepped_by(problem, found.k * 1.01), 0);
  }
  EXPECT_LT(worst, 0.02) << "K, between the moments that are looked at";
  EXPECT_GT(bound_by_heat, 1000);
  RecordProperty("worst_mk", static_cast<int>(worst * 1000));
}

TEST(Capacity, IsNothingOnlyWhereNoLoadAtAllIsStillTooMuch) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 500; ++i) {
    Problem problem = some_problem(random);
    problem.state.top_oil_c += 40;
    const Capacity found =
        rating::search(problem.plan, problem.plan.settings.normal, problem.state, problem.ambient_c, problem.plan.most);
    if (found.k <= 0) {
      EXPECT_GT(overstepped_by(problem, 0), -1e-4);
    } else {
      EXPECT_LT(overstepped_by(problem, found.k), 0.2) << "beside a straight line, from far above the bound";
    }
  }
}

TEST(Capacity, SaysWhichBoundItIs) {
  RatingSettings settings = bench_settings();
  settings.normal = {celsius(160), celsius(80), 150};
  settings.emergency = {celsius(160), celsius(80), 150};
  const RatingPlan oil = bench_plan(settings);
  const ThermalState warm = steady_state(settings.thermal, balanced(1, 20));
  EXPECT_EQ(rating::search(oil, settings.normal, warm, 20, oil.most).bound, RatingBound::TopOil);
  const RatingPlan plan = bench_plan();
  EXPECT_EQ(rating::search(plan, kNormalCyclic, warm, 20, {2, RatingBound::Current}).bound, RatingBound::HotSpot);
  const ThermalState cold = steady_state(settings.thermal, balanced(0, -20));
  EXPECT_EQ(rating::search(plan, kNormalCyclic, cold, -20, plan.most).bound, RatingBound::Current);
}

TEST(Capacity, InAnEmergencyIsNeverSmaller) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 500; ++i) {
    const Problem problem = some_problem(random);
    const RatingSettings& settings = problem.plan.settings;
    const double normal =
        rating::search(problem.plan, settings.normal, problem.state, problem.ambient_c, problem.plan.most).k;
    const double emergency =
        rating::search(problem.plan, settings.emergency, problem.state, problem.ambient_c, problem.plan.most_emergency)
            .k;
    EXPECT_GE(emergency, normal - 2e-6);
  }
}

TEST(Capacity, SustainableMeansADayPerDay) {
  for (ThermalSet set : {ThermalSet::DistributionOnan, ThermalSet::PowerOnan, ThermalSet::PowerOnaf})
    for (Paper paper : {Paper::Normal, Paper::Upgraded})
      for (double ambient : {-10.0, 20.0, 38.0}) {
        ThermalParameters of = parameters_of(set);
        of.paper = paper;
        const double k = rating::sustainable_k(of, ambient);
        EXPECT_NEAR(steady_state(of, balanced(k, ambient)).hottest_c(), paper == Paper::Normal ? 98 : 110, 1e-3);
      }
  EXPECT_NEAR(rating::sustainable_k(ThermalParameters(), 20), 1, 1e-5);
}

TEST(Capacity, FollowedForADayNeverOverstepsABound) {
  RatingBench bench(bench_settings(), 30);
  bench.plan.settings.budget_percent = 100'000;
  bench.settle(0.4);
  MilliCelsius hottest;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    bench.run_for(1_min, 5_s);
    bench.input.load = bench.last.normal;
    hottest = std::max(hottest, bench.last.hot_spot.largest());
  }
  EXPECT_LE(hottest, celsius(120) + MilliCelsius(50));
  EXPECT_GE(hottest, celsius(119)) << "and it is used";
  EXPECT_EQ(bench.last.bound, RatingBound::HotSpot);
}

}  // namespace
}  // namespace balans
