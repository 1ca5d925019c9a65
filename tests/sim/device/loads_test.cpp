// What stands behind a virtual device, and what its registers take for life.

#include <gtest/gtest.h>

#include "sim/device/device_commands.hpp"
#include "sim/device/modelled_device.hpp"
#include "sim/physics/house.hpp"
#include "tests/common/registers/test_device.hpp"

namespace balans::sim {
namespace {

constexpr CarHabits kSlow{2_s, 8_s, 5_s, 40_s, 1};

Surroundings second_of(int hour) { return {LocalTime(hour * 3'600'000), 1_s, 230_V, 0_A, 3}; }

/// Seconds until the car's current is `wanted`.
int seconds_to(CarPlace& place, Milliamps allowed, Milliamps wanted) {
  for (int s = 1; s < 200; ++s) {
    place.step(second_of(12), allowed);
    if (place.current() == wanted) return s;
  }
  return 200;
}

TEST(SlowCar, ReactsInTwoToEightSecondsAndWakesLate) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CarHabits habits = kSlow;
    habits.seed = seed;
    CarPlace place(habits);
    place.plug({50'000_Wh, 3, 16_A});
    const int wakes = seconds_to(place, 6_A, 6_A);
    EXPECT_GE(wakes, 7);
    EXPECT_LE(wakes, 51);
    (void)seconds_to(place, 16_A, 16_A);
    const int cut = seconds_to(place, 6_A, 6_A);
    EXPECT_GE(cut, 3);
    EXPECT_LE(cut, 9);
  }
}

TEST(SlowCar, StopsAtOnceWhenItsSupplyIsGone) {
  CarPlace place(kSlow);
  place.plug({50'000_Wh, 3, 16_A});
  (void)seconds_to(place, 16_A, 16_A);
  place.lose_power();
  EXPECT_EQ(place.current(), 0_A);
}

TEST(HeatPump, InItsMinimumRunMindsALockLaterOrAtOnce) {
  for (const auto& [lock, runs] : {std::pair{Lock::AfterMinimumRun, 120}, std::pair{Lock::StopsAtOnce, 60}}) {
    HeatPumpTraits traits;
    traits.min_run = 2_min;
    traits.lock = lock;
    traits.start_c = 15;
    HeatPump pump(traits);
    int ran = 0;
    for (int s = 0; s < 300; ++s) {
      pump.step(second_of(12), s < 60 ? 16_A : 0_A);
      if (pump.current() > 0_A) ++ran;
    }
    EXPECT_EQ(ran, runs);
  }
}

TEST(Relay, IsFullOrNothing) {
  BoilerTraits traits;
  traits.element = Element::Relay;
  traits.start_c = 20;
  Boiler boiler(traits);
  boiler.step(second_of(12), 13_A);
  EXPECT_EQ(boiler.current(), 0_A) << "3 kW want a little more than 13 A";
  boiler.step(second_of(12), 16_A);
  EXPECT_EQ(boiler.current(), 13'043_mA);
}

TEST(HomeBattery, GivesUntilItIsEmptyAndTakesUntilItIsFull) {
  HomeBatteryTraits traits;
  traits.capacity = 1'000_Wh;
  HomeBattery battery(traits);
  Surroundings around = second_of(12);
  around.may_feed = 8_A;
  battery.set_wish(BatteryWish::Discharge);
  battery.step(around, 0_A);
  EXPECT_EQ(battery.current(), -8_A);
  for (int s = 0; s < 600; ++s) battery.step(around, 0_A);
  EXPECT_EQ(battery.current(), 0_A);
  EXPECT_NEAR(static_cast<double>(battery.charge_permille()), 50, 1);
  battery.set_wish(BatteryWish::Charge);
  battery.step(around, 5_A);
  EXPECT_EQ(battery.current(), 5_A);
  for (int s = 0; s < 3600; ++s) battery.step(around, 5_A);
  EXPECT_EQ(battery.charge_permille(), 1000);
  EXPECT_EQ(battery.current(), 0_A);
}

TEST(Roof, FeedsInByDayAsFarAsItIsLet) {
  Roof roof({3, Milliwatts(10'000'000), 1});
  Surroundings around = second_of(13);
  around.may_feed = 32_A;
  roof.step(around, 0_A);
  EXPECT_LT(roof.current(), -9_A);
  around.may_feed = 2_A;
  roof.step(around, 0_A);
  EXPECT_EQ(roof.current(), -2_A);
  around.now = LocalTime(2 * 3'600'000);
  roof.step(around, 0_A);
  EXPECT_EQ(roof.current(), 0_A);
}

/// A charger that is kept alive by a word in register 60.
DeviceDescription with_signal(const LifeSignal& said) {
  DeviceDescription description = test_charger();
  Watchdog& watchdog = *description.control->watchdog;
  watchdog.kept_by = KeptBy::LifeSignal;
  watchdog.life_signal = said;
  watchdog.life_signal->to = description.control->draw->field;
  watchdog.life_signal->to.address = 60;
  watchdog.life_signal->to.scale = {};
  watchdog.life_signal->to.unit_exponent = 0;
  return description;
}

/// How many of these words are taken for life.
int alive(const LifeSignal& said, const std::vector<std::uint16_t>& words) {
  auto registers = DeviceRegisters::make(with_signal(said), {});
  EXPECT_TRUE(registers) << registers.error().message();
  int fed = 0;
  for (std::uint16_t word : words) {
    const auto written = (*registers)->write(WriteFunction::Register, 1, 60, {&word, 1});
    EXPECT_TRUE(written) << written.error().message();
    if ((*registers)->take_orders().fed) ++fed;
  }
  return fed;
}

TEST(DeviceRegisters, TakeForLifeWhatTheirFileSays) {
  EXPECT_EQ(alive({{}, {1}, {}}, {1, 1, 0, 1}), 3) << "one constant";
  EXPECT_EQ(alive({{}, {0, 1}, {}}, {0, 1, 1, 0, 7}), 3) << "in turn";
  EXPECT_EQ(alive({{}, {}, {0, 65'534}}, {1, 2, 2, 3, 0}), 4) << "a counter that moves";
}

TEST(DeviceRegisters, ForgetWhatWasWrittenWhenTheyStartAgain) {
  const DeviceDescription description = test_charger();
  auto registers = DeviceRegisters::make(description, {});
  ASSERT_TRUE(registers) << registers.error().message();
  const std::uint16_t word = 100;
  ASSERT_TRUE((*registers)->write(WriteFunction::Register, 1, description.control->draw->field.address, {&word, 1}));
  EXPECT_TRUE((*registers)->take_orders().setpoint);
  ASSERT_TRUE((*registers)->restart());
  EXPECT_FALSE((*registers)->take_orders().setpoint);
}

TEST(DeviceCommand, IsOneJsonObject) {
  const auto plug = parse_device_command(R"({"plug":{"kwh":20,"phases":1,"max_a":16},"socket":2})");
  ASSERT_TRUE(plug) << plug.error().message();
  EXPECT_EQ(plug->socket, 2);
  EXPECT_EQ(std::get<CarNeed>(plug->what).energy, 20'000_Wh);
  const auto late = parse_device_command(R"({"fault":"late"})");
  ASSERT_TRUE(late) << late.error().message();
  EXPECT_EQ(std::get<DeviceTrouble>(late->what).line, Answering::Late);
  EXPECT_TRUE(parse_device_command(R"({"reset":true})"));
  for (const char* wrong : {"", "[]", "{}", R"({"fault":"odd"})", R"({"plug":3})", R"({"unplug":true,"socket":0})"})
    EXPECT_FALSE(parse_device_command(wrong)) << wrong;
}

}  // namespace
}  // namespace balans::sim
