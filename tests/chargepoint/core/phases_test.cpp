// Which phases a session loads, and what of a limit is taken then.
#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

using Amps = PerPhase<Milliamps>;

/// A car that loads the first phase alone, with all three granted.
Bench one_phase_car() {
  Bench bench = Bench::following(16_A);
  bench.vehicle = VehicleState::C;
  bench.draws_by_phase = Amps{{15'500_mA, 0_A, 0_A}};
  return bench;
}

/// The same, after it has shown that.
Bench shown() {
  Bench bench = one_phase_car();
  bench.seconds(31);
  EXPECT_EQ(bench.memory.session.loads, PhaseSet{Phase::L1});
  return bench;
}

/// Draws 16 A where only that phase is granted.
Bench shown_and_granted() {
  Bench bench = shown();
  bench.grant(16_A, 0_A, 0_A);
  bench.seconds(2);
  return bench;
}

// ---- at plug-in ----

TEST(PlugIn, HoldsZeroUntilEveryConnectedPhaseIsGranted) {
  Bench bench = Bench::following(0_A);
  bench.vehicle = VehicleState::C;
  bench.grant(16_A, 0_A, 0_A);
  EXPECT_EQ(bench.setpoint(), 0_A);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>{});
  EXPECT_FALSE(bench.status->phases);
  bench.grant(16_A, 9_A, 12_A);
  EXPECT_EQ(bench.setpoint(), 9_A);
  EXPECT_EQ(bench.status->ack->limit, Amps::all(9_A));
}

TEST(PlugIn, AsksForAllPhases) {
  Bench bench = one_phase_car();
  bench.seconds(10);
  EXPECT_EQ(bench.status->ask, Amps::all(16_A));
}

// ---- what is shown ----

TEST(SessionPhases, AreShownAfterThirtySecondsOfDrawing) {
  Bench bench = one_phase_car();
  bench.seconds(30);
  EXPECT_FALSE(bench.memory.session.loads);
  bench.second();
  EXPECT_EQ(bench.status->phases, PhaseSet{Phase::L1});
  EXPECT_EQ(bench.status->ask, (Amps{{16_A, 0_A, 0_A}}));
  EXPECT_TRUE(bench.saw(AgentEvent::What::PhasesShown));
}

TEST(SessionPhases, AreThoseWithHalfAnAmpereAtAnyTimeMeanwhile) {
  Bench bench = one_phase_car();
  bench.seconds(10);
  bench.draws_by_phase = Amps{{15_A, 500_mA, 499_mA}};
  bench.second();
  bench.draws_by_phase = Amps{{15_A, 0_A, 0_A}};
  bench.seconds(20);
  EXPECT_EQ(bench.status->phases, (PhaseSet{Phase::L1, Phase::L2}));
}

TEST(SessionPhases, AreNotShownByLittleCurrent) {
  Bench bench = one_phase_car();
  bench.draws_by_phase = Amps{{1'999_mA, 0_A, 0_A}};
  bench.seconds(100);
  EXPECT_FALSE(bench.memory.session.loads);
}

TEST(SessionPhases, AreNotShownByAPauseInBetween) {
  Bench bench = one_phase_car();
  for (int i = 0; i < 5; ++i) {
    bench.grant(16_A);
    bench.seconds(20);
    bench.draws_by_phase = Amps{};
    bench.second();
    bench.draws_by_phase = Amps{{15_A, 0_A, 0_A}};
  }
  EXPECT_FALSE(bench.memory.session.loads);
}

TEST(SessionPhases, AreNotShownWithoutALeaseOnAll) {
  AgentSettings settings = three_phase_charger();
  settings.failsafe = 8_A;
  Bench bench = Bench::following(16_A, settings);
  bench.vehicle = VehicleState::C;
  bench.grant(16_A, 1_s);
  bench.seconds(75);
  bench.draws_by_phase = Amps{{8_A, 0_A, 0_A}};
  bench.seconds(75);
  EXPECT_EQ(bench.setpoint(), 8_A);
  EXPECT_FALSE(bench.memory.session.loads);
}

TEST(SessionPhases, OfADeviceThatCannotTellWhetherACarIsThereAreNeverShown) {
  Bench bench = one_phase_car();
  bench.vehicle.reset();
  bench.seconds(50);
  EXPECT_FALSE(bench.memory.session.loads);
}

// ---- what follows ----

TEST(OnePhaseCar, NeedsALimitOnItsPhaseOnly) {
  Bench bench = shown();
  bench.grant(16_A, 0_A, 0_A);
  EXPECT_EQ(bench.setpoint(), 16_A);
  EXPECT_EQ(bench.status->ack->limit, (Amps{{16_A, 0_A, 0_A}}));
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective) << "nothing flowed on the others";
  EXPECT_EQ(bench.status->holding, (Amps{{16_A, 0_A, 0_A}}));
}

TEST(OnePhaseCar, FollowsTheLimitOfItsPhaseWhateverTheOthersAre) {
  Bench bench = shown();
  bench.grant(12_A, 6_A, 3_A);
  EXPECT_EQ(bench.setpoint(), 12_A);
  EXPECT_EQ(bench.status->ack->limit, (Amps{{12_A, 6_A, 3_A}})) << "what is granted counts as taken";
}

TEST(OnePhaseCar, IsNotRaisedUnderTheLeaseInWhichItShowedItself) {
  Bench bench = Bench::following(0_A);
  bench.vehicle = VehicleState::C;
  bench.grant(16_A, 9_A, 9_A);
  bench.draws_by_phase = Amps{{9_A, 0_A, 0_A}};
  bench.seconds(40);
  EXPECT_TRUE(bench.memory.session.loads);
  EXPECT_EQ(bench.setpoint(), 9_A) << "the controller may have given the rest away by the ack of 9 A";
  bench.grant(16_A, 9_A, 9_A);
  EXPECT_EQ(bench.setpoint(), 16_A);
}

TEST(OnePhaseCar, ThatLoadsAnotherPhaseIsStoppedAtOnce) {
  Bench bench = shown_and_granted();
  ASSERT_EQ(bench.setpoint(), 16_A);
  bench.draws_by_phase = Amps{{16_A, 1'501_mA, 0_A}};
  EXPECT_EQ(bench.second().write.draw, 0_A);
  EXPECT_FALSE(bench.status->phases);
  EXPECT_EQ(bench.status->ack->limit, PerPhase<Milliamps>{});
  EXPECT_TRUE(bench.saw(AgentEvent::What::PhasesForgotten));
}

TEST(OnePhaseCar, MayShowStrayCurrentOnTheOthers) {
  Bench bench = shown_and_granted();
  bench.draws_by_phase = Amps{{16_A, 1'500_mA, 900_mA}};
  for (int i = 0; i < 50; ++i) ASSERT_EQ(bench.second().memory.actuation.draw.target.setpoint, 16_A) << i;
}

TEST(OnePhaseCar, ThatWasStoppedStaysSoUntilAllPhasesAreGranted) {
  Bench bench = shown_and_granted();
  bench.draws_by_phase = Amps{{16_A, 3_A, 0_A}};
  bench.second();
  bench.draws_by_phase = Amps{};
  bench.grant(16_A, 0_A, 0_A);
  EXPECT_EQ(bench.setpoint(), 0_A);
  bench.grant(16_A, 7_A, 7_A);
  EXPECT_EQ(bench.setpoint(), 7_A);
}

TEST(OnePhaseCar, ThatLoadsAnotherPhaseFallsToTheSmallestLimit) {
  Bench bench = shown();
  bench.grant(16_A, 9_A, 7_A);
  bench.draws_by_phase = Amps{{16_A, 3_A, 0_A}};
  EXPECT_EQ(bench.second().write.draw, 7_A);
}

TEST(NewSession, ForgetsThePhases) {
  for (const VehicleState state : {VehicleState::A, VehicleState::E, VehicleState::F}) {
    Bench bench = shown_and_granted();
    bench.vehicle = state;
    bench.draws_by_phase = Amps{};
    EXPECT_EQ(bench.second().write.draw, 0_A) << name_of(state);
    EXPECT_FALSE(bench.status->phases);
    bench.vehicle = VehicleState::C;
    bench.grant(16_A, 0_A, 0_A);
    EXPECT_EQ(bench.setpoint(), 0_A);
  }
}

TEST(NewSession, ThatCouldNotBeSeenForgetsThePhases) {
  Bench bench = shown_and_granted();
  bench.answers = false;
  bench.seconds(4);
  EXPECT_TRUE(bench.memory.session.loads);
  EXPECT_EQ(bench.second().write.draw, 0_A);
  EXPECT_FALSE(bench.memory.session.loads);
}

TEST(NewSession, MayLoadWithAllPhasesWhatTheDeviceStillHolds) {
  Bench bench = shown_and_granted();
  ASSERT_EQ(bench.status->holding, (Amps{{16_A, 0_A, 0_A}}));
  bench.takes_writes = false;
  bench.vehicle = VehicleState::A;
  bench.draws_by_phase = Amps{};
  bench.second();
  EXPECT_EQ(bench.status->holding, Amps::all(16_A)) << "the next car may have three phases";
  bench.takes_writes = true;
  bench.seconds(10);
  EXPECT_EQ(bench.status->holding, Allowance{});
}

TEST(NewSession, IsNotAPauseOfTheCar) {
  Bench bench = shown_and_granted();
  bench.vehicle = VehicleState::B;
  bench.draws_by_phase = Amps{};
  bench.seconds(20);
  EXPECT_EQ(bench.setpoint(), 16_A);
}

TEST(NewSession, DoesNotKeepWhatWasAckedOfTheOld) {
  Bench bench = shown();
  bench.grant(16_A, 9_A, 9_A);
  bench.vehicle = VehicleState::A;
  bench.draws_by_phase = Amps{};
  bench.second();
  EXPECT_EQ(bench.setpoint(), 9_A);
  bench.seconds(8);
  EXPECT_EQ(bench.status->ack->limit, Amps::all(9_A));
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(OnePhaseCar, KeepsItsClaimWhenItMayNotBeRaised) {
  Bench bench = shown();
  bench.grant(12_A, 0_A, 0_A);
  bench.second();
  Limit limit = bench.limit(16_A);
  limit.may_raise = false;
  bench.take(limit);
  EXPECT_EQ(bench.setpoint(), 12_A);
  EXPECT_EQ(bench.status->ack->limit, (Amps{{12_A, 0_A, 0_A}})) << "another phase would be a raise too";
}

}  // namespace
}  // namespace balans
