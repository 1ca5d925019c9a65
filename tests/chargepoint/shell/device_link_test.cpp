#include "chargepoint/shell/device_link.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

TEST(DeviceReport, OwnPhasesBecomeTheGrids) {
  Sample sample;
  sample.current = PerPhase<Milliamps>{{16_A, 15_A, 14_A}};
  const DeviceReport report = to_report(sample, DeviceClass::Heat, {Phase::L2, Phase::L3, Phase::L1}, BootTime(9));
  EXPECT_EQ(report.current, (PerPhase<Milliamps>{{14_A, 16_A, 15_A}}));
}

TEST(DeviceReport, AOnePhaseDeviceCountsOnItsTruePhase) {
  Sample sample;
  sample.current = PerPhase<Milliamps>{{10_A, 0_A, 0_A}};
  EXPECT_EQ(to_report(sample, DeviceClass::Heat, {Phase::L3}, BootTime(9)).current,
            (PerPhase<Milliamps>{{0_A, 0_A, 10_A}}));
}

TEST(DeviceReport, PowerAloneBecomesCurrentAtNominalVoltage) {
  Sample sample;
  sample.total_power = 6900_W;
  const DeviceReport three = to_report(sample, DeviceClass::Heat, {Phase::L1, Phase::L2, Phase::L3}, BootTime(9));
  EXPECT_EQ(three.current, PerPhase<Milliamps>::all(10_A));
  EXPECT_EQ((*to_report(sample, DeviceClass::Heat, {Phase::L2}, BootTime(9)).current)[Phase::L2], 30_A);
}

TEST(DeviceReport, ThePowerOfAllPhasesOfAChargerTellsNothingOfEach) {
  Sample sample;
  sample.total_power = 3680_W;  // a one-phase car at 16 A, not 5.3 A on each
  EXPECT_FALSE(to_report(sample, DeviceClass::Charger, {Phase::L1, Phase::L2, Phase::L3}, BootTime(9)).current);
  const DeviceReport one = to_report(sample, DeviceClass::Charger, {Phase::L2}, BootTime(9));
  ASSERT_TRUE(one.current);
  EXPECT_EQ((*one.current)[Phase::L2], 16_A);
}

TEST(DeviceReport, WhatIsNotShownIsAbsent) {
  const DeviceReport report = to_report(Sample{}, DeviceClass::Heat, {Phase::L1}, BootTime(9));
  EXPECT_FALSE(report.current);
  EXPECT_FALSE(report.energy_import);
  EXPECT_FALSE(report.full);
}

TEST(DeviceReport, AFullStoreIsFull) {
  Sample sample;
  sample.state_of_charge = Permille(990);
  EXPECT_TRUE(to_report(sample, DeviceClass::Heat, {Phase::L1}, BootTime(9)).full);
}

TEST(DeviceReport, AnEmptyStoreIsEmpty) {
  Sample sample;
  sample.state_of_charge = Permille(10);
  EXPECT_TRUE(to_report(sample, DeviceClass::Heat, {Phase::L1}, BootTime(9)).empty);
  sample.state_of_charge = Permille(11);
  EXPECT_FALSE(to_report(sample, DeviceClass::Heat, {Phase::L1}, BootTime(9)).empty);
}

TEST(DeviceReport, CurrentsWithoutADirectionTakeThatOfThePower) {
  Sample sample;
  sample.current = PerPhase<Milliamps>::all(8_A);
  sample.total_power = -5520_W;
  const std::vector<Phase> three{Phase::L1, Phase::L2, Phase::L3};
  EXPECT_EQ(to_report(sample, DeviceClass::Battery, three, BootTime(9)).current, PerPhase<Milliamps>::all(-8_A));
  sample.power = PerPhase<Watts>{{-1840_W, 1840_W, -1840_W}};
  EXPECT_EQ(to_report(sample, DeviceClass::Battery, three, BootTime(9)).current,
            (PerPhase<Milliamps>{{-8_A, 8_A, -8_A}}));
  sample.current = PerPhase<Milliamps>::all(-8_A);
  EXPECT_EQ(to_report(sample, DeviceClass::Battery, three, BootTime(9)).current, PerPhase<Milliamps>::all(-8_A))
      << "it shows its own";
}

TEST(DeviceReport, TellsWhatIsReadBack) {
  Sample sample;
  sample.setpoint = Setpoint{6_A, std::nullopt};
  sample.feed_setpoint = Setpoint{4_A, std::nullopt};
  sample.phase_mode = PhaseMode::Fewer;
  const DeviceReport report = to_report(sample, DeviceClass::Heat, {Phase::L1}, BootTime(9));
  EXPECT_EQ(report.setpoint.draw, 6_A);
  EXPECT_EQ(report.setpoint.feed, 4_A);
  EXPECT_EQ(report.phase_mode, PhaseMode::Fewer);
}

}  // namespace
}  // namespace balans
