#include "trafo/core/decide.hpp"

#include <gtest/gtest.h>

#include "tests/trafo/core/bench.hpp"

namespace balans {
namespace {

TEST(Decide, GivesEverybodyWhatItAsksForWhereThereIsEnough) {
  Bench bench(3, 120_A, 20_A);
  bench.run(60);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(bench.limit(i), 32_A) << i;
  EXPECT_EQ(bench.reason(0), Reason::Unlimited);
}

TEST(Decide, SharesWhatThereIs) {
  Bench bench(3, 60_A, 20_A);
  bench.run(90);
  EXPECT_LE(bench.limits(), 40_A);
  EXPECT_GE(bench.limits(), 38_A);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(static_cast<double>(bench.limit(i).count()), 13'300, 600) << i;
}

TEST(Decide, WithoutAMeterNobodyIsRaised) {
  Bench bench(2, 100_A, 20_A);
  bench.meter_reads = false;
  bench.run(60);
  EXPECT_EQ(bench.limits(), 0_A);
  EXPECT_EQ(bench.reason(0), Reason::StaleMeter);
}

TEST(Decide, AMeterThatStopsRaisesNobodyAnyMore) {
  Bench bench(2, 60_A, 20_A);
  bench.agents[1].ask = {};
  bench.agents[0].ask = PerPhase<Milliamps>::all(10_A);
  bench.run(60);
  const Milliamps before = bench.limit(0);
  bench.meter_reads = false;
  bench.run(3);  // a sample younger than that may still raise
  bench.agents[0].ask = PerPhase<Milliamps>::all(32_A);
  for (int i = 0; i < 60; ++i) {
    bench.tick();
    ASSERT_LE(bench.limit(0), before) << i;
  }
}

TEST(Decide, UnderAnUntrustedMeterNoLimitMayRaise) {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  bench.meter_shows = PerPhase<Milliamps>::all(-30_A);
  bench.tick();
  for (int i = 0; i < 40; ++i) {
    for (const OutgoingLimit& out : bench.tick().limits) EXPECT_FALSE(out.limit.may_raise);
    EXPECT_EQ(bench.decision.state.nodes[0].quality, MeterQuality::Implausible);
  }
}

TEST(Decide, TheSameOldValueFedAgainDoesNotMakeASawtooth) {
  Bench bench(4, 60_A, 20_A);
  bench.run(120);
  const Milliamps before = bench.limit(2);
  bench.meter_reads = false;
  for (int i = 0; i < 60; ++i) {
    bench.tick();
    EXPECT_LE(bench.limit(2), before) << i;
  }
}

TEST(Decide, AJumpInBaseLoadIsCutWithinOneTickOfTheSampleThatShowsIt) {
  Bench bench(10, 100_A, 20_A);
  bench.run(120);
  EXPECT_GE(bench.limits(), 75_A);
  bench.base = PerPhase<Milliamps>::all(70_A);
  bench.site.nodes[0].design_peak_base = bench.base;
  bench.tick();
  EXPECT_LE(bench.limits(), 30_A);
  bench.run(3);
  EXPECT_LE(bench.limits(), 30_A);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(bench.envelope_of(i) <= 16_A) << i;
}

TEST(Decide, AfterAFallInBaseLoadNobodyIsRaisedForTenSeconds) {
  Bench bench(2, 60_A, 40_A);
  bench.run(90);
  const Milliamps before = bench.limits();
  bench.base = PerPhase<Milliamps>::all(10_A);
  for (int i = 0; i < 10; ++i) {
    bench.tick();
    EXPECT_LE(bench.limits(), before) << i;
  }
  bench.run(60);
  EXPECT_GE(bench.limits(), 48_A);
}

TEST(Decide, ARaiseWaitsUntilTheOtherHasReallyComeDown) {
  Bench bench(2, 46_A, 20_A);
  bench.agents[1].ask = {};
  bench.run(60);
  ASSERT_EQ(bench.limit(0), 26_A);
  bench.agents[0].obeys = false;  // writes, and does not follow
  bench.agents[1].ask = PerPhase<Milliamps>::all(32_A);
  for (int i = 0; i < 60; ++i) {
    bench.tick();
    EXPECT_LE(bench.envelope_of(0) + bench.envelope_of(1), 26_A) << i;
    EXPECT_EQ(bench.limit(1), 0_A) << i;
  }
  bench.agents[0].obeys = true;
  bench.run(60);
  EXPECT_GE(bench.limit(1), 12_A);
}

TEST(Decide, OneDeviceThatDoesNotReactTakesNoMoreThanItsEnvelope) {
  Bench bench(6, 100_A, 20_A);
  bench.run(90);
  const Milliamps share = bench.limit(0);
  bench.agents[0].speaks = false;  // goes on drawing
  bench.run(120);
  EXPECT_TRUE(bench.decision.state.devices[0].silent);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_GE(bench.limit(i), 6_A) << i;
  EXPECT_LE(bench.limits() - bench.limit(0), 80_A - share);
}

TEST(Decide, ASilentAgentWithoutAWatchdogKeepsItsEnvelopeForGood) {
  Bench bench(2, 60_A, 20_A);
  for (Enrolment& agent : bench.site.agents) agent.revert.reset();
  bench.memory = fresh_memory(bench.site, bench.now);
  bench.run(90);
  const Milliamps held = bench.envelope_of(0);
  ASSERT_GT(held, 6_A);
  bench.agents[0].speaks = false;
  bench.agents[0].obeys = false;
  bench.agents[0].drawn = 0_A;  // for now
  bench.run(3600);
  EXPECT_EQ(bench.envelope_of(0), held);
  EXPECT_LE(bench.envelope_of(0) + bench.envelope_of(1), 40_A);
}

TEST(Decide, ASilentAgentWithAWatchdogIsForgottenWhenItHasActed) {
  Bench bench(2, 60_A, 20_A);
  bench.run(90);
  bench.agents[0].speaks = false;
  bench.agents[0].obeys = false;
  bench.agents[0].drawn = 0_A;
  bench.run(90);
  EXPECT_EQ(bench.envelope_of(0), 0_A);
  EXPECT_EQ(bench.limit(1), 32_A);
}

TEST(Decide, AfterARestartNobodyIsRaisedBeforeAllAreBooked) {
  Bench bench(2, 60_A, 20_A);
  bench.run(90);
  bench.agents[1].speaks = false;
  ++bench.epoch.value;
  bench.memory = fresh_memory(bench.site, bench.now);
  for (int i = 0; i < 60; ++i) {
    bench.tick();
    EXPECT_EQ(bench.envelope_of(1), 32_A) << i;  // its maximum: nobody knows what it holds
    EXPECT_LE(bench.limit(0), 20_A) << i;
    for (const OutgoingLimit& out : bench.decision.limits) EXPECT_LE(out.limit.max.draw.largest(), 20_A);
  }
}

TEST(Decide, ALimitSentWhileMoreIsBookedThanThereIsMayNotRaise) {
  Bench bench(4, 60_A, 20_A);  // four times 32 A booked at the start
  for (const OutgoingLimit& out : bench.tick().limits) EXPECT_FALSE(out.limit.may_raise);
}

TEST(Decide, InOverloadOthersMakeRoomForADeviceThatDoesNotComeDownAndItIsGivenNoMore) {
  Bench bench(3, 80_A, 20_A);
  for (Enrolment& agent : bench.site.agents) agent.settle = 6_s;
  bench.run(120);
  ASSERT_EQ(bench.limits(), 60_A);
  bench.agents[0].obeys = false;  // it stays at its 20 A
  bench.base = PerPhase<Milliamps>::all(41_A);
  int over = 0;
  while (bench.load(0)[Phase::L1] > 80_A && over < 60) {
    bench.tick();
    ++over;
    EXPECT_LE(bench.limit(0), 20_A);
  }
  EXPECT_LE(over, 7) << "seconds; it is known to be stuck only after ten";
  EXPECT_FALSE(bench.notices(Notice::What::Stuck));
  EXPECT_GE(bench.limits(), 30_A) << "the others lose no more than what it draws too much";
  for (int i = 0; i < 60; ++i) {
    bench.tick();
    ASSERT_LE(bench.load(0)[Phase::L1], 80_A) << i;
  }
}

TEST(Decide, InOverloadNobodyMakesRoomForDevicesThatComeDownInTime) {
  Bench bench(3, 80_A, 20_A);
  bench.run(120);
  bench.agents[0].obeys = false;
  bench.base = PerPhase<Milliamps>::all(41_A);
  for (int i = 0; i < 3; ++i) bench.tick();
  bench.agents[0].obeys = true;
  bench.run(3);
  EXPECT_GE(bench.limits(), 38_A);
}

TEST(Decide, AnAgentInALeaseOfALaterEpochIsReported) {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  bench.agents[0].newest->epoch = Epoch{9};
  bench.tick();
  EXPECT_EQ(bench.decision.higher_epoch, Epoch{9});
  EXPECT_TRUE(bench.notices(Notice::What::HigherEpoch));
}

TEST(Decide, AnOfferBeyondTheEnrolmentIsRefused) {
  Bench bench(1, 60_A, 20_A);
  Snapshot snapshot;
  snapshot.now = bench.now;
  snapshot.epoch = bench.epoch;
  snapshot.mail.resize(1);
  snapshot.mail[0].offer = bench.offer(0);
  snapshot.mail[0].offer->max = 63_A;
  const Decision decision = decide(bench.site, snapshot, bench.memory);
  ASSERT_EQ(decision.notices.size(), 1u);
  EXPECT_EQ(decision.notices[0].what, Notice::What::OfferRefused);
  EXPECT_FALSE(decision.memory.agents[0].offer);
}

TEST(Decide, AnOfferWithoutTheContactorThatIsCountedOnIsRefused) {
  Bench bench(1, 60_A, 20_A);
  bench.site.agents[0].contactor = 10_s;
  bench.run(3);
  EXPECT_FALSE(bench.memory.agents[0].offer);
  bench.agents[0].says.emplace();
  bench.agents[0].says->contactor = 11_s;
  bench.run(3);
  EXPECT_FALSE(bench.memory.agents[0].offer) << "it drops out too late";
  bench.agents[0].says->contactor = 10_s;
  bench.run(3);
  EXPECT_TRUE(bench.memory.agents[0].offer);
}

TEST(Decide, AnOfferThatFallsBackToMoreThanIsBookedIsRefused) {
  Bench bench(1, 60_A, 20_A);
  bench.site.agents[0].device_fallback = 6_A;
  bench.agents[0].says.emplace();
  bench.agents[0].says->device_fallback = 7_A;
  bench.run(3);
  EXPECT_FALSE(bench.memory.agents[0].offer);
  bench.agents[0].says->device_fallback = 6_A;
  bench.run(3);
  EXPECT_TRUE(bench.memory.agents[0].offer);
}

TEST(Decide, WhatIsBookedOnAPhaseThatADeviceDoesNotOfferIsNotGivenToOthersThere) {
  Bench bench(2, 62_A, 20_A);
  bench.site.agents[1].phases = PhaseSet{Phase::L2};
  bench.memory = fresh_memory(bench.site, bench.now);
  // The first says that it loads L1 only. It is enrolled for all three, and acks nothing: 32 A stay booked on each.
  bench.agents[0].offers = PhaseSet{Phase::L1};
  bench.agents[0].acks = false;
  for (int i = 0; i < 60; ++i) {
    bench.tick();
    const DeviceState& second = bench.decision.state.devices[1];
    EXPECT_EQ(bench.decision.state.devices[0].envelope.draw[Phase::L2], 32_A) << i;
    if (i > 2) {
      EXPECT_LE(second.limit.draw[Phase::L2], 10_A) << i;
    }
  }
  EXPECT_GE(bench.limit(1), 9_A);
}

TEST(Decide, NobodyIsRaisedBeforeTheBaseLoadIsCertain) {
  Bench bench(1, 120_A, 20_A);
  for (int i = 0; i < 10; ++i) {
    for (const OutgoingLimit& out : bench.tick().limits) EXPECT_FALSE(out.limit.may_raise) << i;
    EXPECT_EQ(bench.agents[0].taken, 0_A) << i;
  }
  bench.run(10);
  EXPECT_EQ(bench.agents[0].taken, 32_A);
}

TEST(Decide, ADeviceThatDrawsLessIsCappedNearWhatItDrawsAndTheRestGoesToOthers) {
  Bench bench(2, 46_A, 20_A);
  bench.agents[0].appetite = 6_A;
  bench.run(180);
  EXPECT_LE(bench.limit(0), 9_A);
  EXPECT_EQ(bench.reason(0), Reason::Reclaim);
  EXPECT_GE(bench.limit(1), 16_A);
  EXPECT_LE(bench.limits(), 26_A);
}

TEST(Decide, SetpointsDoNotWindUpAboveWhatAPausedCarMayTake) {
  Bench bench(3, 45_A, 20_A);
  bench.agents[0].appetite = 6_A;
  for (int i = 0; i < 600; ++i) {
    bench.tick();
    Milliamps booked;
    for (std::size_t a = 0; a < 3; ++a) booked += bench.envelope_of(a);
    if (i > 5) {
      EXPECT_LE(booked, 25_A) << i;
    }
  }
}

TEST(Decide, ADeviceAboveItsLimitForTenSecondsIsStuck) {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  bench.agents[0].obeys = false;
  bench.agents[0].acks = true;
  bench.base = PerPhase<Milliamps>::all(50_A);
  bench.run(9);
  EXPECT_FALSE(bench.decision.state.devices[0].stuck);
  bench.run(6);
  EXPECT_TRUE(bench.decision.state.devices[0].stuck);
}

TEST(Decide, AnAgentInFaultGetsNoLease) {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  bench.agents[0].state = AgentState::Fault;
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(bench.tick().limits.empty());
}

TEST(Decide, LimitsAreRenewedEveryThirdOfTheirTtl) {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  std::size_t sent = 0;
  for (int i = 0; i < 60; ++i) sent += bench.tick().limits.size();
  EXPECT_EQ(sent, 6u);
}

/// A car that may draw 32 A of 60 A beside 20 A, and has begun to draw less; its limit has just been renewed.
Bench with_a_limit_that_is_hardly_used() {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  bench.agents[0].appetite = 10_A;
  bench.run(12);
  while (bench.tick().limits.empty()) continue;
  return bench;
}

TEST(Decide, WhatMayBeTooMuchIsNotMadeToLastLonger) {
  Bench bench = with_a_limit_that_is_hardly_used();
  ASSERT_EQ(bench.limit(0), 32_A);
  bench.run(6);
  bench.base = PerPhase<Milliamps>::all(30_A);  // it may be too much from here, and certainly is six seconds later
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(bench.tick().limits.empty()) << i;
  bench.run(2);
  EXPECT_LE(bench.limit(0), 30_A);
}

TEST(Decide, DoubtThatDoesNotEndCostsNoLease) {
  Bench bench = with_a_limit_that_is_hardly_used();
  int since = 0, longest = 0;
  for (int i = 0; i < 40; ++i) {
    bench.base = PerPhase<Milliamps>::all(i % 4 < 2 ? 30_A : 20_A);
    since = bench.tick().limits.empty() ? since + 1 : 0;
    longest = std::max(longest, since);
  }
  EXPECT_EQ(bench.limit(0), 32_A);
  EXPECT_GT(longest, 10) << "in doubt";
  EXPECT_LT(longest, 18);
}

TEST(Decide, ALimitWithoutAnAckIsSentAgainSoon) {
  Bench bench(1, 60_A, 20_A);
  bench.run(60);
  bench.agents[0].acks = false;
  std::size_t sent = 0;
  for (int i = 0; i < 30; ++i) sent += bench.tick().limits.size();
  EXPECT_GE(sent, 8u);
}

TEST(Decide, TheSameSnapshotAndMemoryGiveTheSameBytes) {
  Bench bench(5, 60_A, 20_A);
  Bench twin(5, 60_A, 20_A);
  for (int i = 0; i < 200; ++i) {
    const Decision& a = bench.tick();
    const Decision& b = twin.tick();
    ASSERT_EQ(encode(a.state), encode(b.state)) << i;
    ASSERT_EQ(a.limits.size(), b.limits.size()) << i;
    for (std::size_t l = 0; l < a.limits.size(); ++l) ASSERT_EQ(encode(a.limits[l].limit), encode(b.limits[l].limit));
  }
}

TEST(Decide, TenOf32AmperesOn40AmperesAllGetTheirTurn) {
  Bench bench(10, 60_A, 20_A);
  std::vector<bool> served(10);
  for (int i = 0; i < 45 * 60; ++i) {
    bench.tick();
    for (std::size_t a = 0; a < 10; ++a) served[a] = served[a] || bench.limit(a) >= 6_A;
  }
  for (std::size_t a = 0; a < 10; ++a) EXPECT_TRUE(served[a]) << a;
}

}  // namespace
}  // namespace balans
