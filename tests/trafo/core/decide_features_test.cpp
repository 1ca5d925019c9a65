// What offers, enrolment and rating can say, through the whole decision: deadlines, comfort, volunteers, priority,
// levels, warm transformers, ageing samples, minimum times.
#include <gtest/gtest.h>

#include "tests/trafo/core/bench.hpp"
#include "tests/trafo/core/rating_bench.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

/// Needs so much, and leaves in so many hours.
Offer wants(WattHours energy, int hours, UnixTime now) {
  Offer offer;
  offer.energy_needed = energy;
  offer.departs = now + Millis(hours * 3'600'000LL);
  return offer;
}

// ---- deadlines ----

TEST(DecideFeatures, TheNearerDeadlineGetsMore) {
  Bench bench(2, 40_A, 10_A);
  bench.utc = UnixTime(1'700'000'000'000);
  bench.agents[0].says = wants(20'000_Wh, 2, *bench.utc);  // 14.5 A
  bench.agents[1].says = wants(20'000_Wh, 8, *bench.utc);  // 3.7 A
  bench.run(120);
  EXPECT_GE(bench.limit(0), 14'400_mA);
  EXPECT_GE(bench.limit(0), bench.limit(1) + 5_A);
  EXPECT_GE(bench.limits(), 29'500_mA);
}

TEST(DecideFeatures, WithoutAClockDeadlinesDoNotCount) {
  Bench bench(2, 40_A, 10_A);
  bench.agents[0].says = wants(20'000_Wh, 2, UnixTime(1'700'000'000'000));
  bench.run(120);
  EXPECT_NEAR(static_cast<double>(bench.limit(0).count()), static_cast<double>(bench.limit(1).count()), 600);
}

TEST(DecideFeatures, ADeadlineThatIsOverDoesNotCount) {
  Bench bench(2, 40_A, 10_A);
  bench.utc = UnixTime(1'700'000'000'000);
  bench.agents[0].says = wants(20'000_Wh, -1, *bench.utc);
  bench.run(120);
  EXPECT_NEAR(static_cast<double>(bench.limit(0).count()), static_cast<double>(bench.limit(1).count()), 600);
}

TEST(DecideFeatures, ACriticalDeadlineKeepsItsPlaceAgainstRotation) {
  Bench bench(4, 30_A, 10_A);
  bench.utc = UnixTime(1'700'000'000'000);
  bench.agents[0].says = wants(5'000_Wh, 1, *bench.utc);  // 8.7 A; one or two of the others beside it
  bench.run(120);
  ASSERT_GE(bench.limit(0), 6_A);
  std::array<bool, 4> rested{};
  for (int second = 0; second < 3000; ++second) {
    bench.tick();
    for (std::size_t i = 0; i < 4; ++i) rested[i] = rested[i] || bench.limit(i) == 0_A;
  }
  EXPECT_FALSE(rested[0]);
  EXPECT_TRUE(rested[1] && rested[2] && rested[3]);
}

// ---- who gets more ----

TEST(DecideFeatures, ComfortComesBeforeTheRest) {
  Bench bench(2, 30_A, 10_A);
  Offer cosy;
  cosy.comfort = 14_A;
  bench.agents[0].says = cosy;
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 14_A);
  EXPECT_EQ(bench.limit(1), 6_A);
}

Offer volunteer(std::int64_t price, Milliamps comfort) {
  Offer offer;
  offer.volunteers_for = price;
  offer.comfort = comfort;
  return offer;
}

TEST(DecideFeatures, TheCheapestVolunteerIsThrottledFirst) {
  Bench bench(3, 60_A, 10_A);
  bench.agents[0].says = volunteer(100, 0_A);
  bench.agents[1].says = volunteer(300, 0_A);
  bench.run(180);
  EXPECT_EQ(bench.limit(0), 6_A);
  EXPECT_EQ(bench.limit(1), 12_A);
  EXPECT_EQ(bench.limit(2), 32_A);
}

TEST(DecideFeatures, AVolunteerIsNotThrottledBelowItsComfort) {
  Bench bench(3, 40_A, 10_A);
  bench.agents[0].says = volunteer(100, 9_A);
  bench.agents[1].says = volunteer(300, 0_A);
  bench.run(180);
  EXPECT_EQ(bench.limit(0), 9_A);
  EXPECT_EQ(bench.limit(1), 6_A);
  EXPECT_EQ(bench.limit(2), 15_A);
}

TEST(DecideFeatures, HigherPriorityOfTheEnrolmentIsFilledFirst) {
  Bench bench(2, 30_A, 10_A);
  bench.site.agents[1].priority = 10;
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 6_A);
  EXPECT_EQ(bench.limit(1), 14_A);
}

TEST(DecideFeatures, HigherPriorityIsNotRotatedAway) {
  Bench bench(2, 18_A, 10_A);
  bench.site.agents[1].priority = 10;
  bench.run(120);
  for (int second = 0; second < 2000; ++second) {
    bench.tick();
    ASSERT_EQ(bench.limit(0), 0_A) << second;
    ASSERT_GE(bench.limit(1), 7'500_mA) << second;
  }
}

TEST(DecideFeatures, ADeviceWithLevelsIsOnOneOfThem) {
  Offer heat_pump;
  heat_pump.min = 4_A;
  heat_pump.levels = {4_A, 9_A, 13_A};
  for (const auto& [usable, level] : {std::pair{17_A, 4_A}, {19'500_mA, 9_A}, {40_A, 13_A}}) {
    Bench bench(1, usable, 10_A);
    bench.agents[0].says = heat_pump;
    bench.run(120);
    EXPECT_EQ(bench.limit(0), level) << usable.count();
  }
}

// ---- rating ----

/// 400 A by the name plate, and as warm as after hours at `k` times that.
Bench warm_bench(std::size_t devices, double k) {
  Bench bench(devices, 400_A, 0_A);
  bench.site.rating = bench_plan();
  RatingInput input;
  input.now = bench.now;
  RatingMemory rating = start_rating(*bench.site.rating, input);
  rating.state = steady_state(bench.site.rating->settings.thermal, {PerPhase<double>::all(k), 35});
  rating.cold_until = bench.now;
  bench.memory.rating = rating;
  bench.tick();
  return bench;
}

Milliamps capacity(const Bench& bench) { return bench.memory.rated->normal.smallest(); }

TEST(DecideFeatures, AWarmTransformerCarriesLessThanItsNamePlate) {
  Bench bench = warm_bench(4, 1.25);
  ASSERT_LT(capacity(bench), 390_A);
  bench.base = all(capacity(bench) - 40_A);
  bench.run(90);
  EXPECT_LE(bench.limits(), capacity(bench) - bench.base[Phase::L1]);
  EXPECT_GE(bench.limits(), 24_A);
  int bound_by_heat = 0;  // others wait for their share of a capacity that comes back little by little
  for (std::size_t i = 0; i < 4; ++i) bound_by_heat += bench.reason(i) == Reason::HotSpot ? 1 : 0;
  EXPECT_GE(bound_by_heat, 1);
  EXPECT_EQ(bench.decision.state.nodes[0].source, Reason::HotSpot);
  EXPECT_EQ(bench.decision.state.devices[0].binding.substr(0, 11), "transformer");
  ASSERT_TRUE(bench.decision.state.temperatures);
  EXPECT_GT(bench.decision.state.temperatures->hot_spot_mdeg, 110'000);
}

TEST(DecideFeatures, AColdTransformerWithKnownRatingsCarriesMoreThanItsNamePlate) {
  Bench bench = warm_bench(2, 0.3);
  ASSERT_GT(capacity(bench), 450_A);
  bench.base = all(390_A);
  bench.run(90);
  EXPECT_EQ(bench.limit(0), 32_A);
  EXPECT_EQ(bench.limit(1), 32_A);
}

TEST(DecideFeatures, OnlyFloorsGoUpToTheEmergencyRating) {
  Bench bench = warm_bench(2, 1.25);
  Offer owed;
  owed.floor = 6'087_mA;
  bench.agents[0].says = owed;
  ASSERT_GT(bench.memory.rated->emergency.smallest(), capacity(bench) + 20_A);
  bench.base = all(capacity(bench) + 5_A);
  bench.run(60);
  ASSERT_GT(bench.base[Phase::L1], capacity(bench));
  EXPECT_EQ(bench.limit(0), 6'100_mA);
  EXPECT_EQ(bench.limit(1), 0_A);
}

TEST(DecideFeatures, AboveTheEmergencyRatingFloorsGoToo) {
  Bench bench = warm_bench(1, 1.25);
  Offer owed;
  owed.floor = 6'087_mA;
  bench.agents[0].says = owed;
  bench.base = all(bench.memory.rated->emergency.largest() + 20_A);
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 0_A);
}

TEST(DecideFeatures, ATableOfHoursIsNamedAsTheReason) {
  Bench bench(1, 400_A, 310_A);
  RatingSettings settings = bench_settings(RatingMode::Schedule);
  settings.schedule = {ScheduleRow{0xfff, 0, 0, 80}};
  bench.site.rating = bench_plan(settings);
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(90);
  EXPECT_EQ(bench.limit(0), 10_A);
  EXPECT_EQ(bench.reason(0), Reason::Schedule);
}

// ---- meters ----

TEST(DecideFeatures, AsASampleAgesTheBaseLoadMovesToItsDesignPeak) {
  Bench bench(2, 60_A, 20_A);
  bench.site.nodes[0].design_peak_base = all(50_A);
  bench.run(90);
  ASSERT_GE(bench.limits(), 39_A);
  bench.meter_reads = false;
  bench.run(5);
  EXPECT_GE(bench.limits(), 39_A);
  bench.run(2);  // 7 s old: two fifths of the way
  EXPECT_LE(bench.limits(), 28_A);
  EXPECT_GE(bench.limits(), 22_A);
  bench.run(5);
  EXPECT_LE(bench.limits(), 10_A);
  EXPECT_EQ(bench.decision.state.nodes[0].quality, MeterQuality::Stale);
}

TEST(DecideFeatures, ASubPanelWhoseMeterFallsSilentIsCutToItsDesignPeakAlone) {
  Bench bench(2, 200_A, 10_A);
  const std::size_t panel = bench.add_node("panel", 0, 40_A, 5_A, true);
  bench.site.nodes[panel].design_peak_base = all(25_A);
  bench.site.agents[0].node = panel;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(90);
  ASSERT_EQ(bench.limit(0), 32_A);
  bench.silent_meters = {1};
  for (int second = 0; second < 60; ++second) {
    const Milliamps before = bench.limit(0);
    bench.tick();
    ASSERT_LE(bench.limit(0), before) << second;
    ASSERT_EQ(bench.limit(1), 32_A) << second;
  }
  EXPECT_EQ(bench.limit(0), 15_A);
}

TEST(DecideFeatures, WhatASilentMeterShowedIsNotTakenAwayFromItsNeighbours) {
  Bench bench(1, 200_A, 10_A);
  const std::size_t metered = bench.add_node("feeder-1", 0, 60_A, 20_A, true);
  const std::size_t blind = bench.add_node("feeder-2", 0, 40_A, 30_A, false);
  bench.site.nodes[metered].design_peak_base = all(50_A);
  bench.bases[blind] = all(12_A);
  bench.site.agents[0].node = blind;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.silent_meters = {1};
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 10_A);  // all of its own 30 A may be there
}

TEST(DecideFeatures, WhereThereIsSunAnUnmeteredFeederMayCarryAllItEverDoes) {
  Bench bench(1, 200_A, -15_A);
  const std::size_t blind = bench.add_node("feeder-2", 0, 40_A, 30_A, false);
  bench.site.feeds_back = true;
  bench.bases[blind] = all(25_A);  // the transformer shows 10 A
  bench.site.agents[0].node = blind;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 10_A);
}

TEST(DecideFeatures, WhatALateMeterShowedMakesNoRoomToFeedInAboveIt) {
  Bench bench(1, 200_A, 10_A);
  const std::size_t blind = bench.add_node("panel", 0, 60_A, 5_A, false);
  const std::size_t metered = bench.add_node("feeder-1", static_cast<int>(blind), 60_A, 20_A, true);
  bench.site.nodes[blind].max_feed = 12_A;
  bench.bases[metered] = all(20_A);
  bench.site.agents[0].node = blind;
  bench.site.agents[0].max_feed = 32_A;
  bench.agents[0].ask = {};
  bench.agents[0].appetite = 0_A;
  bench.agents[0].supply = 32_A;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.silent_meters = {1};
  bench.run(120);
  EXPECT_EQ(bench.feed_limit(0), 12_A);
  bench.silent_meters.clear();
  bench.run(120);
  EXPECT_EQ(bench.feed_limit(0), 32_A);
}

// ---- cuts ----

TEST(DecideFeatures, OneCutIsEnoughThoughDevicesChangeTheirCurrentsMeanwhile) {
  Bench bench(2, 60_A, 20_A);
  for (BenchAgent& agent : bench.agents) agent.appetite = 7_A;
  bench.run(40);
  ASSERT_EQ(bench.limits(), 40_A);
  bench.base = all(25_A);
  bench.run(6);
  bench.agents[1].appetite = 10_A;  // readings do not say whether this was before the last five samples, too
  for (int i = 0; i < 20 && bench.limits() == 40_A; ++i) bench.tick();
  EXPECT_EQ(bench.limits(), 35_A);
}

// ---- time ----

TEST(DecideFeatures, ADeviceRestsAsLongAsItsOfferSays) {
  Bench bench(1, 40_A, 10_A);
  Offer resting;
  resting.min_off = 180_s;
  bench.agents[0].says = resting;
  bench.run(60);
  ASSERT_GE(bench.limit(0), 29_A);
  bench.base = all(38_A);
  bench.run(20);
  ASSERT_EQ(bench.limit(0), 0_A);
  bench.base = all(10_A);
  for (int second = 20; second < 175; ++second) {
    bench.tick();
    ASSERT_EQ(bench.limit(0), 0_A) << second;
  }
  bench.run(30);
  EXPECT_GE(bench.limit(0), 6_A);
}

TEST(DecideFeatures, ADeviceStaysOnAsLongAsItsOfferSays) {
  Bench bench(2, 20_A, 10_A);  // one at a time
  Offer steady;
  steady.min_on = 25_min;
  bench.agents[0].says = bench.agents[1].says = steady;
  bench.run(30);
  const std::size_t first = bench.limit(0) > 0_A ? 0 : 1;
  for (int second = 30; second < 25 * 60 - 5; ++second) {
    bench.tick();
    ASSERT_GE(bench.limit(first), 6_A) << second;
  }
  bench.run(60);
  EXPECT_EQ(bench.limit(first), 0_A);
  EXPECT_GE(bench.limit(1 - first), 6_A);
}

TEST(DecideFeatures, AnOfferThatWouldComeBackTooSoonIsRefused) {
  Bench bench(2, 100_A, 10_A);
  Offer hasty;
  hasty.failsafe_hold = bench.site.failsafe_hold - 1_ms;
  bench.agents[0].says = hasty;
  bench.tick();
  EXPECT_TRUE(bench.notices(Notice::What::OfferRefused));
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 0_A);
  EXPECT_EQ(bench.limit(1), 32_A);
}

TEST(DecideFeatures, WhatADeviceLeavesOfItsGrantGoesToOthers) {
  Bench bench(2, 40_A, 0_A);
  bench.agents[0].appetite = 8_A;
  bench.run(50);
  ASSERT_GE(bench.limit(0), 19_A);
  bench.run(100);
  EXPECT_EQ(bench.limit(0), 11_A);
  EXPECT_EQ(bench.reason(0), Reason::Reclaim);
  EXPECT_EQ(bench.envelope_of(0), 11_A);
  EXPECT_EQ(bench.limit(1), 29_A);
  bench.agents[0].appetite = 32_A;
  bench.run(60);
  EXPECT_GE(bench.limit(0), 19_A);
  EXPECT_LE(bench.limits(), 40_A);
}

}  // namespace
}  // namespace balans
