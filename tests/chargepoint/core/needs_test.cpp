// What the agent tells of needs and wishes, and levels.
#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

using Amps = PerPhase<Milliamps>;

AgentSettings with_need() {
  AgentSettings settings = three_phase_charger();
  settings.session_need = 10'000_Wh;
  return settings;
}

/// Nothing is plugged in; the counter stands at 5 MWh.
Bench waiting() {
  Bench bench(with_need());
  bench.vehicle = VehicleState::A;
  bench.counter = 5'000'000_Wh;
  bench.ready_by = UnixTime(1'554'307'200'000);
  bench.connect();
  bench.seconds(70);
  return bench;
}

Bench plugged_in() {
  Bench bench = waiting();
  bench.vehicle = VehicleState::B;
  bench.second();
  return bench;
}

TEST(Need, IsOfferedWhenSomethingIsPluggedIn) {
  Bench bench = waiting();
  EXPECT_FALSE(bench.offer->energy_needed);
  EXPECT_FALSE(bench.offer->departs);
  bench.vehicle = VehicleState::B;
  ASSERT_TRUE(bench.second().offer);
  EXPECT_EQ(bench.offer->energy_needed, 10'000_Wh);
  EXPECT_EQ(bench.offer->departs, UnixTime(1'554'307'200'000));
  EXPECT_EQ(bench.offer->nonce, bench.session);
}

TEST(Need, ShrinksByWhatHasBeenDrawnInSteps) {
  Bench bench = plugged_in();
  *bench.counter += 249_Wh;
  bench.seconds(100);
  EXPECT_EQ(bench.offer->energy_needed, 10'000_Wh);
  *bench.counter += 1_Wh;
  bench.second();
  EXPECT_EQ(bench.offer->energy_needed, 9'750_Wh);
  *bench.counter += 50'000_Wh;
  bench.seconds(61);
  EXPECT_EQ(bench.offer->energy_needed, 0_Wh);
}

TEST(Need, IsOfferedAtMostOnceAMinute) {
  Bench bench = plugged_in();
  int offers = 0;
  for (int s = 0; s < 600; ++s) {
    *bench.counter += 10_Wh;
    if (bench.second().offer) ++offers;
  }
  EXPECT_EQ(offers, 10);
}

TEST(Need, BeginsAnewWithTheNextCar) {
  Bench bench = plugged_in();
  *bench.counter += 4'000_Wh;
  bench.seconds(60);
  EXPECT_EQ(bench.offer->energy_needed, 6'000_Wh);
  bench.vehicle = VehicleState::A;
  bench.seconds(60);
  EXPECT_FALSE(bench.offer->energy_needed);
  bench.vehicle = VehicleState::C;
  bench.seconds(60);
  EXPECT_EQ(bench.offer->energy_needed, 10'000_Wh);
}

TEST(Need, OfADeviceThatIsAlwaysThereBeginsAnewWhenItShouldHaveBeenReady) {
  Bench bench(with_need());
  bench.counter = 1'000_Wh;
  bench.ready_by = UnixTime(1'000'000);
  bench.connect();
  bench.seconds(2);
  *bench.counter += 3'000_Wh;
  bench.seconds(61);
  EXPECT_EQ(bench.offer->energy_needed, 7'000_Wh);
  bench.ready_by = UnixTime(87'400'000);
  bench.seconds(61);
  EXPECT_EQ(bench.offer->energy_needed, 10'000_Wh);
  EXPECT_EQ(bench.offer->departs, bench.ready_by);
}

TEST(Need, ACounterThatBeginsAgainBeginsTheSessionAgain) {
  Bench bench = plugged_in();
  *bench.counter += 4'000_Wh;
  bench.seconds(60);
  bench.counter = 12_Wh;
  bench.seconds(60);
  EXPECT_EQ(bench.offer->energy_needed, 10'000_Wh);
  EXPECT_EQ(bench.status->session_energy, 0_Wh);
}

TEST(SessionEnergy, IsToldWhileSomethingIsPluggedIn) {
  Bench bench = waiting();
  EXPECT_FALSE(bench.status->session_energy);
  bench.vehicle = VehicleState::C;
  bench.second();
  *bench.counter += 1'234_Wh;
  bench.seconds(6);
  EXPECT_EQ(bench.status->session_energy, 1'234_Wh);
  EXPECT_EQ(bench.status->energy, 5'001'234_Wh);
}

TEST(Offer, TellsWishesAndTimes) {
  AgentSettings settings = three_phase_charger();
  settings.comfort = 8_A;
  settings.volunteers_for = 120'000;
  settings.min_on = 300_s;
  settings.min_off = 60_s;
  settings.failsafe_hold = 99_s;
  settings.levels = {6_A, 10_A};
  settings.min_feed = 1_A;
  settings.max_feed = 9_A;
  settings.failsafe_feed = 3_A;
  Bench bench(settings);
  bench.connect();
  const Offer offer = *bench.second().offer;
  EXPECT_EQ(offer.comfort, 8_A);
  EXPECT_EQ(offer.volunteers_for, 120'000);
  EXPECT_EQ(offer.min_on, 300_s);
  EXPECT_EQ(offer.min_off, 60_s);
  EXPECT_EQ(offer.failsafe_hold, 99_s) << "how long Q really is";
  EXPECT_EQ(offer.levels, settings.levels);
  EXPECT_EQ(offer.min_feed, 1_A);
  EXPECT_EQ(offer.max_feed, 9_A);
  EXPECT_EQ(offer.failsafe_feed, 3_A);
}

TEST(MinimumOnTime, DoesNotPutOffACut) {
  AgentSettings settings = three_phase_charger();
  settings.min_on = 600_s;
  Bench bench = Bench::following(16_A, settings);
  EXPECT_EQ(bench.grant(0_A).write.draw, 0_A);
}

TEST(Levels, ALimitIsRoundedDownToOne) {
  AgentSettings settings = three_phase_charger();
  settings.kind = DeviceKind::HeatPump;
  settings.levels = {6_A, 10_A};
  Bench bench = Bench::following(16_A, settings);
  EXPECT_EQ(bench.setpoint(), 10_A);
  EXPECT_EQ(bench.grant(9'999_mA).write.draw, 6_A);
  EXPECT_EQ(bench.status->ack->limit, Amps::all(6_A));
  EXPECT_EQ(bench.grant(5'999_mA).write.draw, 0_A);
  EXPECT_EQ(bench.grant(6_A).write.draw, 6_A);
}

TEST(Levels, TheFailsafeIsOneToo) {
  AgentSettings settings = three_phase_charger();
  settings.levels = {6_A, 10_A};
  settings.failsafe = 10_A;
  Bench bench(settings);
  bench.seconds(69);
  EXPECT_EQ(bench.second().write.draw, 6_A);
  bench.seconds(5);
  EXPECT_EQ(bench.setpoint(), 10_A);
}

}  // namespace
}  // namespace balans
