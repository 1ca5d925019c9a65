#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

/// Draws 16 A, as it may.
Bench charging() {
  Bench bench = Bench::following(16_A);
  bench.draws = 16_A;
  bench.second();
  return bench;
}

TEST(Ack, GoesFromAcceptedToWrittenToEffective) {
  Bench bench = charging();
  bench.grant(10_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Written);
  bench.draws = 10_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Ack, AFallSeenAfterTheWriteIsProofAtOnce) {
  Bench bench = charging();
  bench.grant(10_A);
  bench.draws = 10_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.holding(), 10_A);
}

TEST(Ack, ACurrentThatWasLowBeforeTheWriteIsNoProof) {
  Bench bench = Bench::following(16_A);
  bench.grant(10_A);
  for (int i = 0; i < 6; ++i) {
    bench.second();
    ASSERT_EQ(bench.stage(), AckStage::Written) << i;
    ASSERT_EQ(bench.holding(), 16_A);
  }
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.holding(), 10_A);
}

TEST(Ack, TheFallOfAnEarlierCutIsNoProofWhileARaiseMayFollowIt) {
  Bench bench = charging();
  bench.grant(0_A);
  bench.grant(11_A);
  bench.grant(0_A);
  bench.draws = 0_A;
  for (int i = 0; i < 5; ++i) {
    bench.second();
    ASSERT_EQ(bench.stage(), AckStage::Written) << i;
    ASSERT_EQ(bench.holding(), 16_A);
  }
  bench.seconds(2);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Ack, ACurrentThatFellBeforeALateWriteIsNoProof) {
  Bench bench = charging();
  bench.takes_writes = false;
  bench.grant(10_A);
  bench.seconds(3);
  bench.draws = 0_A;
  bench.seconds(2);
  bench.takes_writes = true;
  while (!bench.memory.actuation.draw.written) bench.second();
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(bench.stage(), AckStage::Written) << i;
    bench.second();
  }
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Ack, AFallSinceAnOldPollIsNoProof) {
  Bench bench = charging();
  bench.answers = false;
  bench.seconds(5);
  bench.grant(10_A);
  bench.answers = true;
  bench.draws = 0_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Written);
  EXPECT_EQ(bench.holding(), 16_A);
}

TEST(Ack, ACurrentStillAboveIsNeverEffective) {
  Bench bench = charging();
  bench.grant(14_A);
  bench.draws = 15'001_mA;  // 1 mA more than may be
  bench.seconds(9);
  EXPECT_EQ(bench.stage(), AckStage::Written);
  bench.draws = 15_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Ack, OfADeviceThatDoesNotMeasureIsEffectiveAfterSettling) {
  Bench bench = Bench::following(16_A);
  bench.draws.reset();
  bench.second();
  bench.grant(10_A);
  bench.seconds(6);
  EXPECT_EQ(bench.stage(), AckStage::Written);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Ack, OfARaiseIsEffectiveAsSoonAsWritten) {
  Bench bench = Bench::following(10_A);
  bench.grant(16_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Ack, StaysEffectiveWhenTheSameValueIsRenewed) {
  Bench bench = Bench::following(10_A);
  bench.second();
  ASSERT_EQ(bench.stage(), AckStage::Effective);
  const int writes = bench.writes;
  const Limit renewal = bench.limit(10_A);
  bench.take(renewal);
  EXPECT_EQ(bench.status->ack->seq, renewal.seq);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.writes, writes);
}

TEST(ObeyedUpTo, AllowsOneAmpereOrFivePercent) {
  EXPECT_EQ(obeyed_up_to(0_A), 1_A);
  EXPECT_EQ(obeyed_up_to(10_A), 11_A);
  EXPECT_EQ(obeyed_up_to(32_A), 33'600_mA);
}

TEST(Holding, IsTheMaximumUntilTheFirstZeroIsInEffect) {
  Bench bench;
  bench.seconds(7);
  EXPECT_EQ(bench.holding(), 16_A);
  bench.second();
  EXPECT_EQ(bench.holding(), 0_A);
}

TEST(Holding, IsTheLargestSetpointNotYetSuperseded) {
  Bench bench = charging();
  bench.grant(10_A);
  bench.grant(13_A);
  bench.grant(8_A);
  EXPECT_EQ(bench.holding(), 16_A);
  bench.draws = 13_A;
  bench.seconds(3);
  EXPECT_EQ(bench.holding(), 16_A);
  bench.draws = 8_A;
  bench.second();
  EXPECT_EQ(bench.holding(), 8_A);
}

TEST(Holding, RemembersARaiseThatWasPerhapsWritten) {
  Bench bench = Bench::following(6_A);
  bench.second();
  bench.takes_writes = false;
  bench.grant(12_A);
  bench.grant(6_A);
  EXPECT_EQ(bench.holding(), 12_A);
}

TEST(Holding, IsToldOnTheDevicesPhasesOnly) {
  AgentSettings settings = three_phase_charger();
  settings.phases = {Phase::L3};
  const Bench bench = Bench::following(10_A, settings);
  EXPECT_EQ(bench.status->holding, (PerPhase<Milliamps>{{0_A, 0_A, 10_A}}));
}

// ---- writing ----

TEST(Write, IsNeverAskedForWhileAnotherIsUnderWay) {
  Bench bench = Bench::following(10_A);
  bench.second();
  bench.write_hangs = true;
  EXPECT_EQ(bench.grant(12_A).write.draw, 12_A);
  EXPECT_FALSE(bench.grant(8_A).write.draw);
  EXPECT_FALSE(bench.second().write.draw);
  bench.write_hangs = false;
  EXPECT_EQ(bench.second().write.draw, 8_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);  // the outcome was that of 12 A
}

TEST(Write, ThatFailsIsAskedForAgainAfterTwoSeconds) {
  Bench bench = Bench::following(10_A);
  bench.takes_writes = false;
  EXPECT_TRUE(bench.grant(8_A).write.draw);
  EXPECT_FALSE(bench.second().write.draw);
  EXPECT_EQ(bench.second().write.draw, 8_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
}

TEST(Write, ThatFailsIsAskedForAgainAtTheSecondTickThoughTheClockIsSlow) {
  Bench bench = Bench::following(10_A);
  bench.lasts = 995_ms;
  bench.takes_writes = false;
  EXPECT_TRUE(bench.grant(8_A, 30_s).write.draw);
  for (int again = 0; again < 3; ++again) {
    EXPECT_FALSE(bench.second().write.draw);
    EXPECT_EQ(bench.second().write.draw, 8_A);
  }
}

TEST(Write, OfALeaseMustBeginBeforeItsEnd) {
  Bench bench = Bench::following(10_A);
  bench.grant(8_A, 2_s);
  EXPECT_EQ(bench.out.write_before, bench.lease()->until);
  bench.seconds(2);
  EXPECT_EQ(bench.out.write.draw, 0_A);
  EXPECT_FALSE(bench.out.write_before);
}

TEST(Write, OfZeroComesBeforeOthersHearOfTheAgent) {
  Bench bench;
  bench.second();
  EXPECT_FALSE(bench.memory.announced);
  bench.second();
  EXPECT_TRUE(bench.memory.announced);
}

TEST(Write, OfZeroThatFailsDoesNotHideTheAgent) {
  Bench bench;
  bench.takes_writes = false;
  bench.seconds(2);
  EXPECT_TRUE(bench.memory.announced);
}

TEST(KeepAlive, IsSaidAtTheRefreshInterval) {
  AgentSettings settings = three_phase_charger();
  settings.refresh = 15_s;
  Bench bench = Bench::following(10_A, settings);
  const int writes = bench.writes;
  std::vector<int> said;
  for (int s = 1; s <= 50; ++s)
    if (bench.second().keep_alive) said.push_back(s);
  EXPECT_EQ(said, (std::vector<int>{14, 29, 44}));
  EXPECT_EQ(bench.writes, writes);
}

TEST(KeepAlive, IsNotSaidToADeviceWithoutAWatchdog) {
  Bench bench = Bench::following(10_A);
  for (int i = 0; i < 50; ++i) ASSERT_FALSE(bench.second().keep_alive);
}

// ---- read back ----

TEST(OverwrittenRegister, IsWrittenAgainAndHoldingRises) {
  Bench bench = Bench::following(10_A);
  bench.second();
  bench.reads_back.draw = 14_A;
  EXPECT_EQ(bench.second().write.draw, 10_A);
  EXPECT_EQ(bench.holding(), 14_A);
  EXPECT_EQ(bench.status->holding, PerPhase<Milliamps>::all(14_A));
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
}

TEST(OverwrittenRegister, IsEffectiveAgainOnlyAfterProof) {
  Bench bench = charging();
  bench.grant(10_A);
  bench.draws = 6_A;
  bench.second();
  ASSERT_EQ(bench.stage(), AckStage::Effective);
  bench.reads_back.draw = 16_A;
  bench.second();
  bench.reads_back.draw = 10_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Written);  // 6 A before and after proves nothing
  EXPECT_EQ(bench.holding(), 16_A);
  bench.seconds(6);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.holding(), 10_A);
}

TEST(OverwrittenRegister, ThatIsSmallerThanWhatWasWrittenIsWrittenAgainAfterAMinute) {
  Bench bench = Bench::following(10_A);
  bench.reads_back.draw = 10_A;
  bench.seconds(5);
  bench.reads_back.draw = 0_A;  // it has reverted by itself
  const int before = bench.writes;
  int seconds = 0;
  for (; bench.writes == before && seconds < 100; ++seconds) bench.grant(10_A);
  EXPECT_EQ(bench.out.write.draw, 10_A);
  EXPECT_LE(seconds, 60);
  EXPECT_GE(seconds, 50);
}

TEST(OverwrittenRegister, IsNotSeenInWhatADeviceRoundsToItsStep) {
  Bench bench = Bench::following(10_A);
  bench.second();
  bench.reads_back.draw = 10'100_mA;
  EXPECT_FALSE(bench.second().write.draw);
  EXPECT_EQ(bench.holding(), 10_A);
}

TEST(OverwrittenRegister, IsNotSeenInAPollFromBeforeTheWrite) {
  Bench bench = charging();
  bench.reads_back.draw = 16_A;
  bench.write_hangs = true;
  bench.grant(10_A);
  EXPECT_FALSE(bench.second().write.draw);
  EXPECT_EQ(bench.holding(), 16_A);
}

}  // namespace
}  // namespace balans
