// What a device does by itself: its watchdog, memory that wears out, hints, pauses that end, other proofs than a
// register that is read back.
#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

AgentSettings kept_up_by(KeptBy kept_by, Millis refresh) {
  AgentSettings settings = three_phase_charger();
  settings.habits.kept_by = kept_by;
  settings.refresh = refresh;
  return settings;
}

// ---- words to the watchdog ----

TEST(LifeSignal, IsNotReplacedByAWrite) {
  Bench bench = Bench::following(6_A, kept_up_by(KeptBy::LifeSignal, 2_s));
  int said = 0;
  for (int i = 0; i < 20; ++i) said += bench.grant(i % 2 == 0 ? 7_A : 8_A).keep_alive ? 1 : 0;
  EXPECT_GE(said, 5) << "though a setpoint was written every second";
}

TEST(LifeSignal, GoesOnWhileARaiseIsOnItsWay) {
  Bench bench = Bench::following(6_A, kept_up_by(KeptBy::LifeSignal, 1_s));
  bench.second();
  bench.write_hangs = true;
  bench.grant(10_A);
  EXPECT_TRUE(bench.second().keep_alive) << "it holds 6 A or 10 A, and may have 10 A";
}

TEST(LifeSignal, StopsWhileACutHasNotBeenWritten) {
  Bench bench = Bench::following(10_A, kept_up_by(KeptBy::LifeSignal, 1_s));
  bench.second();
  bench.write_hangs = true;
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(bench.grant(6_A).keep_alive) << i;
  bench.write_hangs = false;
  bench.seconds(2);
  EXPECT_TRUE(bench.second().keep_alive);
}

TEST(LifeSignal, StopsWhileWritesFail) {
  Bench bench = Bench::following(6_A, kept_up_by(KeptBy::LifeSignal, 1_s));
  bench.second();
  bench.takes_writes = false;
  bench.grant(10_A);
  bench.second();
  for (int i = 0; i < 8; ++i) ASSERT_FALSE(bench.second().keep_alive) << i;
}

TEST(LifeSignal, OfAnAgentThatStalledOverItsLeaseWaitsForTheZero) {
  for (const KeptBy kept_by : {KeptBy::LifeSignal, KeptBy::LimitWrite, KeptBy::TimeoutWrite}) {
    Bench bench = Bench::following(10_A, kept_up_by(kept_by, 1_s));
    bench.grant(10_A, 10_s);
    bench.second();
    bench.now = bench.lease()->until + 30_s;
    bench.write_hangs = true;
    for (int i = 0; i < 10; ++i) ASSERT_FALSE(bench.second().keep_alive) << i;
    bench.write_hangs = false;
    bench.seconds(3);
    EXPECT_EQ(bench.setpoint(), 0_A);
    EXPECT_TRUE(bench.second().keep_alive) << "it holds 0 A, and that may last";
  }
}

TEST(LifeSignal, StopsWhileTheDeviceShowsMoreThanItWasTold) {
  AgentSettings settings = kept_up_by(KeptBy::LifeSignal, 1_s);
  settings.habits.confirm = {Confirm::ReadBack, Confirm::ReadBack};
  Bench bench = Bench::following(10_A, settings);
  bench.second();
  bench.reads_back_at_once = 10_A;  // it takes the write, and that is all; no poll has come since
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(bench.grant(6_A).keep_alive) << i;
}

TEST(LifeSignal, IsNotSaidToADeviceThatTakesItsZeroAndGoesOn) {
  AgentSettings settings = kept_up_by(KeptBy::LifeSignal, 1_s);
  settings.revert = 60_s;
  Bench bench = Bench::following(10_A, settings);
  bench.draws = 10_A;
  for (int i = 0; i < 20; ++i) bench.grant(0_A);
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(bench.grant(0_A).keep_alive) << "its watchdog may bring it down";
  bench.draws = 0_A;
  bench.seconds(2);
  EXPECT_TRUE(bench.second().keep_alive || bench.second().keep_alive);
}

TEST(LifeSignal, IsSaidAgainOnceTheWatchdogHasKeptADisobedientDeviceDownForAMinute) {
  AgentSettings settings = kept_up_by(KeptBy::LifeSignal, 1_s);
  settings.revert = 60_s;
  settings.device_fallback = 6_A;
  Bench bench = Bench::following(10_A, settings);
  bench.draws = 10_A;
  for (int i = 0; i < 60; ++i) bench.grant(0_A);
  bench.draws = 6_A;  // its safe limit, and still more than its setpoint
  for (int i = 0; i < 59; ++i) ASSERT_FALSE(bench.grant(0_A).keep_alive) << i;
  bench.grant(0_A);
  EXPECT_TRUE(bench.grant(0_A).keep_alive || bench.grant(0_A).keep_alive);
  bench.draws = 10_A;  // it does not obey
  bench.grant(0_A);
  for (int i = 0; i < 60; ++i) ASSERT_FALSE(bench.grant(0_A).keep_alive) << i;
}

TEST(LifeSignal, IsNotSaidBeforeTheDeviceHasBeenTold) {
  Bench bench(kept_up_by(KeptBy::LifeSignal, 1_s));
  bench.write_hangs = true;
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(bench.second().keep_alive) << i;
}

// ---- memory that wears out ----

AgentSettings wearing() {
  AgentSettings settings = three_phase_charger();
  settings.habits.wear_interval = 300_s;
  settings.failsafe = 16_A;
  return settings;
}

TEST(Wear, ARaiseWaitsAndTheAckSaysWhatWasTaken) {
  Bench bench = Bench::following(8_A, wearing());
  bench.grant(12_A);
  EXPECT_EQ(bench.setpoint(), 8_A);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>::all(8_A));
  EXPECT_EQ(bench.status->ask, PerPhase<Milliamps>::all(8_A)) << "nothing is kept for it that it would not use";
  for (int i = 0; i < 30; ++i) {
    bench.grant(12_A);
    bench.seconds(9);
  }
  bench.grant(12_A);
  EXPECT_EQ(bench.setpoint(), 12_A);
}

TEST(Wear, ACutNeverWaits) {
  Bench bench = Bench::following(12_A, wearing());
  for (Milliamps lower : {11_A, 9_A, 6_A, 0_A}) EXPECT_EQ(bench.grant(lower).write.draw, lower);
}

TEST(Wear, OfAWholeDayIsBounded) {
  Bench bench = Bench::following(6_A, wearing());
  int raises = 0;
  Milliamps before = bench.setpoint();
  for (int i = 0; i < 8640; ++i) {
    bench.grant(i % 2 == 0 ? 16_A : 6_A);
    raises += bench.setpoint() > before ? 1 : 0;
    before = bench.setpoint();
    bench.seconds(9);
  }
  EXPECT_LE(raises, 86400 / 300 + 1);
  EXPECT_LE(bench.writes, 2 * (86400 / 300) + 5);
}

TEST(Wear, TheWayToTheFailsafeIsOneWrite) {
  Bench bench = Bench::following(6_A, wearing());
  bench.grant(6_A, 5_s);
  bench.seconds(20);
  const int writes = bench.writes;
  bench.seconds(400);
  EXPECT_EQ(bench.setpoint(), 16_A);
  EXPECT_EQ(bench.writes, writes + 1);
}

TEST(Wear, WhatHasBecomeSmallerIsNotRewrittenBeforeTheInterval) {
  Bench bench = Bench::following(10_A, wearing());
  bench.second();
  bench.reads_back.draw = 6_A;
  const int writes = bench.writes;
  for (int i = 0; i < 25; ++i) {
    bench.grant(10_A);
    bench.seconds(9);
  }
  EXPECT_EQ(bench.writes, writes);
}

// ---- hints, and pauses that end ----

TEST(Hint, IsHeldAtItsNamePlateAndNoFault) {
  AgentSettings settings = three_phase_charger();
  settings.habits.semantics = LimitSemantics::Hint;
  Bench bench = Bench::following(0_A, settings);
  bench.draws = 12_A;
  for (int i = 0; i < 20; ++i) bench.grant(0_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.status->holding, PerPhase<Milliamps>::all(16_A));
  EXPECT_EQ(bench.stage(), AckStage::Effective) << "as far as a hint can be";
}

AgentSettings with_lock(Millis longest) {
  AgentSettings settings = three_phase_charger();
  settings.habits.longest_pause = longest;
  return settings;
}

/// Paused for this long.
Bench paused_for(int seconds, const AgentSettings& settings) {
  Bench bench = Bench::following(0_A, settings);
  for (int i = 0; i < seconds / 10; ++i) {
    bench.grant(0_A);
    bench.seconds(9);
  }
  return bench;
}

TEST(Lock, CountsWithTheNamePlateAMinuteBeforeItEndsByItself) {
  Bench before = paused_for(400, with_lock(600_s));
  EXPECT_EQ(before.holding(), 0_A);
  EXPECT_EQ(before.stage(), AckStage::Effective);
  Bench after = paused_for(560, with_lock(600_s));
  EXPECT_EQ(after.holding(), 16_A);
  EXPECT_EQ(after.stage(), AckStage::Written);
}

TEST(Lock, ThatHasEndedByItselfIsNoFault) {
  Bench bench = paused_for(600, with_lock(600_s));
  bench.draws = 16_A;
  for (int i = 0; i < 20; ++i) bench.grant(0_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.status->fault, "");
}

TEST(Lock, BeginsAnewAfterItRan) {
  Bench bench = paused_for(600, with_lock(600_s));
  bench.grant(10_A);
  bench.draws = 10_A;
  bench.seconds(5);
  bench.grant(0_A);
  bench.draws = 0_A;
  bench.seconds(3);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.holding(), 0_A);
}

// ---- how one knows ----

AgentSettings confirmed_by(Confirm confirm) {
  AgentSettings settings = three_phase_charger();
  settings.habits.confirm = {confirm, confirm};
  return settings;
}

TEST(Confirm, ByReadingBackRightAfterTheWriteWaitsForNoPoll) {
  Bench bench(confirmed_by(Confirm::ReadBack));
  bench.reads_back_at_once = 0_A;
  bench.seconds(10);
  bench.connect();
  bench.reads_back_at_once.reset();
  bench.grant(10_A);
  bench.seconds(3);
  EXPECT_EQ(bench.stage(), AckStage::Written) << "it has not told its setpoint yet";
  bench.reads_back_at_once = 12_A;
  bench.grant(12_A);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Confirm, ByReadingBackMoreThanWasWrittenIsNone) {
  Bench bench = Bench::following(10_A, confirmed_by(Confirm::ReadBack));
  bench.reads_back_at_once = 16_A;
  bench.grant(8_A);
  bench.seconds(20);
  EXPECT_EQ(bench.stage(), AckStage::Written);
}

TEST(Confirm, ByReadingBackAWholeStepMoreIsNone) {
  Bench bench = Bench::following(10_A, confirmed_by(Confirm::ReadBack));
  const Milliamps held = 8_A + three_phase_charger().step;
  bench.reads_back_at_once = bench.reads_back.draw = held;  // it ignores the cut
  bench.grant(8_A);
  bench.seconds(20);
  EXPECT_EQ(bench.stage(), AckStage::Written);
  EXPECT_GE(bench.holding(), held);
}

TEST(Confirm, AppliedMayBeLessAndIsNotWrittenAgain) {
  Bench bench = Bench::following(16_A, confirmed_by(Confirm::Applied));
  bench.reads_back.draw = 10_A;  // its cable carries no more
  const int writes = bench.writes;
  for (int i = 0; i < 30; ++i) {
    bench.grant(16_A);
    bench.seconds(9);
  }
  EXPECT_EQ(bench.writes, writes);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

/// Charges, and shows no more than that.
Bench charging_unmeasured(Confirm confirm) {
  Bench bench = Bench::following(16_A, confirmed_by(confirm));
  bench.draws.reset();
  bench.vehicle = VehicleState::C;
  bench.seconds(3);
  return bench;
}

TEST(Confirm, ByStateAPauseHoldsOnceTheCarHasStopped) {
  Bench bench = charging_unmeasured(Confirm::State);
  for (int i = 0; i < 9; ++i) {
    bench.grant(0_A);
    ASSERT_EQ(bench.holding(), 16_A) << i << ": it still charges";
  }
  bench.vehicle = VehicleState::B;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.holding(), 0_A);
}

TEST(Confirm, ByStateACarThatGoesOnIsAFault) {
  Bench bench = charging_unmeasured(Confirm::State);
  for (int i = 0; i < 15; ++i) bench.grant(0_A);
  EXPECT_EQ(bench.state(), AgentState::Fault);
}

TEST(Confirm, ByStateALowerCurrentIsBelievedAfterSettling) {
  Bench bench = charging_unmeasured(Confirm::State);
  bench.grant(10_A);
  bench.seconds(5);
  EXPECT_EQ(bench.stage(), AckStage::Written);
  bench.seconds(3);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Confirm, ByCurrentTimeAloneProvesNothing) {
  Bench bench = Bench::following(16_A, confirmed_by(Confirm::Current));
  bench.draws.reset();
  bench.second();
  bench.grant(10_A);
  bench.seconds(20);
  EXPECT_EQ(bench.stage(), AckStage::Written);
  bench.draws = 10_A;
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(Offer, TellsWhatTheDeviceDoesByItself) {
  AgentSettings settings = three_phase_charger();
  settings.device_fallback = 6_A;
  settings.fallback_feed = 2_A;
  Bench bench(settings);
  bench.connect();
  bench.second();
  EXPECT_EQ(bench.offer->device_fallback, 6_A);
  EXPECT_EQ(bench.offer->fallback_feed, 2_A);
}

}  // namespace
}  // namespace balans
