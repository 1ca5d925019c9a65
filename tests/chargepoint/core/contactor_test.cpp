// 0, confirmed 0 A, switch, confirmed, raise.
#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

using Amps = PerPhase<Milliamps>;

AgentSettings switching() {
  AgentSettings settings = three_phase_charger();
  settings.fewer_phases = {Phase::L1};
  return settings;
}

enum class Reads : std::uint8_t { Back, Nothing };

/// Draws 16 A on three phases, which it has been told to connect.
Bench on_three(Reads reads = Reads::Back) {
  Bench bench(switching());
  if (reads == Reads::Back) bench.phase_mode = PhaseMode::All;
  bench.vehicle = VehicleState::C;
  bench.seconds(10);
  bench.connect();
  bench.grant(16_A);
  for (int i = 0; i < 10 && bench.setpoint() == 0_A; ++i) bench.second();
  EXPECT_EQ(bench.setpoint(), 16_A);
  bench.draws = 16_A;
  bench.seconds(2);
  return bench;
}

/// Draws 16 A on the first phase alone.
Bench on_one() {
  Bench bench = on_three();
  bench.grant(16_A, 0_A, 0_A);
  bench.second();
  bench.draws = 0_A;
  for (int i = 0; i < 10 && bench.setpoint() == 0_A; ++i) bench.second();
  EXPECT_EQ(bench.setpoint(), 16_A);
  bench.draws_by_phase = Amps{{16_A, 0_A, 0_A}};
  bench.seconds(2);
  return bench;
}

TEST(PhaseSwitch, OfADeviceThatIsOnThreeAlreadyIsNotTouched) {
  Bench bench = on_three();
  EXPECT_EQ(bench.switches_ordered, 0);
  EXPECT_EQ(bench.status->ack->limit, Amps::all(16_A));
}

TEST(PhaseSwitch, GoesByZeroInEffectThenSwitchThenRaise) {
  Bench bench = on_three();
  bench.grant(16_A, 0_A, 0_A);
  EXPECT_EQ(bench.out.write.draw, 0_A);
  EXPECT_FALSE(bench.out.switch_to) << "current still flows";
  EXPECT_EQ(bench.status->ack->limit, (Amps{{16_A, 0_A, 0_A}}));
  bench.seconds(3);
  EXPECT_FALSE(bench.out.switch_to);
  EXPECT_EQ(bench.stage(), AckStage::Accepted);
  bench.draws = 0_A;
  EXPECT_EQ(bench.second().switch_to, PhaseMode::Fewer);
  EXPECT_EQ(bench.setpoint(), 0_A);
  EXPECT_EQ(bench.stage(), AckStage::Accepted) << "not while it switches";
  for (int i = 0; i < 6; ++i) {
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << "what is read back may be the order, not the contactor: " << i;
  }
  EXPECT_EQ(bench.second().write.draw, 16_A);
  bench.second();
  EXPECT_EQ(bench.stage(), AckStage::Effective);
  EXPECT_EQ(bench.status->holding, (Amps{{16_A, 0_A, 0_A}}));
  EXPECT_TRUE(bench.saw(AgentEvent::What::PhasesSwitched));
}

TEST(PhaseSwitch, GoesBackTheSameWay) {
  Bench bench = on_one();
  bench.grant(10_A);
  EXPECT_EQ(bench.out.write.draw, 0_A);
  EXPECT_FALSE(bench.out.switch_to);
  bench.second();
  bench.draws_by_phase = Amps{};
  EXPECT_EQ(bench.second().switch_to, PhaseMode::All);
  bench.seconds(8);
  EXPECT_EQ(bench.setpoint(), 10_A);
  EXPECT_EQ(bench.status->ack->limit, Amps::all(10_A));
}

TEST(PhaseSwitch, CountsOnAllPhasesWhileTheDeviceIsOnAll) {
  Bench bench = on_three();
  bench.switches = false;  // it says yes and does nothing
  bench.grant(16_A, 0_A, 0_A);
  bench.draws = 0_A;
  for (int i = 0; i < 50; ++i) {
    if (i % 20 == 0) bench.grant(16_A, 0_A, 0_A);
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << i;
  }
  EXPECT_EQ(bench.status->fault, "its phases do not switch");
  bench.grant(9_A);
  bench.seconds(10);
  EXPECT_EQ(bench.setpoint(), 9_A);
  EXPECT_EQ(bench.state(), AgentState::Following);
}

TEST(PhaseSwitch, ThatCannotBeReadBackIsTrustedAfterSettling) {
  Bench bench = on_three(Reads::Nothing);
  const int ordered = bench.switches_ordered;
  bench.grant(16_A, 0_A, 0_A);
  bench.draws = 0_A;
  while (bench.switches_ordered == ordered) bench.second();
  for (int i = 0; i < 6; ++i) {
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << i;
  }
  bench.second();
  EXPECT_EQ(bench.setpoint(), 16_A);
}

TEST(PhaseSwitch, ThatFailsIsTriedAgain) {
  Bench bench = on_three();
  bench.grant(16_A, 0_A, 0_A);
  bench.second();
  bench.takes_writes = false;
  bench.draws = 0_A;
  bench.seconds(7);
  EXPECT_GE(bench.switches_ordered, 3);
  EXPECT_EQ(bench.status->fault, "device: write timeout");
  bench.takes_writes = true;
  bench.seconds(12);
  EXPECT_EQ(bench.setpoint(), 16_A);
  EXPECT_EQ(bench.status->fault, "");
}

TEST(PhaseSwitch, BySomebodyElseIsNoticedAtOnce) {
  Bench bench = on_one();
  bench.phase_mode = PhaseMode::All;
  EXPECT_EQ(bench.second().write.draw, 0_A);
  bench.draws_by_phase = Amps{};
  bench.seconds(12);
  EXPECT_EQ(bench.phase_mode, PhaseMode::Fewer);
  EXPECT_EQ(bench.setpoint(), 16_A);
}

TEST(PhaseSwitch, ToFewerBySomebodyElseIsBelievedAfterSettling) {
  Bench bench = on_three();
  bench.draws = 0_A;
  bench.grant(16_A, 0_A, 0_A);
  bench.phase_mode = PhaseMode::Fewer;
  for (int i = 0; i < 6; ++i) {
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << i;
  }
  bench.seconds(3);
  EXPECT_EQ(bench.setpoint(), 16_A);
  EXPECT_EQ(bench.switches_ordered, 0);
}

TEST(PhaseSwitch, WithAWeldedContactIsNotTrustedUntilTheCarHasGone) {
  Bench bench = on_one();
  bench.draws_by_phase = Amps{{16_A, 16_A, 0_A}};
  EXPECT_EQ(bench.second().write.draw, 0_A);
  EXPECT_EQ(bench.status->fault, "draws on a phase that it has switched off");
  bench.draws_by_phase = Amps{};
  bench.grant(16_A, 0_A, 0_A);
  bench.seconds(20);
  EXPECT_EQ(bench.setpoint(), 0_A);
  bench.vehicle = VehicleState::A;
  bench.second();
  bench.vehicle = VehicleState::C;
  bench.grant(16_A, 0_A, 0_A);
  bench.second();
  EXPECT_EQ(bench.setpoint(), 16_A);
}

TEST(PhaseSwitch, IsNotWornForACarThatLoadsOnePhaseAnyway) {
  Bench bench = on_three();
  bench.draws_by_phase = Amps{};
  bench.second();
  bench.draws_by_phase = Amps{{16_A, 0_A, 0_A}};
  bench.seconds(32);
  ASSERT_EQ(bench.status->phases, PhaseSet{Phase::L1});
  bench.grant(16_A, 0_A, 0_A);
  bench.seconds(5);
  EXPECT_EQ(bench.setpoint(), 16_A);
  EXPECT_EQ(bench.switches_ordered, 0);
}

TEST(PhaseSwitch, ShowsNothingOfWhatTheCarCouldLoad) {
  Bench bench = on_one();
  for (int i = 0; i < 10; ++i) {
    bench.grant(16_A, 0_A, 0_A);
    bench.seconds(5);
  }
  EXPECT_FALSE(bench.memory.session.loads);
}

TEST(PhaseSwitch, IsLeftWhenTheLeaseEndsOrIsZero) {
  Bench bench = on_three();
  bench.draws = 0_A;
  bench.grant(0_A);
  bench.seconds(30);
  bench.grant(0_A, 1_s);
  bench.seconds(30);
  EXPECT_EQ(bench.switches_ordered, 0);
}

TEST(PhaseSwitch, FailsafeCountsOnAllPhases) {
  AgentSettings settings = switching();
  settings.failsafe = 8_A;
  Bench bench(settings);
  bench.connect();
  bench.seconds(80);
  EXPECT_EQ(bench.setpoint(), 8_A);
  EXPECT_EQ(bench.status->holding, Amps::all(8_A));
  EXPECT_EQ(bench.switches_ordered, 0);
}

TEST(PhaseSwitch, IsOffered) {
  Bench bench(switching());
  bench.connect();
  EXPECT_EQ(bench.second().offer->fewer_phases, PhaseSet{Phase::L1});
}

}  // namespace
}  // namespace balans
