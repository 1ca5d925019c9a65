#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

AgentSettings with_failsafe(Milliamps failsafe) {
  AgentSettings settings = three_phase_charger();
  settings.failsafe = failsafe;
  return settings;
}

/// Refused, and nothing is other than a second without any limit would have left it.
void expect_refused(Bench& bench, const Limit& limit) {
  const Following before = *bench.lease();
  const AgentMemory memory = bench.memory;
  const AgentOutput& out = bench.take(limit);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].what, AgentEvent::What::LimitRefused);
  EXPECT_FALSE(out.write.draw);
  ASSERT_TRUE(bench.lease());
  EXPECT_EQ(bench.lease()->epoch, before.epoch);
  EXPECT_EQ(bench.lease()->seq, before.seq);
  EXPECT_EQ(bench.lease()->until, before.until);
  EXPECT_EQ(bench.lease()->taken, before.taken);
  EXPECT_EQ(bench.memory.follows, memory.follows);
  EXPECT_EQ(bench.memory.seq, memory.seq);
  EXPECT_EQ(bench.setpoint(), memory.actuation.draw.target.setpoint);
  EXPECT_EQ(bench.holding(), memory.actuation.draw.holding.largest());
}

// ---- without a lease ----

TEST(AgentWithoutLease, WritesZeroFirst) {
  Bench bench;
  EXPECT_EQ(bench.second().write.draw, 0_A);
  EXPECT_EQ(bench.state(), AgentState::Starting);
}

TEST(AgentWithoutLease, StaysAtZeroUntilTheHoldHasPassed) {
  Bench bench(with_failsafe(12_A));
  for (int i = 0; i < 69; ++i) {
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << i;
  }
}

TEST(AgentWithoutLease, RampsFromItsMinimumToTheFailsafeAfterTheHold) {
  Bench bench(with_failsafe(12_A));
  bench.seconds(69);
  EXPECT_EQ(bench.second().write.draw, 6_A);
  EXPECT_EQ(bench.second().write.draw, 10_A);
  EXPECT_EQ(bench.second().write.draw, 12_A);
  for (int i = 0; i < 600; ++i) {
    bench.second();
    ASSERT_EQ(bench.setpoint(), 12_A);
  }
  EXPECT_EQ(bench.state(), AgentState::Starting);
}

TEST(AgentWithoutLease, StaysAtZeroForeverWhereTheFailsafeIsZero) {
  Bench bench;
  bench.seconds(600);
  EXPECT_EQ(bench.setpoint(), 0_A);
  EXPECT_EQ(bench.writes, 1);
}

TEST(AgentWithoutLease, NeverGoesAboveAFailsafeSmallerThanItsMinimum) {
  Bench bench(with_failsafe(2_A));
  for (int i = 0; i < 100; ++i) {
    bench.second();
    ASSERT_LE(bench.setpoint(), 2_A);
  }
}

TEST(AgentWithoutLease, ALeaseEndsTheFailsafe) {
  Bench bench(with_failsafe(8_A));
  bench.connect();
  bench.seconds(80);
  EXPECT_EQ(bench.setpoint(), 8_A);
  EXPECT_EQ(bench.grant(14_A).write.draw, 14_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
}

// ---- which limits are accepted ----

TEST(Limit, WithTheSessionsNonceAndAheadIsAccepted) {
  Bench bench;
  bench.connect();
  bench.seconds(5);
  EXPECT_EQ(bench.grant(10_A).write.draw, 10_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_TRUE(bench.saw(AgentEvent::What::LeaseAccepted));
}

TEST(Limit, OfAnotherSessionIsRefused) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.nonce = Nonce{8};
  expect_refused(bench, limit);
}

TEST(Limit, WithoutASessionIsRefused) {
  Bench bench = Bench::following(10_A);
  bench.next.disconnected = true;
  expect_refused(bench, bench.limit(16_A));
}

TEST(Limit, SeenBeforeIsRefused) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.seq = bench.lease()->seq;
  expect_refused(bench, limit);
}

TEST(Limit, WithAnOlderSeqIsRefused) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.seq = Seq{0};
  expect_refused(bench, limit);
}

TEST(Limit, OfAnOlderEpochIsRefusedWhateverItsSeq) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.epoch = Epoch{4};
  limit.seq = Seq{1000};
  expect_refused(bench, limit);
}

TEST(Limit, OfANewerEpochIsAcceptedWhateverItsSeq) {
  Bench bench = Bench::following(10_A);
  bench.grant(11_A);
  Limit limit = bench.limit(16_A);
  limit.epoch = Epoch{6};
  limit.seq = Seq{1};
  EXPECT_EQ(bench.take(limit).write.draw, 16_A);
}

TEST(Limit, OfAnotherControllerWithTheSameEpochIsRefusedWhateverItsSeq) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.boot = BootId{2};
  limit.seq = Seq{1000};
  expect_refused(bench, limit);
  EXPECT_EQ(bench.events.back().text, "is of another controller with the same epoch");
}

TEST(Limit, OfAnotherControllerIsRefusedAlsoWhenTheLeaseHasEndedAndTheStatusSaysWhoIsFollowed) {
  Bench bench;
  bench.connect();
  bench.seconds(5);
  Limit limit = bench.limit(10_A, 2_s);
  limit.boot = BootId{1};
  bench.take(limit);
  EXPECT_EQ(bench.status->ack->term(), (Term{Epoch{5}, BootId{1}}));
  EXPECT_FALSE(bench.status->follows);
  bench.seconds(2);
  ASSERT_EQ(bench.state(), AgentState::Failsafe);
  EXPECT_EQ(bench.status->follows, (Term{Epoch{5}, BootId{1}}));
  limit = bench.limit(10_A);
  limit.boot = BootId{2};
  bench.take(limit);
  EXPECT_EQ(bench.state(), AgentState::Failsafe);
  EXPECT_TRUE(bench.saw(AgentEvent::What::LimitRefused));
}

TEST(Limit, OfAnotherControllerWithANewerEpochIsAccepted) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.epoch = Epoch{6};
  limit.boot = BootId{2};
  EXPECT_EQ(bench.take(limit).write.draw, 16_A);
  EXPECT_EQ(bench.status->ack->boot, BootId{2});
}

TEST(Limit, ThatHasRunOutIsRefused) {
  Bench bench = Bench::following(10_A);
  expect_refused(bench, bench.limit(16_A, 0_s));
}

TEST(Limit, ThatWouldLastLongerThanAMinuteIsRefused) {
  Bench bench = Bench::following(10_A);
  expect_refused(bench, bench.limit(16_A, 60'001_ms));
}

TEST(Limit, OfAMinuteIsAccepted) {
  Bench bench = Bench::following(10_A);
  EXPECT_EQ(bench.grant(16_A, 60_s).write.draw, 16_A);
}

TEST(Limit, NewerOfTwoInOneStepWins) {
  Bench bench = Bench::following(10_A);
  const Limit older = bench.limit(16_A);
  const Limit newer = bench.limit(8_A);
  bench.next.limits = {newer, older};
  EXPECT_EQ(bench.second().write.draw, 8_A);
  EXPECT_TRUE(bench.saw(AgentEvent::What::LimitRefused));
}

// ---- what is taken of a limit ----

TEST(Limit, BelowTheMinimumIsAPause) {
  Bench bench = Bench::following(10_A);
  EXPECT_EQ(bench.grant(5'999_mA).write.draw, 0_A);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>::all(0_A));
}

TEST(Limit, IsRoundedDownToTheDevicesStep) {
  Bench bench = Bench::following(10_A);
  EXPECT_EQ(bench.grant(9'999_mA).write.draw, 9'900_mA);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>::all(9'900_mA));
}

TEST(Limit, IsNotRoundedBelowTheMinimum) {
  AgentSettings settings = three_phase_charger();
  settings.min = 6'090_mA;
  settings.step = 500_mA;
  Bench bench = Bench::following(10_A, settings);
  EXPECT_EQ(bench.grant(6'400_mA).write.draw, 6'090_mA);
}

TEST(Limit, AboveTheMaximumGivesTheMaximum) {
  Bench bench = Bench::following(10_A);
  EXPECT_EQ(bench.grant(63_A).write.draw, 16_A);
}

TEST(Limit, CountsOnThePhaseWhereItIsSmallest) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(0_A);
  limit.max = {{16_A, 9_A, 12_A}};
  EXPECT_EQ(bench.take(limit).write.draw, 9_A);
}

TEST(Limit, OnPhasesTheDeviceDoesNotLoadDoesNotCount) {
  AgentSettings settings = three_phase_charger();
  settings.phases = {Phase::L2};
  Bench bench = Bench::following(10_A, settings);
  Limit limit = bench.limit(0_A);
  limit.max = {{0_A, 9_A, 0_A}};
  EXPECT_EQ(bench.take(limit).write.draw, 9_A);
  EXPECT_EQ(bench.status->ack->limit, (PerPhase<Milliamps>{{0_A, 9_A, 0_A}}));
}

TEST(Limit, ThatMayNotRaiseNeverRaisesAndTheAckSaysWhatWasTaken) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(16_A);
  limit.may_raise = false;
  EXPECT_FALSE(bench.take(limit).write.draw);
  EXPECT_EQ(bench.setpoint(), 10_A);
  EXPECT_EQ(bench.status->ack->seq, limit.seq);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>::all(10_A));
}

TEST(Limit, ThatMayNotRaiseStillLowers) {
  Bench bench = Bench::following(10_A);
  Limit limit = bench.limit(7_A);
  limit.may_raise = false;
  EXPECT_EQ(bench.take(limit).write.draw, 7_A);
}

TEST(Limit, ThatMayNotRaiseLeavesAStartingDeviceAtZero) {
  Bench bench;
  bench.connect();
  bench.seconds(5);
  Limit limit = bench.limit(16_A);
  limit.may_raise = false;
  bench.take(limit);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.setpoint(), 0_A);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>::all(0_A));
}

// ---- the end of a lease ----

TEST(LeaseEnd, GivesZeroAtOnce) {
  Bench bench = Bench::following(10_A);
  bench.grant(10_A, 30_s);
  bench.seconds(29);
  EXPECT_EQ(bench.setpoint(), 10_A);
  EXPECT_EQ(bench.second().write.draw, 0_A);
  EXPECT_EQ(bench.state(), AgentState::Failsafe);
  EXPECT_TRUE(bench.saw(AgentEvent::What::LeaseExpired));
}

TEST(LeaseEnd, IsFollowedByZeroForTheHoldThenTheRampToTheFailsafe) {
  Bench bench = Bench::following(16_A, with_failsafe(9_A));
  bench.grant(16_A, 1_s);
  for (int i = 0; i < 70; ++i) {
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << i;
  }
  EXPECT_EQ(bench.second().write.draw, 6_A);
  EXPECT_EQ(bench.second().write.draw, 9_A);
  bench.seconds(600);
  EXPECT_EQ(bench.setpoint(), 9_A);
  EXPECT_EQ(bench.state(), AgentState::Failsafe);
}

TEST(LeaseEnd, TakesTheAckAway) {
  Bench bench = Bench::following(10_A);
  bench.grant(10_A, 1_s);
  EXPECT_TRUE(bench.status->ack);
  bench.second();
  EXPECT_FALSE(bench.status->ack);
}

TEST(LeaseEnd, CountsTheHoldFromTheLeasesOwnEndWhenTheAgentSlept) {
  Bench bench = Bench::following(16_A, with_failsafe(9_A));
  bench.grant(16_A, 1_s);
  const BootTime until = bench.lease()->until;
  bench.now = bench.now + 40_s;
  bench.second();
  EXPECT_EQ(std::get<Failsafe>(bench.memory.mode).since, until);
}

TEST(LeaseEnd, IsPutOffByARenewal) {
  Bench bench = Bench::following(10_A);
  for (int i = 0; i < 20; ++i) {
    bench.grant(10_A, 30_s);
    bench.seconds(9);
  }
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_FALSE(bench.saw(AgentEvent::What::LeaseExpired));
}

}  // namespace
}  // namespace balans
