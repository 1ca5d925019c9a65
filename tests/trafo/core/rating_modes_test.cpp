// What the rating does from tick to tick.

#include <gtest/gtest.h>

#include <limits>

#include "tests/trafo/core/rating_bench.hpp"

namespace balans {
namespace {

std::string refusal(const RatingSettings& settings) {
  const Result<RatingPlan> plan = plan_rating(settings, "transformer");
  return plan.ok() ? "" : plan.error().message();
}

TEST(Rating, StaticIsTheNamePlateWhateverTheHeat) {
  RatingBench bench(bench_settings(RatingMode::Static), 34);
  bench.set_load(700_A);
  const RatingDecision decision = bench.run_for(300_min);
  EXPECT_EQ(decision.normal, PerPhase<Milliamps>::all(400_A));
  EXPECT_EQ(decision.emergency, PerPhase<Milliamps>::all(400_A));
  EXPECT_EQ(decision.bound, RatingBound::Static);
  EXPECT_GT(decision.hot_spot.largest(), celsius(140)) << "but the heat is still shown";
}

TEST(Rating, ASmallFuseBindsInEveryMode) {
  for (RatingMode mode : {RatingMode::Static, RatingMode::Dynamic, RatingMode::Schedule}) {
    RatingSettings settings = bench_settings(mode);
    settings.ratings = {};
    settings.ratings.fuse = 315_A;
    settings.schedule = {ScheduleRow{}};
    RatingBench bench(settings, 5);
    bench.settle(0.2);
    EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(315_A));
    EXPECT_EQ(bench.last.emergency, PerPhase<Milliamps>::all(315_A)) << "no fuse is overloaded for anybody";
    EXPECT_EQ(bench.last.bound, RatingBound::Current);
  }
}

TEST(Rating, NeverExceedsTheNamePlateUntilEveryRatingIsKnown) {
  for (int missing = 0; missing < 4; ++missing) {
    RatingSettings settings = bench_settings();
    auto& ratings = settings.ratings;
    (missing == 0 ? ratings.fuse : missing == 1 ? ratings.cable : missing == 2 ? ratings.bushing : ratings.ct).reset();
    RatingBench bench(settings, 0);
    bench.settle(0);
    EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(400_A));
    EXPECT_EQ(bench.last.emergency, PerPhase<Milliamps>::all(400_A));
    EXPECT_EQ(bench.last.bound, RatingBound::Static);
  }
  RatingBench bench(bench_settings(), 0);
  bench.settle(0);
  EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(600_A)) << "150 %, by IEC";
  EXPECT_EQ(bench.last.bound, RatingBound::Current);
}

TEST(Rating, TheSmallestRatingBinds) {
  RatingSettings settings = bench_settings();
  settings.ratings.bushing = 500_A;
  RatingBench bench(settings, 0);
  bench.settle(0);
  EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(500_A));
  EXPECT_EQ(bench.last.emergency, PerPhase<Milliamps>::all(500_A));
}

TEST(Rating, ColdStartIsAsAfterHoursAtRatedCurrentAndNoMoreThanTheNamePlateForThreeTimeConstants) {
  RatingBench bench(bench_settings(), 10);
  bench.set_load(0_A);
  EXPECT_EQ(bench.memory.state.top_oil_c, 65);
  EXPECT_EQ(bench.memory.state.hottest_c(), 88);
  const RatingDecision nine_hours = bench.run_for(539_min);
  EXPECT_EQ(nine_hours.normal, PerPhase<Milliamps>::all(400_A));
  EXPECT_EQ(nine_hours.emergency, PerPhase<Milliamps>::all(400_A));
  EXPECT_EQ(nine_hours.bound, RatingBound::ColdStart);
  const RatingDecision later = bench.run_for(2_min);
  EXPECT_EQ(later.normal, PerPhase<Milliamps>::all(600_A));
  EXPECT_EQ(later.bound, RatingBound::Current);
}

TEST(Rating, ASpentBudgetLowersOnlyToWhatCostsADayPerDay) {
  RatingBench bench(bench_settings(), 20);
  bench.settle(1);
  bench.set_load(500_A);
  RatingDecision decision = bench.tick();
  while (decision.life_permille < 1000) {
    ASSERT_NE(decision.bound, RatingBound::LossOfLife);
    decision = bench.tick(10_s);
    ASSERT_LT(bench.input.now, BootTime(100'000'000)) << "the budget is never spent";
  }
  decision = bench.tick(10_s);
  EXPECT_EQ(decision.bound, RatingBound::LossOfLife);
  EXPECT_NEAR(static_cast<double>(decision.normal.smallest().count()), 400'000, 5);
  EXPECT_GT(decision.emergency.smallest(), 450_A) << "statutory floors are not cut for the paper's sake";
  bench.set_load(100_A);
  bench.run_for(Millis(26 * 3'600'000));
  EXPECT_EQ(bench.last.bound, RatingBound::Current) << "a day later it is forgotten";
}

TEST(Rating, UpgradedPaperSustainsMore) {
  RatingSettings settings = bench_settings();
  settings.thermal.paper = Paper::Upgraded;
  RatingBench bench(settings, 20);
  bench.settle(0.5);
  bench.memory.ageing.add(1.5, 1_min);
  EXPECT_EQ(bench.tick().bound, RatingBound::LossOfLife);
  EXPECT_GT(bench.last.normal.smallest(), 430_A);
}

TEST(Rating, WithoutATrustedMeterItWarmsAtRatedCurrentOrWhatItLastSawIfMore) {
  RatingBench idle;
  idle.settle(0.2);
  idle.set_load(80_A);
  idle.tick();
  idle.input.load.reset();
  EXPECT_EQ(idle.tick().load_permille, PerPhase<std::int64_t>::all(1000));
  RatingBench busy;
  busy.settle(0.2);
  busy.input.load = PerPhase<Milliamps>{{500_A, 80_A, 80_A}};
  busy.tick();
  busy.input.load.reset();
  EXPECT_EQ(busy.tick().load_permille, (PerPhase<std::int64_t>{{1250, 1000, 1000}}));
  const RatingDecision later = idle.run_for(2000_min);
  EXPECT_NEAR(static_cast<double>(later.hot_spot.largest().count()), 98'000, 10);
}

TEST(Rating, APauseOfTheControllerCountsAsRatedCurrent) {
  RatingBench bench;
  bench.settle(0.2);
  bench.set_load(80_A);
  bench.tick();
  EXPECT_EQ(bench.tick(60_s).load_permille, PerPhase<std::int64_t>::all(200));
  EXPECT_EQ(bench.tick(61_s).load_permille, PerPhase<std::int64_t>::all(1000));
}

TEST(Rating, FeedInHeatsAsMuchAsImport) {
  RatingBench bench;
  bench.settle(0.2);
  bench.set_load(-(400_A));
  EXPECT_EQ(bench.tick().load_permille, PerPhase<std::int64_t>::all(1000));
}

TEST(Rating, ACapacityThatStillHoldsIsKeptAndOneThatDoesNotFallsAtOnce) {
  RatingSettings settings = bench_settings();
  settings.search_every = 60_s;
  RatingBench bench(settings, 25);
  bench.settle(1);
  const Milliamps first = bench.tick().normal.smallest();
  bench.memory.state.top_oil_c -= 10;
  EXPECT_EQ(bench.tick().normal.smallest(), first) << "more may wait";
  bench.memory.state.top_oil_c += 15;
  EXPECT_LT(bench.tick().normal.smallest(), first) << "less may not";
  bench.memory.state.top_oil_c -= 15;
  bench.run_for(60_s, 1_s);
  EXPECT_GT(bench.tick().normal.smallest(), first);
}

TEST(Rating, WarmerAirLowersAtOnceEvenWithASpentBudget) {
  RatingSettings settings = bench_settings();
  settings.search_every = 600_s;
  RatingBench bench(settings, 10);
  bench.settle(0.5);
  bench.memory.ageing.add(2, 1_min);
  const Milliamps cool = bench.tick().normal.smallest();
  bench.set_ambient(30);
  EXPECT_LT(bench.tick().normal.smallest(), cool);
}

TEST(Rating, IsTheSameForTheSameInputAndMemory) {
  RatingBench one(bench_settings(), 31);
  RatingBench two(bench_settings(), 31);
  for (int i = 0; i < 3000; ++i) {
    const Milliamps load = Milliamps(200'000 + 97 * (i * i % 3001));
    one.set_load(load);
    two.set_load(load);
    const RatingDecision a = one.tick(7_s);
    const RatingDecision b = two.tick(7_s);
    ASSERT_EQ(a.normal, b.normal);
    ASSERT_EQ(a.hot_spot, b.hot_spot);
    ASSERT_EQ(one.memory.state, two.memory.state);
    ASSERT_EQ(one.memory.ageing, two.memory.ageing);
  }
}

TEST(Rating, ATickThatIsNotLaterChangesNoTemperature) {
  RatingBench bench;
  bench.set_load(500_A);
  bench.tick();
  const ThermalState before = bench.memory.state;
  bench.tick(0_s);
  bench.tick(-(5_s));
  EXPECT_EQ(bench.memory.state, before);
}

TEST(Rating, StaysFiniteWithAbsurdLoads) {
  RatingBench bench(bench_settings(), 34);
  bench.set_load(Milliamps(std::numeric_limits<std::int64_t>::max()));
  const RatingDecision decision = bench.run_for(3000_min);
  EXPECT_EQ(decision.normal, PerPhase<Milliamps>::all(0_A));
  EXPECT_LT(decision.hot_spot.largest(), celsius(2000));
  EXPECT_GT(decision.life_permille, 1000);
}

TEST(Schedule, RowsCountInTheirMonthsAndHoursAndTheNamePlateOutside) {
  RatingSettings settings = bench_settings(RatingMode::Schedule);
  settings.schedule = {{0b0000'0000'0011, 22 * 60, 6 * 60, 120}, {0b1110'0000'0000, 0, 0, 95}};
  const auto percent = [&](int month, int hour, int minute) {
    return rating::scheduled_percent(settings, LocalTime{month, hour * 60 + minute});
  };
  EXPECT_EQ(percent(1, 22, 0), 120);
  EXPECT_EQ(percent(2, 5, 59), 120);
  EXPECT_EQ(percent(2, 6, 0), std::nullopt);
  EXPECT_EQ(percent(2, 21, 59), std::nullopt);
  EXPECT_EQ(percent(10, 12, 0), 95);
  EXPECT_EQ(percent(6, 0, 0), std::nullopt);
  RatingBench bench(settings, 34);
  bench.input.local = LocalTime{1, 0};
  EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(480_A));
  EXPECT_EQ(bench.last.bound, RatingBound::Schedule);
  bench.input.local = LocalTime{6, 0};
  EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(400_A));
  EXPECT_EQ(bench.last.bound, RatingBound::Static);
}

TEST(Schedule, WithoutAClockTheSmallestRowCounts) {
  RatingSettings settings = bench_settings(RatingMode::Schedule);
  settings.schedule = {{0b1, 0, 0, 120}, {0b10, 0, 0, 95}};
  RatingBench bench(settings);
  bench.input.local.reset();
  EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(380_A));
  settings.schedule.pop_back();
  RatingBench high(settings);
  high.input.local.reset();
  EXPECT_EQ(high.tick().normal, PerPhase<Milliamps>::all(400_A));
}

TEST(Schedule, NeverExceedsTheNamePlateUntilEveryRatingIsKnown) {
  RatingSettings settings = bench_settings(RatingMode::Schedule);
  settings.ratings.ct.reset();
  settings.schedule = {{0xfff, 0, 0, 130}};
  RatingBench bench(settings);
  EXPECT_EQ(bench.tick().normal, PerPhase<Milliamps>::all(400_A));
}

TEST(RatingSettings, WhatIsOutOfBoundsIsNamed) {
  const auto with = [](auto&& change) {
    RatingSettings settings = bench_settings();
    change(settings);
    return refusal(settings);
  };
  EXPECT_EQ(refusal(bench_settings()), "");
  EXPECT_EQ(with([](auto& s) { s.rated = 0_A; }), "transformer.rated_ma: 0 is outside 1..10000000");
  EXPECT_EQ(with([](auto& s) { s.thermal.tau_w_min = 0; }), "transformer.thermal.tau_w_min: 0 is outside 1..60");
  EXPECT_EQ(with([](auto& s) { s.ambient.months[6].min = celsius(50); }),
            "transformer.ambient.months[6].min_c: 50000 m°C is outside -50000..35000");
  EXPECT_EQ(with([](auto& s) { s.normal.hot_spot = celsius(40); }),
            "transformer.normal.hot_spot_mc: 40000 is outside 60000..160000");
  EXPECT_EQ(with([](auto& s) { s.emergency.top_oil = celsius(100); }),
            "transformer.emergency.top_oil_mc: is below that of normal operation");
  EXPECT_EQ(with([](auto& s) { s.ratings.cable = 0_A; }), "transformer.ratings.cable_ma: 0 is outside 1..10000000");
  EXPECT_EQ(with([](auto& s) { s.look_ahead = 1_s; }), "transformer.look_ahead_ms: 1000 is outside 60000..14400000");
  EXPECT_EQ(with([](auto& s) { s.mode = RatingMode::Schedule; }),
            "transformer.schedule: has no row, and the rating is by schedule");
  EXPECT_EQ(with([](auto& s) {
              s.schedule = {{0xfff, 0, 1441, 100}};
            }),
            "transformer.schedule[0].to_minute: 1441 is outside 0..1440");
  EXPECT_EQ(with([](auto& s) { s.schedule.resize(65); }), "transformer.schedule: has more than 64 rows");
}

}  // namespace
}  // namespace balans
