#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

/// In a session for long enough that nothing is on its way.
Bench at_rest() {
  Bench bench = Bench::following(10_A);
  bench.seconds(3);
  while (!bench.out.status) bench.second();
  return bench;
}

TEST(Announce, NothingIsSentWithoutASession) {
  Bench bench;
  for (int i = 0; i < 30; ++i) {
    bench.second();
    ASSERT_FALSE(bench.out.offer);
    ASSERT_FALSE(bench.out.status);
  }
}

TEST(Announce, NothingIsSentOnceTheSessionIsLost) {
  Bench bench = at_rest();
  bench.next.disconnected = true;
  for (int i = 0; i < 30; ++i) {
    bench.second();
    ASSERT_FALSE(bench.out.status);
  }
}

TEST(Announce, ASessionBeginsWithAnOfferAndAStatus) {
  Bench bench;
  bench.connect();
  bench.second();
  EXPECT_TRUE(bench.out.offer);
  EXPECT_TRUE(bench.out.status);
  for (int i = 0; i < 30; ++i) {
    bench.second();
    ASSERT_FALSE(bench.out.offer);
  }
}

TEST(Announce, TheOfferSaysWhatTheDeviceCanDo) {
  AgentSettings settings = three_phase_charger();
  settings.kind = DeviceKind::HeatPump;
  settings.phases = {Phase::L1, Phase::L3};
  settings.floor = 6'090_mA;
  settings.failsafe = 7_A;
  settings.weight = 3;
  settings.settle = 8_s;
  settings.revert = 60_s;
  Bench bench(settings);
  bench.connect(Nonce{42});
  const std::optional<Offer> offer = bench.second().offer;
  ASSERT_TRUE(offer);
  Offer expected;
  expected.nonce = Nonce{42};
  expected.kind = DeviceKind::HeatPump;
  expected.phases = {Phase::L1, Phase::L3};
  expected.min = 6_A;
  expected.max = 16_A;
  expected.step = 100_mA;
  expected.floor = 6'090_mA;
  expected.weight = 3;
  expected.failsafe = 7_A;
  expected.settle = 8_s;
  expected.revert = 60_s;
  EXPECT_EQ(*offer, expected);
}

TEST(Announce, AStatusGoesOutEveryFiveSeconds) {
  Bench bench = at_rest();
  std::vector<int> sent;
  for (int s = 1; s <= 15; ++s)
    if (bench.second().status) sent.push_back(s);
  EXPECT_EQ(sent, (std::vector<int>{5, 10, 15}));
}

TEST(Announce, AControllerThatComesIsToldAtOnce) {
  Bench bench = at_rest();
  bench.next.controller_came = true;
  EXPECT_TRUE(bench.second().status);
  EXPECT_FALSE(bench.out.offer) << "it lies at the broker";
  EXPECT_FALSE(bench.second().status);
}

TEST(Announce, AControllerThatComesHearsNothingOfAnAgentWithoutASession) {
  Bench bench;
  bench.next.controller_came = true;
  EXPECT_FALSE(bench.second().status);
}

TEST(Announce, AStatusTellsTheAgentsOwnTimeAndSession) {
  Bench bench = at_rest();
  EXPECT_EQ(bench.status->at.ms(), bench.now.ms());
  EXPECT_EQ(bench.status->nonce, bench.session);
  EXPECT_EQ(bench.status->state, AgentState::Following);
}

TEST(Announce, NewsGoesOutAtOnce) {
  Bench bench = at_rest();
  EXPECT_TRUE(bench.grant(10_A).status) << "an ack";
  bench.vehicle = VehicleState::C;
  EXPECT_TRUE(bench.second().status) << "a vehicle state";
  bench.full = true;
  EXPECT_TRUE(bench.second().status) << "an ask";
  bench.draws = 500_mA;
  EXPECT_TRUE(bench.second().status) << "a current";
  bench.draws.reset();
  EXPECT_TRUE(bench.second().status) << "no current any more";
  bench.reads_back.draw = 16_A;
  EXPECT_TRUE(bench.second().status) << "what it holds";
  EXPECT_FALSE(bench.memory.device.report->current);
}

TEST(Announce, SmallChangesOfCurrentAreNoNews) {
  Bench bench = at_rest();
  bench.draws = 499_mA;
  EXPECT_FALSE(bench.second().status);
  bench.draws = 500_mA;
  EXPECT_TRUE(bench.second().status);
}

TEST(Announce, SmallChangesThatAddUpAreNews) {
  Bench bench = at_rest();
  bench.draws = 300_mA;
  EXPECT_FALSE(bench.second().status);
  bench.draws = 600_mA;
  EXPECT_TRUE(bench.second().status);
}

TEST(Announce, AFreshSessionKeepsTheLease) {
  Bench bench = at_rest();
  const Limit of_old_session = bench.limit(16_A);
  const Seq held = bench.lease()->seq;
  bench.next.disconnected = true;
  bench.second();
  bench.connect(Nonce{8});
  bench.take(of_old_session);
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.setpoint(), 10_A);
  ASSERT_TRUE(bench.out.status);
  EXPECT_EQ(bench.status->nonce, Nonce{8});
  EXPECT_EQ(bench.status->ack->seq, held);
}

TEST(Announce, ASessionLostAndFoundInOneStepIsAFreshSession) {
  Bench bench = at_rest();
  bench.next.disconnected = true;
  bench.connect(Nonce{8});
  bench.second();
  EXPECT_TRUE(bench.out.offer);
  EXPECT_EQ(bench.out.status->nonce, Nonce{8});
}

// ---- what it would draw ----

TEST(Ask, IsTheMaximumOnTheDevicesPhases) {
  AgentSettings settings = three_phase_charger();
  settings.phases = {Phase::L2};
  const Bench bench = Bench::following(6_A, settings);
  EXPECT_EQ(bench.status->ask, (PerPhase<Milliamps>{{0_A, 16_A, 0_A}}));
}

TEST(Ask, IsNothingWhileNoCarCanCharge) {
  for (const VehicleState state : {VehicleState::A, VehicleState::E, VehicleState::F}) {
    Bench bench = at_rest();
    bench.vehicle = state;
    bench.second();
    EXPECT_EQ(bench.status->ask, PerPhase<Milliamps>{}) << name_of(state);
    EXPECT_EQ(bench.status->vehicle, state);
  }
  for (const VehicleState state : {VehicleState::B, VehicleState::C, VehicleState::D}) {
    Bench bench = at_rest();
    bench.vehicle = state;
    bench.second();
    EXPECT_EQ(bench.status->ask, PerPhase<Milliamps>::all(16_A)) << name_of(state);
  }
}

TEST(Ask, IsNothingWhenFull) {
  Bench bench = at_rest();
  bench.full = true;
  bench.second();
  EXPECT_EQ(bench.status->ask, PerPhase<Milliamps>{});
}

TEST(Ask, IsNothingBeforeTheFirstPoll) {
  Bench bench;
  bench.answers = false;
  bench.connect();
  bench.second();
  EXPECT_EQ(bench.status->ask, PerPhase<Milliamps>{});
}

// ---- how old the measured values may be ----

TEST(Measured, IsToldWithTheVehicle) {
  Bench bench = at_rest();
  bench.draws = 9_A;
  bench.vehicle = VehicleState::C;
  bench.second();
  EXPECT_EQ(bench.status->measured, PerPhase<Milliamps>::all(9_A));
  EXPECT_EQ(bench.status->vehicle, VehicleState::C);
}

TEST(Measured, OfAStalePollIsNotTold) {
  Bench bench = at_rest();
  bench.vehicle = VehicleState::C;
  bench.second();
  bench.answers = false;
  bench.seconds(2);
  EXPECT_TRUE(bench.status->measured);
  bench.second();  // the newest poll is 3.2 s old
  ASSERT_TRUE(bench.out.status);
  EXPECT_FALSE(bench.status->measured);
  EXPECT_FALSE(bench.status->vehicle);
}

}  // namespace
}  // namespace balans
