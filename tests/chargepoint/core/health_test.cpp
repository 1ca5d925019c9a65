#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

AgentSettings with_watchdog() {
  AgentSettings settings = three_phase_charger();
  settings.revert = 60_s;
  return settings;
}

/// Seconds until the device may be polled again.
int seconds_of_silence(Bench& bench) {
  int silent = 0;
  while (!bench.out.poll && silent < 1000) {
    EXPECT_FALSE(bench.out.write.draw);
    EXPECT_FALSE(bench.out.keep_alive);
    bench.second();
    ++silent;
  }
  return silent;
}

// ---- no answer ----

TEST(Polls, ThatFailForThreeSecondsAreAFault) {
  Bench bench = Bench::following(10_A);
  bench.answers = false;
  bench.seconds(3);
  EXPECT_EQ(bench.state(), AgentState::Following);
  bench.second();
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(bench.status->fault, "device: timeout");
  EXPECT_TRUE(bench.saw(AgentEvent::What::Fault));
}

TEST(Polls, LostNowAndThenAreNoFault) {
  Bench bench = Bench::following(10_A);
  for (int i = 0; i < 10; ++i) {
    bench.answers = false;
    bench.seconds(3);
    bench.answers = true;
    bench.second();
  }
  EXPECT_FALSE(bench.saw(AgentEvent::What::Fault));
}

TEST(Writes, ThatFailForThreeSecondsAreAFault) {
  Bench bench = Bench::following(10_A);
  bench.takes_writes = false;
  bench.grant(8_A);
  bench.seconds(3);
  EXPECT_EQ(bench.state(), AgentState::Following);
  bench.second();
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(bench.status->fault, "device: write timeout");
}

TEST(Fault, EndsWithAnAnswer) {
  Bench bench = Bench::following(10_A);
  bench.answers = false;
  bench.seconds(6);
  EXPECT_EQ(bench.state(), AgentState::Fault);
  bench.answers = true;
  bench.second();
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.status->fault, "");
}

TEST(Fault, OfWritesDoesNotEndWithAPoll) {
  Bench bench = Bench::following(10_A);
  bench.takes_writes = false;
  bench.grant(8_A);
  for (int i = 0; i < 30; ++i) {
    bench.second();
    ASSERT_EQ(bench.state() == AgentState::Fault, i >= 3) << i;
  }
  bench.takes_writes = true;
  bench.seconds(2);
  EXPECT_EQ(bench.state(), AgentState::Following);
}

TEST(Fault, DoesNotKeepALeaseAlive) {
  Bench bench = Bench::following(10_A);
  bench.grant(10_A, 20_s);
  bench.answers = false;
  bench.seconds(20);
  EXPECT_EQ(bench.setpoint(), 0_A);
  EXPECT_EQ(bench.out.write.draw, 0_A);
}

TEST(Fault, OfLongTextIsCutToWhatAStatusCanCarry) {
  Bench bench = Bench::following(10_A);
  bench.answers = false;
  bench.seconds(3);
  bench.memory.device.polls->why = std::string(1000, 'x');
  bench.out.poll = false;  // nothing new this second
  bench.second();
  EXPECT_EQ(bench.status->fault.size(), 160U);
}

// ---- silence ----

TEST(Silence, BeginsAfterTenSecondsWithoutAnAnswerAndLastsUntilTheDeviceHasRevertedAndSettled) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.answers = false;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(bench.second().poll) << i;
  EXPECT_FALSE(bench.second().poll);
  EXPECT_EQ(seconds_of_silence(bench), 66);
}

TEST(Silence, BeginsAfterTenSecondsOfFailingWritesThoughPollsSucceed) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.takes_writes = false;
  bench.grant(8_A);
  bench.seconds(10);
  EXPECT_TRUE(bench.out.poll);
  bench.second();
  EXPECT_FALSE(bench.out.poll);
  EXPECT_EQ(seconds_of_silence(bench), 66);
}

TEST(Silence, ComesAgainAfterTenMoreSecondsWithoutAnAnswerAndTheFaultStays) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.answers = false;
  bench.seconds(11);
  seconds_of_silence(bench);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(bench.out.poll) << i;
    ASSERT_EQ(bench.state(), AgentState::Fault) << i;
    bench.second();
  }
  EXPECT_FALSE(bench.out.poll);
  EXPECT_EQ(bench.state(), AgentState::Fault);
}

TEST(Silence, IsNotBrokenByALimit) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.answers = false;
  bench.seconds(11);
  EXPECT_FALSE(bench.grant(8_A).write.draw);
  EXPECT_FALSE(bench.second().write.draw);
  EXPECT_EQ(bench.setpoint(), 8_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
}

TEST(Silence, IsFollowedByAFreshWriteAsTheDeviceHasRevertedByItself) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.answers = false;
  bench.seconds(11);
  bench.answers = true;
  while (!bench.out.poll) bench.grant(10_A);
  EXPECT_EQ(bench.out.write.draw, 10_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.state(), AgentState::Following);
}

TEST(Silence, IsNoUseWhereThereIsNoWatchdog) {
  Bench bench = Bench::following(10_A);
  bench.answers = false;
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(bench.second().poll) << i;
  EXPECT_EQ(bench.state(), AgentState::Fault);
}

/// Goes on `seconds` after the end of a lease of ten seconds, during which nothing has run.
void stall_over_the_lease(Bench& bench, Millis seconds) {
  bench.grant(10_A, 10_s);
  bench.second();
  bench.out.poll = false;  // what was asked for has been answered
  bench.now = bench.lease()->until + seconds - 1_s;
  bench.second();
}

TEST(Silence, IsKeptByAnAgentThatStalledOverTheEndOfItsLeaseUntilTheDeviceHasReverted) {
  Bench bench = Bench::following(10_A, with_watchdog());
  stall_over_the_lease(bench, 20_s);
  EXPECT_FALSE(bench.out.poll);
  EXPECT_EQ(seconds_of_silence(bench), 66);
  EXPECT_EQ(bench.out.write.draw, 0_A);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(bench.second().poll) << i << ": it has the device again";
  EXPECT_EQ(bench.state(), AgentState::Failsafe);
}

TEST(Silence, IsNotKeptByOneThatStalledForAMomentOnly) {
  Bench bench = Bench::following(10_A, with_watchdog());
  stall_over_the_lease(bench, 5_s);
  EXPECT_TRUE(bench.out.poll);
  EXPECT_EQ(bench.out.write.draw, 0_A);
}

TEST(Silence, BeginsSoonAfterTheLeaseWhereTheLastWriteHasNoOutcome) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.grant(10_A, 10_s);
  bench.seconds(9);
  bench.write_hangs = true;
  const BootTime end = bench.lease()->until;
  while (bench.out.poll && bench.now < end + 60_s) bench.second();
  EXPECT_LE(bench.now, end + defaults::kGivesUpAfter);
}

TEST(Silence, IsLongerByWhatWasUnderWayWhenItBegan) {
  Bench bench = Bench::following(10_A, with_watchdog());
  bench.answers = false;
  bench.seconds(11);
  ASSERT_FALSE(bench.out.poll);
  bench.second();
  bench.next.poll_error = "device: timeout";
  bench.second();
  EXPECT_EQ(seconds_of_silence(bench), 66);
}

TEST(Silence, BeginsAtOnceWhereTheVeryFirstWordFailsAndTheFaultIsTold) {
  Bench bench(with_watchdog());
  bench.takes_writes = false;
  bench.seconds(2);
  EXPECT_FALSE(bench.out.poll);
  EXPECT_TRUE(bench.memory.announced);
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(seconds_of_silence(bench), 66);
}

TEST(Silence, OfADeviceThatWasOnlyBootingIsOverAfterItsWatchdogsTime) {
  Bench bench(with_watchdog());
  bench.takes_writes = bench.answers = false;
  bench.seconds(2);
  bench.takes_writes = bench.answers = true;
  seconds_of_silence(bench);
  bench.connect();
  bench.seconds(2);
  bench.grant(10_A);
  bench.seconds(8);  // nobody knows what it held
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

// ---- disobedience ----

TEST(Disobedience, ForTenSecondsIsAFaultAndAPause) {
  Bench bench = Bench::following(10_A);
  bench.draws = 16_A;
  bench.seconds(10);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.second().write.draw, 0_A);
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(bench.status->fault, "draws 16000 mA of 10000 mA");
}

TEST(Disobedience, OfASlowDeviceIsToldFromSettling) {
  AgentSettings settings = three_phase_charger();
  settings.settle = 30_s;
  Bench bench = Bench::following(16_A, settings);
  bench.draws = 16_A;
  bench.seconds(30);  // its first 0 has settled by now
  bench.grant(10_A);
  bench.seconds(30);
  EXPECT_EQ(bench.state(), AgentState::Following);
  bench.seconds(5);
  EXPECT_EQ(bench.state(), AgentState::Fault);
}

TEST(Disobedience, WithinTheSlackIsNone) {
  Bench bench = Bench::following(10_A);
  bench.draws = 11_A;
  bench.seconds(30);
  EXPECT_EQ(bench.state(), AgentState::Following);
}

TEST(Disobedience, ThatStopsInTimeIsNone) {
  Bench bench = Bench::following(10_A);
  for (int i = 0; i < 5; ++i) {
    bench.draws = 16_A;
    bench.seconds(9);
    bench.draws = 10_A;
    bench.grant(10_A);
  }
  EXPECT_FALSE(bench.saw(AgentEvent::What::Fault));
}

TEST(Disobedience, LastsAsLongAsThePauseIsNotObeyed) {
  Bench bench = Bench::following(10_A);
  bench.draws = 16_A;
  for (int i = 0; i < 60; ++i) bench.grant(10_A);
  EXPECT_EQ(bench.state(), AgentState::Fault);
  EXPECT_EQ(bench.setpoint(), 0_A);
  EXPECT_EQ(bench.holding(), 10_A);  // 0 never came into effect
}

TEST(Disobedience, IsNotAckedAsEffective) {
  Bench bench = Bench::following(10_A);
  bench.second();
  ASSERT_EQ(bench.stage(), AckStage::Effective);
  bench.draws = 16_A;
  bench.seconds(11);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>::all(10_A));
}

TEST(Disobedience, EndsWhenThePauseIsObeyedAndTheLeaseIsFollowedAgainAfterAMinute) {
  Bench bench = Bench::following(10_A);
  bench.draws = 16_A;
  for (int i = 0; i < 12; ++i) bench.grant(10_A);
  bench.draws = 0_A;
  bench.grant(10_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.status->fault, "");
  for (int i = 0; i < 57; ++i) {
    bench.grant(10_A);
    ASSERT_EQ(bench.setpoint(), 0_A) << i << ": it would only begin again";
  }
  bench.grant(10_A);
  bench.grant(10_A);
  EXPECT_EQ(bench.setpoint(), 10_A);
}

/// Seconds from a cut that the device ignores until it is paused.
int seconds_to_pause(DeviceKind kind, Reason reason) {
  AgentSettings settings = three_phase_charger();
  settings.kind = kind;
  Bench bench = Bench::following(16_A, settings);
  bench.draws = 16_A;
  bench.seconds(10);
  Limit cut = bench.limit(8_A);
  cut.reason = reason;
  bench.take(cut);
  int seconds = 0;
  for (; bench.setpoint() > 0_A && seconds < 100; ++seconds) bench.second();
  EXPECT_TRUE(bench.saw(AgentEvent::What::Paused));
  return seconds;
}

TEST(Disobedience, OfACarInOverloadIsAPauseFiveSecondsAfterTheWriteAndAFaultOnlyLater) {
  EXPECT_EQ(seconds_to_pause(DeviceKind::Charger, Reason::Overload), 6);
  EXPECT_EQ(seconds_to_pause(DeviceKind::Charger, Reason::Capacity), 11);
  EXPECT_EQ(seconds_to_pause(DeviceKind::HeatPump, Reason::Overload), 11) << "a compressor is given its time";
}

}  // namespace
}  // namespace balans
