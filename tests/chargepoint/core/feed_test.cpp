// What a battery or an inverter feeds in is limited like what a device draws.
#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

using Amps = PerPhase<Milliamps>;

AgentSettings battery() {
  AgentSettings settings = three_phase_charger();
  settings.kind = DeviceKind::Battery;
  settings.min = 100_mA;
  settings.max = 8_A;
  settings.min_feed = 1_A;
  settings.max_feed = 10_A;
  return settings;
}

AgentSettings inverter() {
  AgentSettings settings = battery();
  settings.min = 0_A;
  settings.max = 0_A;
  return settings;
}

Allowance both(Milliamps draw, Milliamps feed) { return {Amps::all(draw), Amps::all(feed)}; }

/// Has had 0 in effect both ways, then a lease.
Bench following(const Allowance& limit, const AgentSettings& settings = battery()) {
  Bench bench(settings);
  bench.seconds(10);
  bench.connect();
  bench.take(bench.limit(limit));
  bench.second();
  return bench;
}

Bench feeding_in() {
  Bench bench = following(both(2_A, 9_A));
  bench.draws = -9_A;
  bench.second();
  return bench;
}

TEST(FeedLimit, StartsAtZeroAndHoldsTheMaximumUntilThatIsInEffect) {
  Bench bench(battery());
  bench.connect();
  EXPECT_EQ(bench.second().write.feed, 0_A);
  EXPECT_EQ(bench.out.write.draw, 0_A);
  EXPECT_EQ(bench.status->holding, both(8_A, 10_A));
  bench.seconds(8);
  EXPECT_EQ(bench.status->holding, Allowance{});
}

TEST(FeedLimit, IsWrittenBesideTheDrawLimit) {
  Bench bench = following(both(2_A, 9_A));
  EXPECT_EQ(bench.setpoint(), 2_A);
  EXPECT_EQ(bench.feed_setpoint(), 9_A);
  bench.take(bench.limit(both(2_A, 7_A)));
  EXPECT_EQ(bench.out.write.feed, 7_A);
  EXPECT_FALSE(bench.out.write.draw) << "nothing changed there";
}

TEST(FeedLimit, IsRoundedDownAndAPauseBelowItsMinimum) {
  Bench bench = following(both(0_A, 5'999_mA));
  EXPECT_EQ(bench.feed_setpoint(), 5'900_mA);
  EXPECT_EQ(bench.status->ack->limit, both(0_A, 5'900_mA));
  bench.take(bench.limit(both(0_A, 999_mA)));
  EXPECT_EQ(bench.feed_setpoint(), 0_A);
  bench.take(bench.limit(both(0_A, 63_A)));
  EXPECT_EQ(bench.feed_setpoint(), 10_A);
}

TEST(FeedLimit, CountsOnThePhaseWhereItIsSmallest) {
  const Bench bench = following({Amps{}, Amps{{9_A, 4_A, 7_A}}});
  EXPECT_EQ(bench.feed_setpoint(), 4_A);
}

TEST(FeedLimit, IsNothingForADeviceWhoseFeedingIsNotOurs) {
  Bench bench = Bench::following(10_A);
  bench.take(bench.limit({Amps::all(8_A), Amps::all(9_A)}));
  EXPECT_FALSE(bench.out.write.feed);
  EXPECT_EQ(bench.status->ack->limit, Allowance(Amps::all(8_A)));
  EXPECT_EQ(bench.status->holding.feed, Amps{});
  EXPECT_EQ(bench.status->ask.feed, Amps{});
}

TEST(FeedAck, WaitsForBothDirections) {
  Bench bench = feeding_in();
  bench.take(bench.limit(both(2_A, 4_A)));
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Written);
  EXPECT_EQ(bench.status->holding, both(2_A, 9_A));
  bench.draws = -4_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.status->holding, both(2_A, 4_A));
}

TEST(FeedAck, ACurrentStillAboveIsNeverEffective) {
  Bench bench = feeding_in();
  bench.take(bench.limit(both(2_A, 4_A)));
  bench.draws = -5'001_mA;
  bench.seconds(9);
  EXPECT_EQ(bench.stage(), AckStage::Written);
}

TEST(FeedAck, DrawingProvesNothingOfFeedingInBeforeItHasSettled) {
  Bench bench = following(both(2_A, 9_A));
  bench.draws = 2_A;
  bench.second();
  bench.take(bench.limit(both(2_A, 4_A)));
  for (int i = 0; i < 6; ++i) {
    bench.second();
    ASSERT_EQ(bench.stage(), AckStage::Written) << i;
  }
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(FeedLimit, EndsWithTheLease) {
  Bench bench = feeding_in();
  bench.take(bench.limit(both(2_A, 9_A), 1_s));
  EXPECT_EQ(bench.second().write.feed, 0_A);
  EXPECT_EQ(bench.out.write.draw, 0_A);
}

TEST(FeedLimit, RampsToItsFailsafeAfterTheHold) {
  AgentSettings settings = battery();
  settings.failsafe_feed = 6_A;
  Bench bench = following(both(2_A, 9_A), settings);
  bench.take(bench.limit(both(2_A, 9_A), 1_s));
  for (int i = 0; i < 70; ++i) {
    bench.second();
    ASSERT_EQ(bench.feed_setpoint(), 0_A) << i;
  }
  EXPECT_EQ(bench.second().write.feed, 1_A);
  EXPECT_EQ(bench.second().write.feed, 5_A);
  EXPECT_EQ(bench.second().write.feed, 6_A);
  EXPECT_EQ(bench.setpoint(), 0_A);
}

TEST(FeedLimit, ThatMayNotRaiseNeverRaises) {
  Bench bench = following(both(2_A, 4_A));
  Limit limit = bench.limit(both(8_A, 10_A));
  limit.may_raise = false;
  bench.take(limit);
  EXPECT_EQ(bench.status->ack->limit, both(2_A, 4_A));
}

TEST(FeedDisobedience, IsAFaultAndAPauseOfThatDirection) {
  Bench bench = feeding_in();
  bench.take(bench.limit(both(2_A, 4_A)));
  bench.seconds(11);
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(bench.status->fault, "feeds in 9000 mA of 4000 mA");
  EXPECT_EQ(bench.feed_setpoint(), 0_A);
  EXPECT_EQ(bench.setpoint(), 2_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
}

TEST(FeedOverwritten, IsWrittenAgainAndHoldingRises) {
  Bench bench = following(both(2_A, 4_A));
  bench.second();
  bench.reads_back.feed = 10_A;
  EXPECT_EQ(bench.second().write.feed, 4_A);
  EXPECT_FALSE(bench.out.write.draw);
  EXPECT_EQ(bench.status->holding, both(2_A, 10_A));
}

TEST(FeedWrites, ThatFailAreAFaultThoughTheOthersSucceed) {
  Bench bench = following(both(2_A, 4_A));
  bench.takes_feed_writes = false;
  for (int i = 0; i < 12; ++i) bench.take(bench.limit(both(i % 2 == 0 ? 2_A : 3_A, 6_A)));
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(bench.status->fault, "device: write timeout");
}

TEST(Inverter, IsNeverToldWhatToDraw) {
  Bench bench(inverter());
  bench.connect();
  EXPECT_FALSE(bench.second().write.draw);
  EXPECT_EQ(bench.out.write.feed, 0_A);
  bench.second();
  EXPECT_TRUE(bench.memory.announced);
  bench.seconds(8);
  bench.take(bench.limit(both(0_A, 7_A)));
  bench.second();
  EXPECT_EQ(bench.feed_setpoint(), 7_A);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.status->ask, both(0_A, 10_A));
}

TEST(Inverter, MayDrawWhatItNeedsAtNight) {
  Bench bench = following(both(0_A, 7_A), inverter());
  bench.draws = 2_A;
  bench.seconds(30);
  EXPECT_EQ(bench.state(), AgentState::Following);
}

TEST(KeepAlive, IsSaidOnceForBothDirections) {
  AgentSettings settings = battery();
  settings.refresh = 15_s;
  Bench bench = following(both(2_A, 9_A), settings);
  std::vector<int> said;
  for (int s = 1; s <= 50; ++s)
    if (bench.second().keep_alive) said.push_back(s);
  EXPECT_EQ(said, (std::vector<int>{14, 29, 44}));
}

TEST(Ask, OfABatteryIsBothWaysUnlessItIsFullOrEmpty) {
  Bench bench = following(both(2_A, 9_A));
  bench.second();
  EXPECT_EQ(bench.status->ask, both(8_A, 10_A));
  bench.full = true;
  bench.second();
  EXPECT_EQ(bench.status->ask, both(0_A, 10_A));
  bench.full = false;
  bench.empty = true;
  bench.second();
  EXPECT_EQ(bench.status->ask, both(8_A, 0_A));
}

}  // namespace
}  // namespace balans
