// The decision over a tree of nodes: panels, meters that are there or not, limits from outside, both ways of flow.
#include <gtest/gtest.h>

#include "tests/trafo/core/bench.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

TEST(DecideNodes, APanelBindsItsOwnDevicesAndNobodyElse) {
  Bench bench(3, 100_A, 10_A);
  const std::size_t panel = bench.add_node("panel", 0, 16_A, 0_A, false);
  bench.site.agents[0].node = bench.site.agents[1].node = panel;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.limit(0) + bench.limit(1), 16_A);
  EXPECT_EQ(bench.limit(2), 32_A);
  EXPECT_EQ(bench.decision.state.devices[0].binding.substr(0, 8), "panel L1");
}

TEST(DecideNodes, AMainThatBindsBeforeItsPanelLeavesNothingUnused) {
  Bench bench(3, 42_A, 12_A);
  const std::size_t panel = bench.add_node("panel", 0, 25_A, 0_A, false);
  bench.site.agents[0].node = bench.site.agents[1].node = panel;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.limits(), 30_A);
  EXPECT_EQ(bench.limit(2), 10_A);
}

TEST(DecideNodes, AMeteredFeederCarriesItsOwnBaseLoad) {
  Bench bench(2, 200_A, 50_A);
  const std::size_t feeder = bench.add_node("feeder-1", 0, 40_A, 25_A, true);
  bench.site.agents[0].node = feeder;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 15_A);
  EXPECT_EQ(bench.limit(1), 32_A);
  EXPECT_EQ(bench.decision.state.nodes[1].base, all(25_A));
  EXPECT_EQ(bench.decision.state.nodes[0].base, all(75_A));
}

TEST(DecideNodes, AnUnmeteredFeederMayCarryAllThatNobodyElseCarries) {
  Bench bench(1, 200_A, 10_A);
  const std::size_t metered = bench.add_node("feeder-1", 0, 60_A, 20_A, true);
  const std::size_t blind = bench.add_node("feeder-2", 0, 40_A, 30_A, false);
  bench.site.agents[0].node = blind;
  bench.bases[blind] = all(12_A);
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  // The transformer shows 42 A, 20 A of them are feeder-1's: 22 A may all be feeder-2's.
  EXPECT_EQ(bench.decision.state.nodes[blind].base, all(22_A));
  EXPECT_EQ(bench.limit(0), 18_A);
  EXPECT_EQ(bench.decision.state.nodes[metered].base, all(20_A));
}

TEST(DecideNodes, AnUnmeteredFeederCarriesAtMostItsConfiguredBase) {
  Bench bench(1, 200_A, 60_A);
  const std::size_t blind = bench.add_node("feeder-2", 0, 40_A, 15_A, false);
  bench.site.agents[0].node = blind;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 25_A);
}

TEST(DecideNodes, UnderASilentFeederMeterNobodyRisesAndOthersDo) {
  Bench bench(2, 200_A, 10_A);
  const std::size_t feeder = bench.add_node("feeder-1", 0, 40_A, 5_A, true);
  bench.site.agents[0].node = feeder;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.silent_meters = {1};
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 0_A);
  EXPECT_EQ(bench.reason(0), Reason::StaleMeter);
  EXPECT_EQ(bench.limit(1), 32_A);
}

TEST(DecideNodes, ASecondMeterStandsInForTheFirst) {
  Bench bench(1, 60_A, 20_A);
  bench.site.meters.push_back({"spare", 0});
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(60);
  bench.silent_meters = {0};
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 32_A);
  EXPECT_EQ(bench.decision.state.nodes[0].quality, MeterQuality::Good);
  EXPECT_EQ(bench.decision.state.meters[0].quality, MeterQuality::Stale);
}

TEST(DecideNodes, MetersThatDisagreeAreNotBelievedAndTheLargerCounts) {
  Bench bench(1, 60_A, 20_A);
  bench.site.meters.push_back({"spare", 0});
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 32_A);
  bench.meter_shows = all(70_A);
  bench.run(30);
  EXPECT_EQ(bench.decision.state.nodes[0].quality, MeterQuality::Implausible);
  EXPECT_LE(bench.limit(0), 22_A);
}

TEST(DecideNodes, AKvaLimitCountsAllPhasesOfADevice) {
  Bench bench(1, 200_A, 0_A);
  const std::size_t node = bench.add_node("connection", 0, 63_A, 0_A, false);
  bench.site.nodes[node].max_va = 13'800_VA;  // 60 A over three phases
  bench.site.agents[0].node = node;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 20_A);
  EXPECT_EQ(bench.decision.state.devices[0].binding, "connection kVA");
}

TEST(DecideNodes, AnOperatorsLimitBindsUntilItsEndAndIsNamed) {
  Bench bench(1, 100_A, 10_A);
  bench.utc = UnixTime(1'000'000);
  OutsideLimit order;
  order.source = Reason::Operator;
  order.bound.draw = all(22_A);
  order.until = UnixTime(2'000'000);
  bench.outside = {order};
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 12_A);
  EXPECT_EQ(bench.reason(0), Reason::Operator);
  ASSERT_EQ(bench.decision.state.outside.size(), 1U);
  bench.utc = UnixTime(2'000'000);
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 32_A);
  EXPECT_TRUE(bench.decision.state.outside.empty());
}

TEST(DecideNodes, TheGridOperatorsLimitLeavesTheStatutoryFloor) {
  Bench bench(2, 100_A, 10_A);
  OutsideLimit order;
  order.source = Reason::Dso;
  order.bound.draw = all(10_A);
  bench.outside = {order};
  Offer owed;
  owed.floor = 6'087_mA;
  bench.agents[0].says = owed;
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 6'100_mA);  // 4.2 kW on its step, rounded up
  EXPECT_EQ(bench.limit(1), 0_A);
}

TEST(DecideNodes, SeveralDevicesOfOneConnectionShareOneFloor) {
  Bench bench(2, 100_A, 10_A);
  const std::size_t home = bench.add_node("home", 0, 63_A, 0_A, false);
  bench.site.nodes[home].has_floors = true;
  bench.site.agents[0].node = bench.site.agents[1].node = home;
  bench.memory = fresh_memory(bench.site, bench.now);
  OutsideLimit order;
  order.node = home;
  order.source = Reason::Dso;
  order.bound.draw = all(0_A);
  bench.outside = {order};
  Offer owed;
  owed.min = 1_A;
  owed.floor = 6'087_mA;
  bench.agents[0].says = bench.agents[1].says = owed;
  bench.run(120);
  // 4.2 kW + 0.8 · 4.2 kW = 7.56 kW, 5.48 A each, and on the step.
  EXPECT_EQ(bench.limit(0), 5'500_mA);
  EXPECT_EQ(bench.limit(1), 5'500_mA);
}

TEST(DecideNodes, ACarThatHasShownOnePhaseIsBookedOnOne) {
  Bench bench(3, 20_A, 0_A);
  for (std::size_t i = 0; i < 3; ++i) bench.agents[i].loads = PhaseSet{kPhases[i]};
  bench.run(240);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.limit(i), 20_A) << i;
    EXPECT_EQ(bench.limits_on(i), (PhaseSet{kPhases[i]}.spread(20_A))) << i;
  }
}

TEST(DecideNodes, ACarThatHasBeenPluggedInGoesFirstOnceToShowItsPhases) {
  Bench bench(2, 8_A, 0_A);
  bench.agents[1].ask = {};
  bench.run(360);
  ASSERT_EQ(bench.limit(0), 8_A);
  bench.agents[1].ask = PerPhase<Milliamps>::all(16_A);
  bench.run(30);
  EXPECT_GE(bench.limit(1), 6_A) << "it need not wait for the other's quarter of an hour";
  bench.run(360);
  EXPECT_EQ(bench.limit(1), 8_A) << "it has not shown them, and keeps its turn like anybody";
  bench.run(600);
  ASSERT_EQ(bench.limit(1), 0_A);
  bench.run(600);
  EXPECT_EQ(bench.limit(1), 0_A) << "it went first again";
}

TEST(DecideNodes, ACarThatShowsMorePhasesGoesThroughZero) {
  Bench bench(1, 20_A, 0_A);
  bench.agents[0].loads = PhaseSet{Phase::L1};
  bench.run(60);
  EXPECT_EQ(bench.limits_on(0), (PhaseSet{Phase::L1}.spread(20_A)));
  bench.agents[0].loads.reset();
  bench.tick();
  EXPECT_EQ(bench.limit(0), 0_A);
  bench.run(120);
  EXPECT_EQ(bench.limits_on(0), all(20_A));
}

TEST(DecideNodes, ADeviceThatCanSwitchFallsToOnePhaseWhereAnotherIsFull) {
  Bench bench(1, 40_A, 0_A);
  bench.base = {{0_A, 36_A, 0_A}};
  Offer offer;
  offer.fewer_phases = PhaseSet{Phase::L1};
  bench.agents[0].says = offer;
  bench.run(120);
  EXPECT_EQ(bench.limits_on(0), (PhaseSet{Phase::L1}.spread(32_A)));
}

TEST(DecideNodes, TheNeutralConductorIsNotOverloadedByGrants) {
  Bench bench(1, 60_A, 10_A);
  const std::size_t panel = bench.add_node("panel", 0, 60_A, 0_A, false);
  bench.site.nodes[panel].max_neutral = 14_A;
  bench.site.agents[0].node = panel;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.agents[0].loads = PhaseSet{Phase::L2};
  bench.run(120);
  EXPECT_LE(bench.limit(0), 14_A);
  EXPECT_GE(bench.limit(0), 13_A);
  EXPECT_EQ(bench.reason(0), Reason::Neutral);
}

TEST(DecideNodes, AConnectionIsNoMoreUnbalancedThanItMay) {
  Bench bench(1, 60_A, 10_A);
  const std::size_t home = bench.add_node("home", 0, 40_A, 0_A, false);
  bench.site.nodes[home].max_unbalance = 4'600_VA;
  bench.site.agents[0].node = home;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.agents[0].loads = PhaseSet{Phase::L3};
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 20_A);
  EXPECT_EQ(bench.reason(0), Reason::Unbalance);
}

TEST(DecideNodes, LowVoltageTakesLoadsBackStepByStepAndLetsThemReturn) {
  Bench bench(1, 60_A, 10_A);
  bench.voltage = PerPhase<Millivolts>::all(230_V);
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 32_A);
  bench.voltage = PerPhase<Millivolts>::all(205_V);
  bench.run(200);
  EXPECT_LE(bench.limit(0), 20_A);
  EXPECT_EQ(bench.reason(0), Reason::LowVoltage);
  bench.voltage = PerPhase<Millivolts>::all(230_V);
  bench.run(400);
  EXPECT_EQ(bench.limit(0), 32_A);
}

TEST(DecideNodes, BeyondItsFloorADeviceIsCutLikeAnyOtherWhileTheMeterIsSilent) {
  Bench bench(1, 100_A, 10_A);
  Offer owed;
  owed.floor = 6'087_mA;
  bench.agents[0].says = owed;
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 32_A);
  bench.meter_reads = false;
  bench.run(4);
  OutsideLimit order;
  order.source = Reason::Dso;
  order.bound.draw = all(10_A);
  bench.outside = {order};
  bench.run(3);
  EXPECT_EQ(bench.limit(0), 6'100_mA);
}

TEST(DecideNodes, WhatIsBookedOnPhasesNotOfferedIsInTheSharingOut) {
  Bench bench(2, 200_A, 0_A);
  const std::size_t panel = bench.add_node("panel", 0, 20_A, 0_A, true);
  for (Enrolment& agent : bench.site.agents) agent.node = panel;
  bench.site.agents[0].device_fallback = 6_A;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.agents[0].loads = PhaseSet{Phase::L1};
  bench.agents[1].loads = PhaseSet{Phase::L2};
  bench.run(180);
  EXPECT_EQ(bench.limit(1), 14_A);
  bench.bases[panel] = all(4_A);
  bench.run(10);
  EXPECT_EQ(bench.limit(1), 10_A);  // 6 A of the first stay booked on L2 whatever it loads
}

TEST(DecideNodes, ABaseLoadAboveItsDesignPeakIsNotForgottenWhenTheMeterFallsSilent) {
  Bench bench(1, 120_A, 80_A);
  bench.site.nodes[0].design_peak_base = all(50_A);
  bench.run(60);
  bench.meter_reads = false;
  bench.run(20);
  EXPECT_EQ(bench.decision.state.nodes[0].base, all(80_A));
}

TEST(DecideNodes, TheSunMakesNoRoomForImports) {
  Bench bench(2, 200_A, 0_A);
  const std::size_t panel = bench.add_node("panel", 0, 40_A, 0_A, true);
  for (Enrolment& agent : bench.site.agents) agent.node = panel;
  bench.site.feeds_back = true;
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.bases[panel] = all(-30_A);
  bench.run(180);
  EXPECT_EQ(bench.limits(), 40_A);
}

TEST(DecideNodes, NobodyIsOwedMoreThanTheStatutesBase) {
  Bench bench(1, 100_A, 10_A);
  Offer greedy;
  greedy.floor = 32_A;
  bench.agents[0].says = greedy;
  OutsideLimit order;
  order.source = Reason::Dso;
  order.bound.draw = all(10_A);
  bench.outside = {order};
  bench.run(120);
  EXPECT_LE(bench.limit(0), 7'600_mA);
}

TEST(DecideNodes, AnOfferBeyondTheEnrolmentEndsTheEarlierOne) {
  Bench bench(1, 100_A, 10_A);
  bench.run(60);
  ASSERT_EQ(bench.limit(0), 32_A);
  bench.site.agents[0].max = 16_A;  // the offer says 32 A
  Offer same = bench.offer(0);
  same.max = 32_A;
  Snapshot snapshot;
  snapshot.now = bench.now;
  snapshot.epoch = bench.epoch;
  snapshot.mail.resize(1);
  snapshot.mail[0].offer = same;
  const Decision decision = decide(bench.site, snapshot, bench.memory);
  EXPECT_FALSE(decision.memory.agents[0].offer);
  EXPECT_TRUE(decision.limits.empty());
}

// ---- both ways of flow ----

/// A battery or inverter in the place of the first charger.
Bench with_feeder(Milliamps usable, Milliamps uncontrolled, Milliamps max_feed) {
  Bench bench(2, usable, uncontrolled);
  bench.site.agents[0].max_feed = max_feed;
  bench.site.agents[0].kind = DeviceKind::Charger;
  bench.agents[0].supply = max_feed;
  bench.agents[0].ask = {};
  bench.agents[0].appetite = 0_A;
  bench.memory = fresh_memory(bench.site, bench.now);
  return bench;
}

TEST(DecideFeedIn, IsLimitedAtANodeWhoseReverseFlowIs) {
  Bench bench = with_feeder(60_A, 0_A, 32_A);
  bench.site.nodes[0].max_feed = 12_A;
  bench.run(120);
  EXPECT_EQ(bench.feed_limit(0), 12_A);
  EXPECT_EQ(bench.decision.state.nodes[0].feed->rating, all(12_A));
}

TEST(DecideFeedIn, MayBeAsMuchMoreAsIsUsedBesideIt) {
  Bench bench = with_feeder(60_A, 8_A, 32_A);
  bench.site.nodes[0].max_feed = 12_A;
  bench.agents[1].ask = {};
  bench.run(120);
  EXPECT_EQ(bench.feed_limit(0), 20_A);
}

TEST(DecideFeedIn, GivesNoCreditForWhatControlledDevicesDraw) {
  Bench bench = with_feeder(60_A, 0_A, 32_A);
  bench.site.nodes[0].max_feed = 12_A;  // the other device draws up to 32 A, and may stop at any moment
  bench.run(120);
  EXPECT_EQ(bench.limit(1), 32_A);
  EXPECT_EQ(bench.feed_limit(0), 12_A);
}

TEST(DecideFeedIn, DischargeMakesNoRoomForImports) {
  Bench bench = with_feeder(30_A, 20_A, 32_A);
  bench.run(120);
  EXPECT_EQ(bench.feed_limit(0), 32_A);
  EXPECT_EQ(bench.agents[0].fed, 32_A);
  EXPECT_EQ(bench.limit(1), 10_A);
}

TEST(DecideFeedIn, IsNoMoreUnbalancedThanItMay) {
  Bench bench = with_feeder(60_A, 0_A, 32_A);
  bench.site.agents[0].phases = PhaseSet{Phase::L1};
  bench.site.nodes[0].max_unbalance = 4'600_VA;
  bench.agents[1].ask = {};
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(120);
  EXPECT_EQ(bench.feed_limit(0), 20_A);
}

TEST(DecideFeedIn, IsNotLimitedWhereNothingIs) {
  Bench bench = with_feeder(60_A, 0_A, 32_A);
  bench.run(60);
  EXPECT_EQ(bench.feed_limit(0), 32_A);
}

}  // namespace
}  // namespace balans
