// The loads of the virtual street behave like the real ones.

#include <gtest/gtest.h>

#include "sim/physics/battery.hpp"
#include "sim/physics/car.hpp"
#include "sim/physics/heat.hpp"

namespace balans::sim {
namespace {

constexpr std::int64_t kHour = 3600;

Surroundings second_at(std::int64_t second_of_day) { return {LocalTime(second_of_day * 1000), 1_s, 230_V}; }

Milliamps after(CarPlace& place, Milliamps allowed, int seconds) {
  for (int i = 0; i < seconds; ++i) place.step(second_at(i), allowed);
  return place.current();
}

CarPlace with_car(std::int64_t wh, int conductors, Milliamps max) {
  CarPlace place;
  place.plug({WattHours(wh), conductors, max});
  return place;
}

TEST(Car, DrawsTheSmallerOfTheLimitAndItsOwnMaximum) {
  CarPlace place = with_car(10'000, 1, 16_A);
  EXPECT_EQ(after(place, 10_A, 20), 10_A);
  EXPECT_EQ(after(place, 32_A, 20), 16_A);
}

TEST(Car, PausesBelowSixAmperes) {
  CarPlace place = with_car(10'000, 1, 16_A);
  EXPECT_EQ(after(place, 6_A, 20), 6_A);
  EXPECT_EQ(after(place, 5999_mA, 1), 0_A);
  EXPECT_EQ(place.wants(), 16_A);
}

TEST(Car, FallsWithinASecondAndRisesSlowly) {
  CarPlace place = with_car(10'000, 1, 32_A);
  EXPECT_EQ(after(place, 32_A, 1), 6_A);
  EXPECT_EQ(after(place, 32_A, 1), 10_A);
  EXPECT_EQ(after(place, 32_A, 10), 32_A);
  EXPECT_EQ(after(place, 8_A, 1), 8_A);
}

TEST(Car, TakesExactlyTheEnergyItCameForAndTapersAtTheEnd) {
  CarPlace place = with_car(1000, 3, 16_A);
  Milliamps last = 16_A;
  bool tapered = false;
  for (int i = 0; i < 3600; ++i) {
    place.step(second_at(i), 16_A);
    if (place.current() > 0_A && place.current() < last && i > 10) tapered = true;
    last = place.current();
  }
  EXPECT_TRUE(tapered);
  EXPECT_EQ(place.current(), 0_A);
  EXPECT_EQ(place.wants(), 0_A);
  EXPECT_EQ(place.delivered(), millijoules(1000_Wh));
}

TEST(Car, DrawsNothingWhenItIsGone) {
  CarPlace place = with_car(10'000, 1, 16_A);
  after(place, 16_A, 10);
  place.unplug();
  EXPECT_EQ(after(place, 16_A, 1), 0_A);
  EXPECT_FALSE(place.plugged());
}

TEST(Pilot, ChangesAtMostEveryFiveSeconds) {
  Pilot pilot;
  EXPECT_EQ(pilot.step(1_s, 16_A), 16_A);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pilot.step(1_s, 8_A), 16_A);
  EXPECT_EQ(pilot.step(1_s, 8_A), 8_A);
}

TEST(Pilot, SignalsAPauseBelowSixAmperes) {
  Pilot pilot;
  pilot.step(1_s, 16_A);
  for (int i = 0; i < 5; ++i) pilot.step(1_s, 5_A);
  EXPECT_EQ(pilot.step(1_s, 5_A), 0_A);
}

TEST(PilotAndCar, SettleWithinSixSecondsOfAnyReduction) {
  for (int wait = 0; wait < 8; ++wait) {
    Pilot pilot;
    CarPlace place = with_car(10'000, 1, 32_A);
    for (int i = 0; i < 30; ++i) place.step(second_at(i), pilot.step(1_s, 32_A));
    place.step(second_at(30), pilot.step(1_s, 30_A));  // a pilot change that makes the next one wait
    for (int i = 0; i < wait; ++i) place.step(second_at(31), pilot.step(1_s, 30_A));
    for (int i = 0; i < 6; ++i) place.step(second_at(40), pilot.step(1_s, 7_A));
    EXPECT_LE(place.current(), 7_A) << "reduced " << wait << " s after the change before";
  }
}

TEST(HeatPump, CyclesBetweenItsTwoTemperatures) {
  HeatPumpTraits traits;
  HeatPump pump(traits);
  int starts = 0;
  bool ran = false;
  for (std::int64_t s = 0; s < 24 * kHour; ++s) {
    pump.step(second_at(s), 32_A);
    const bool runs = pump.current() > 0_A;
    starts += runs && !ran ? 1 : 0;
    ran = runs;
    ASSERT_GT(pump.room_c(), traits.lower_c - 0.5);
    ASSERT_LT(pump.room_c(), traits.upper_c + 0.5);
  }
  EXPECT_GE(starts, 2);
}

TEST(HeatPump, ModulatesUnderALimitAndStopsBelowItsSmallestPower) {
  HeatPump pump({});
  for (std::int64_t s = 0; pump.wants() < 7_A; ++s) pump.step(second_at(s), 32_A);
  pump.step(second_at(0), 4_A);
  EXPECT_EQ(pump.current(), 4_A);
  pump.step(second_at(1), 1_A);
  EXPECT_EQ(pump.current(), 0_A);
  EXPECT_GT(pump.wants(), 1_A);
  pump.step(second_at(2), 32_A);
  EXPECT_EQ(pump.current(), 0_A) << "a compressor rests between runs";
  for (std::int64_t s = 3; s < 200; ++s) pump.step(second_at(s), 32_A);
  EXPECT_GT(pump.current(), 0_A);
}

TEST(Boiler, HeatsAfterWaterWasDrawnAndObeysItsLimit) {
  BoilerTraits traits;
  Boiler boiler(traits);
  std::int64_t s = 17 * kHour;
  for (; boiler.wants() == 0_A && s < 24 * kHour; ++s) boiler.step(second_at(s), 16_A);
  ASSERT_LT(s, 24 * kHour);
  EXPECT_NEAR(static_cast<double>(boiler.current().count()), 13'043, 5);
  boiler.step(second_at(s), 5_A);
  EXPECT_EQ(boiler.current(), 5_A);
}

TEST(Boiler, SwitchesOffWhenHot) {
  BoilerTraits traits;
  Boiler boiler(traits);
  for (std::int64_t s = 0; s < 24 * kHour; ++s) {
    boiler.step(second_at(s), 16_A);
    ASSERT_LT(boiler.water_c(), traits.upper_c + 0.1);
  }
}

TEST(Battery, ChargesByItsOwnLogicUntilFull) {
  Battery battery({});
  EXPECT_EQ(battery.wants(), 0_A);
  std::int64_t s = 0;
  for (; battery.wants() == 0_A; ++s) battery.step(second_at(s), 32_A);
  EXPECT_NEAR(static_cast<double>(battery.current().count()), 5'000'000.0 / 690, 5);
  for (int i = 0; i < 4 * kHour && battery.wants() > 0_A; ++i) battery.step(second_at(i), 32_A);
  EXPECT_GE(battery.charge_permille(), 999);
  EXPECT_EQ(battery.current(), 0_A);
}

TEST(Battery, ChargesSlowerUnderALimit) {
  Battery battery({});
  for (std::int64_t s = 0; battery.wants() == 0_A; ++s) battery.step(second_at(s), 32_A);
  battery.step(second_at(0), 3_A);
  EXPECT_EQ(battery.current(), 3_A);
}

TEST(Energy, OfASecondOfASmallLoadIsNotLost) {
  EXPECT_EQ(energy_of(Milliwatts(250), 1_s), Millijoules(250));
  EXPECT_EQ(watt_hours(millijoules(7_Wh)), 7_Wh);
}

}  // namespace
}  // namespace balans::sim
