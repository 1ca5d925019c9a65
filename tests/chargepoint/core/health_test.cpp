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

TEST(Disobedience, EndsWhenThePauseIsObeyedAndTheLeaseIsFollowedAgain) {
  Bench bench = Bench::following(10_A);
  bench.draws = 16_A;
  bench.seconds(12);
  bench.draws = 0_A;
  EXPECT_EQ(bench.second().write.draw, 10_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.status->fault, "");
}

}  // namespace
}  // namespace balans
