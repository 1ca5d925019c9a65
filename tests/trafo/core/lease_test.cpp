#include "tests/trafo/core/lease_book.hpp"

namespace balans {
namespace {

TEST_F(LeaseBook, AfterAStartEverybodyIsBookedAtTheMaximum) { EXPECT_EQ(booked(), 16_A); }

TEST_F(LeaseBook, TheRestartBookingEndsWhenNoOldLeaseCanStillBeFollowed) {
  const Millis until = defaults::kTtlMax + *down_after(agent);
  wait(until - 1_ms);
  EXPECT_EQ(booked(), 16_A);
  wait(1_ms);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(LeaseBook, WithoutAWatchdogTheRestartBookingStaysUntilTheAgentAnswers) {
  Enrolment stubborn = charger();
  stubborn.revert.reset();
  enrol(stubborn);
  wait(24 * 60 * 60'000_ms);
  EXPECT_EQ(booked(), 16_A);
  hear();
  hear_ack(give(6_A), AckStage::Effective);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, AFreshNonceAloneChangesNoEnvelope) {
  hear();
  session = Nonce{12};
  hear();
  EXPECT_EQ(booked(), 16_A);
}

TEST_F(LeaseBook, AnAckOfThisEpochLeavesOnlyWhatTheAgentHolds) {
  hear();
  const Limit limit = give(6_A);
  Status s = status();
  s.holding = all(10_A);
  s.ack = Ack{limit.epoch, limit.boot, limit.seq, limit.max, AckStage::Accepted};
  hear(s);
  EXPECT_EQ(booked(), 10_A);
  hear_ack(limit, AckStage::Effective);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, NoAgentHoldsMoreThanItIsEnrolledFor) {
  hear();
  const Limit limit = give(6_A);
  Status s = status();
  s.holding = all(63_A);
  s.ack = Ack{limit.epoch, limit.boot, limit.seq, limit.max, AckStage::Written};
  hear(s);
  EXPECT_EQ(booked(), 16_A);
}

TEST_F(LeaseBook, ALimitIsBookedFromTheMomentItIsGiven) {
  settle();
  give(13_A);
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, OnlyAnEffectiveAckShrinksTheEnvelope) {
  settle();
  hear_ack(give(13_A), AckStage::Effective);
  const Limit cut = give(6_A);
  EXPECT_EQ(booked(), 13_A);
  hear_ack(cut, AckStage::Accepted);
  EXPECT_EQ(booked(), 13_A);
  hear_ack(cut, AckStage::Written);
  EXPECT_EQ(booked(), 13_A);
  hear_ack(cut, AckStage::Effective);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, AnEffectiveAckOfAnOlderLimitKeepsTheNewer) {
  settle();
  const Limit low = give(6_A);
  give(13_A);
  hear_ack(low, AckStage::Effective);
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, AcksOfAnotherEpochAreNothing) {
  settle();
  hear_ack(give(13_A), AckStage::Effective);
  Limit cut = give(6_A);
  cut.epoch = Epoch{6};
  hear_ack(cut, AckStage::Effective);
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, AcksOfAnotherControllerWithTheSameEpochAreNothing) {
  settle();
  hear_ack(give(13_A), AckStage::Effective);
  Limit cut = give(6_A);
  cut.boot = BootId{71};
  hear_ack(cut, AckStage::Effective);
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, AcksOfLimitsNeverSentAreNothing) {
  settle();
  Limit limit = give(13_A);
  limit.seq = Seq{1000};
  hear_ack(limit, AckStage::Effective, all(0_A));
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, AnAgentThatTakesLessIsBookedAtLess) {
  settle();
  const Limit limit = give(13_A);
  Status s = status();
  s.holding = all(6_A);
  s.ack = Ack{limit.epoch, limit.boot, limit.seq, all(6_A), AckStage::Accepted};
  hear(s);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, AnAgentThatGivesBackIsBookedAtWhatItHoldsUntilThatIsEffective) {
  settle();
  const Limit limit = give(13_A);
  hear_ack(limit, AckStage::Effective);
  Status s = status();
  s.holding = all(13_A);
  s.ack = Ack{limit.epoch, limit.boot, limit.seq, all(0_A), AckStage::Written};
  hear(s);
  EXPECT_EQ(booked(), 13_A);
  s.holding = all(0_A);
  s.ack->stage = AckStage::Effective;
  hear(s);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(LeaseBook, ADeviceThatIsSeenToGoOnIsNotForgottenByTime) {
  settle();
  give(13_A);
  now = now + site.ttl + lease_margin(site) + *down_after(agent);
  Status s = status();
  s.measured = all(10_A);
  hear(s);
  wait(1_s);
  EXPECT_EQ(booked(), 13_A);
  s.at = agent_clock();
  s.measured = all(0_A);
  hear(s);
  wait(1_s);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(LeaseBook, AnAgentCannotTakeMoreThanItWasGiven) {
  settle();
  hear_ack(give(6_A), AckStage::Effective, all(16_A));
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, AHeldLimitIsBookedUntilTheWatchdogHasActedAfterTheLease) {
  settle();
  give(13_A);
  const Millis until = site.ttl + lease_margin(site) + *down_after(agent);
  wait(until - 1_ms);
  EXPECT_EQ(booked(), 13_A);
  wait(1_ms);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(LeaseBook, WithoutAWatchdogTimeShrinksNothing) {
  Enrolment stubborn = charger();
  stubborn.revert.reset();
  enrol(stubborn);
  settle();
  give(13_A);
  wait(24 * 60 * 60'000_ms);
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, AContactorHeldByTheAgentFreesWhatADeviceWithoutAWatchdogHeld) {
  Enrolment stubborn = charger();
  stubborn.revert.reset();
  stubborn.contactor = 10_s;
  enrol(stubborn);
  settle();
  give(13_A);
  const Millis until = site.ttl + lease_margin(site) + *down_after(agent);
  wait(until - 1_ms);
  EXPECT_EQ(booked(), 13_A);
  wait(1_ms);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(LeaseBook, ARenewalMakesAllThatIsHeldLastAsLongAsItself) {
  settle();
  hear_ack(give(13_A), AckStage::Accepted);
  wait(20_s);
  hear();
  give(6_A);  // never acked: the agent may still be writing the 13 A until this one ends
  wait(20_s);
  EXPECT_EQ(booked(), 13_A);
}

TEST_F(LeaseBook, ALeaseEndsTtlAfterTheNewestStatusOnTheAgentsOwnClock) {
  hear();
  const AgentTime at = agent_clock();
  wait(4_s);
  const Limit limit = give(6_A);
  EXPECT_EQ(limit.until, at + site.ttl);
  EXPECT_EQ(limit.nonce, kSession);
}

TEST_F(LeaseBook, AStatusThatComesLateDoesNotMoveTheClockBack) {
  const Status late = status();
  wait(5_s);
  hear();
  const AgentTime newest = agent_clock();
  wait(1_s);
  hear(late);
  EXPECT_EQ(give(6_A).until, newest + site.ttl);
}

TEST_F(LeaseBook, NoLeaseIsGivenOnAnOldStatus) {
  EXPECT_FALSE(can_lease(book, site, now));
  hear();
  EXPECT_TRUE(can_lease(book, site, now));
  wait(site.ttl);
  EXPECT_FALSE(can_lease(book, site, now));
}

TEST_F(LeaseBook, LateMessagesOfAnEarlierSessionAreIgnored) {
  hear();
  session = Nonce{12};
  hear();
  session = kSession;
  EXPECT_FALSE(hear());
  EXPECT_EQ(book.session, Nonce{12});
}

TEST_F(LeaseBook, ASessionFirstHeardOfLateDoesNotLockOutTheOneThatFollowedIt) {
  session = Nonce{12};
  hear();
  session = Nonce{5};  // the session before, of which nothing has been heard yet
  hear();
  session = Nonce{12};
  wait(defaults::kAgentSilentAfter + 1_s);
  EXPECT_TRUE(hear());
  EXPECT_EQ(book.session, Nonce{12});
}

TEST_F(LeaseBook, HoweverManyLimitsStayUnansweredTheLargestIsBooked) {
  settle();
  give(16_A);
  for (int i = 0; i < 100; ++i) give(6_A);
  EXPECT_LE(book.held.size(), 16u);
  EXPECT_EQ(booked(), 16_A);
}

TEST_F(LeaseBook, AnAcceptedAckSaysNothingOfTheLimitsBeforeIt) {
  settle();
  give(16_A);
  const Limit second = give(6_A);
  for (int i = 0; i < 15; ++i) give(6_A);  // the first two have become one entry
  hear_ack(second, AckStage::Accepted);
  EXPECT_EQ(booked(), 16_A);
  hear_ack(second, AckStage::Effective);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, WhatTheDeviceEntersByItselfIsAlwaysBooked) {
  Enrolment with_fallback = charger();
  with_fallback.device_fallback = 8_A;
  enrol(with_fallback);
  hear();
  hear_ack(give(0_A), AckStage::Effective);
  EXPECT_EQ(booked(), 8_A);
}

class FailsafeBooking : public LeaseBook {
 protected:
  void SetUp() override {
    Enrolment cautious = charger();
    cautious.failsafe = 6_A;
    cautious.settle = 3_s;
    enrol(cautious);
    ASSERT_GT(failsafe_booked_after(site), 0_ms);
  }
};

TEST_F(FailsafeBooking, EndsWithAnEffectiveAck) {
  hear();
  const Limit limit = give(0_A);
  hear_ack(limit, AckStage::Accepted, all(0_A));
  EXPECT_GE(booked(), 6_A);
  hear_ack(limit, AckStage::Effective);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(FailsafeBooking, BeginsAgainAFixedTimeAfterTheSendTimeOfTheNewestAckedLimit) {
  hear();
  const Limit limit = give(0_A);
  wait(2_s);  // the ack takes its time; what counts is when the limit was sent
  hear_ack(limit, AckStage::Effective);
  wait(failsafe_booked_after(site) - 2_s - 1_ms);
  EXPECT_EQ(booked(), 0_A);
  wait(1_ms);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(FailsafeBooking, ALimitSentButNotAckedPutsNothingOff) {
  hear();
  hear_ack(give(0_A), AckStage::Effective);
  wait(failsafe_booked_after(site) - 1_s);
  hear();
  give(0_A);
  wait(1_s);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(FailsafeBooking, ALateAckOfAnOldLimitDoesNotEndIt) {
  hear();
  const Limit limit = give(0_A);
  wait(failsafe_booked_after(site));
  hear_ack(limit, AckStage::Effective);
  EXPECT_EQ(booked(), 6_A);
}

TEST_F(LeaseBook, AnAckBoundsHowOldAStatusCanBe) {
  hear();
  EXPECT_FALSE(sent_not_before(book, agent_clock()));
  const BootTime sent = now;
  const Limit limit = give(6_A);
  wait(3_s);
  hear_ack(limit, AckStage::Effective);
  EXPECT_EQ(sent_not_before(book, agent_clock()), sent);
  EXPECT_EQ(sent_not_before(book, agent_clock() + 10_s), sent + 10_s - 100_ms);  // 1 % for drift
  session = Nonce{12};
  hear();
  EXPECT_FALSE(sent_not_before(book, agent_clock()));
}

}  // namespace
}  // namespace balans
