// A device that charges and feeds in, through the whole decision.
#include <gtest/gtest.h>

#include "tests/trafo/core/bench.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

Bench with_battery(Milliamps usable, Milliamps uncontrolled) {
  Bench bench(2, usable, uncontrolled);
  bench.site.agents[0].max_feed = 16_A;
  bench.memory = fresh_memory(bench.site, bench.now);
  return bench;
}

TEST(DecideBatteries, ABatteryChargesAndThenFeedsInAndThenChargesAgain) {
  Bench bench = with_battery(60_A, 10_A);
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 25_A);
  bench.agents[0].ask = {};
  bench.agents[0].appetite = 0_A;
  bench.agents[0].supply = 16_A;
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 0_A);
  EXPECT_EQ(bench.feed_limit(0), 16_A);
  EXPECT_EQ(bench.limit(1), 32_A);
  bench.agents[0].supply = 0_A;
  bench.agents[0].ask = all(32_A);
  bench.agents[0].appetite = 32_A;
  bench.run(90);
  EXPECT_EQ(bench.feed_limit(0), 0_A);
  EXPECT_NEAR(static_cast<double>(bench.limit(0).count()), 25'000, 600);
  EXPECT_LE(bench.limits(), 50_A);
}

TEST(DecideBatteries, WhatABatteryFedInIsNotTakenForRoomWhenItTurns) {
  Bench bench = with_battery(40_A, 20_A);
  bench.agents[0].ask = {};
  bench.agents[0].appetite = 0_A;
  bench.agents[0].supply = 16_A;
  bench.run(60);
  EXPECT_EQ(bench.limit(1), 20_A);
  bench.agents[0].supply = 0_A;
  bench.agents[0].ask = all(32_A);
  bench.agents[0].appetite = 32_A;
  for (int second = 0; second < 90; ++second) {
    bench.tick();
    ASSERT_LE(bench.load(0).largest(), 40_A) << second;
    ASSERT_LE(bench.envelope_of(0) + bench.envelope_of(1), 20_A) << second;
  }
  EXPECT_GE(bench.limit(0), 9_A);
}

TEST(DecideBatteries, WhatABatteryFedInUnheardBeforeItWasCutIsNotTakenForLessBaseLoad) {
  Bench bench = with_battery(60_A, 20_A);
  bench.agents[0].ask = {};
  bench.agents[0].appetite = 0_A;
  bench.agents[0].supply = 16_A;
  bench.agents[1].appetite = 16_A;
  bench.run(90);
  ASSERT_EQ(bench.feed_limit(0), 16_A);
  bench.agents[0].speaks = false;
  bench.run(10);
  bench.agents[0].speaks = true;  // the battery has nothing left, and its limit goes
  bench.agents[0].supply = 0_A;
  bench.agents[1].speaks = false;  // the car has stopped, and nobody has heard that
  bench.agents[1].appetite = 0_A;
  for (int second = 0; second < 40; ++second) {
    bench.tick();
    for (Phase p : kPhases) ASSERT_GE(bench.decision.state.nodes[0].base[p], 20_A) << second;
  }
  EXPECT_EQ(bench.feed_limit(0), 0_A);
}

TEST(DecideBatteries, ABatteryMayChargeWhereTooMuchFlowsBack) {
  Bench bench = with_battery(60_A, -20_A);
  bench.site.feeds_back = true;
  bench.site.nodes[0].max_feed = 12_A;
  bench.site.agents[0].fallback_feed = 3_A;  // booked, and more than there is room for
  bench.agents[1].ask = {};
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 32_A);
  EXPECT_EQ(bench.agents[0].taken, 32_A);
  EXPECT_EQ(bench.feed_limit(0), 0_A);
}

}  // namespace
}  // namespace balans
