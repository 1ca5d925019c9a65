#include "common/registers/limit.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

LimitSpec in_amps() {
  LimitSpec spec;
  spec.unit = LimitUnit::MilliampsPerPhase;
  spec.min = 6000;
  spec.max = 16000;
  spec.step = 100;
  return spec;
}

LimitSpec in_watts(std::int64_t power_factor_permille) {
  LimitSpec spec;
  spec.unit = LimitUnit::WattsTotal;
  spec.min = 1100;
  spec.max = 20000;
  spec.step = 100;
  spec.power_factor_permille = power_factor_permille;
  return spec;
}

TEST(Limit, IsRoundedDownToTheStep) { EXPECT_EQ(plan_limit(in_amps(), 13'370_mA, 3, {}).value, 13'300); }

TEST(Limit, BetweenZeroAndTheMinimumIsAPause) {
  EXPECT_EQ(plan_limit(in_amps(), 5'999_mA, 3, {}).value, 0);
  EXPECT_EQ(plan_limit(in_amps(), 6_A, 3, {}).value, 6000);
  EXPECT_EQ(plan_limit(in_amps(), -1_A, 3, {}).value, 0);
}

TEST(Limit, NeverExceedsTheDevicesMaximum) { EXPECT_EQ(plan_limit(in_amps(), 1'000'000'000_A, 3, {}).value, 16'000); }

TEST(Limit, WattsAreCountedAtNineTenthsOfNominalVoltage) {
  EXPECT_EQ(plan_limit(in_watts(1000), 10_A, 1, {}).value, 2000);  // 2070 W, down to the step
  EXPECT_EQ(plan_limit(in_watts(1000), 10_A, 3, {}).value, 6200);
  EXPECT_EQ(plan_limit(in_watts(900), 10_A, 3, {}).value, 5500);
  EXPECT_EQ(plan_limit(in_watts(900), 1'900_mA, 3, {}).value, 0);
}

TEST(Limit, ASetpointInWattsCountsAsTheMostItCanDraw) {
  const Setpoint setpoint = setpoint_of(in_watts(900), 5000, 3, {});
  EXPECT_EQ(setpoint.current, 8'947_mA);  // 5000 W / (3 · 207 V · 0.9), rounded up
  EXPECT_EQ(setpoint.power, Watts(5000));
}

TEST(Limit, SharesOfARatedPower) {
  LimitSpec spec;
  spec.unit = LimitUnit::PermilleOfRated;
  spec.min = 1;
  spec.max = 1000;
  spec.power_factor_permille = 950;
  EXPECT_EQ(plan_limit(spec, 10_A, 3, 8000_W).value, 737);
  EXPECT_EQ(plan_limit(spec, 100_A, 3, 8000_W).value, 1000);
  EXPECT_EQ(setpoint_of(spec, 500, 3, 8000_W).power, Watts(4000));
}

LimitSpec in_levels() {
  LimitSpec spec;
  spec.levels = {{0, {}}, {4'000, {}}, {10'000, {}}};
  return spec;
}

TEST(Limit, IsRoundedDownToALevel) {
  EXPECT_EQ(plan_limit(in_levels(), 3'999_mA, 3, {}).value, 0);
  EXPECT_EQ(plan_limit(in_levels(), 4_A, 3, {}).value, 4'000);
  EXPECT_EQ(plan_limit(in_levels(), 9'999_mA, 3, {}).value, 4'000);
  EXPECT_EQ(plan_limit(in_levels(), 63_A, 3, {}).value, 10'000);
}

TEST(Limit, WhatIsWrittenNeverAllowsMoreThanTheLimit) {
  LimitSpec share;
  share.unit = LimitUnit::PermilleOfRated;
  share.max = 1000;
  share.power_factor_permille = 950;
  for (const LimitSpec& spec : {in_amps(), in_watts(1000), in_watts(850), share, in_levels()})
    for (int phases : {1, 2, 3})
      for (std::int64_t limit = 0; limit < 70'000; limit += 37)
        ASSERT_LE(plan_limit(spec, Milliamps(limit), phases, 7400_W).setpoint.current.count(), limit);
}

TEST(Limit, AmperesAtTheBatteryCountAtItsHighestVoltageAndWorstEfficiency) {
  LimitSpec spec;
  spec.unit = LimitUnit::MilliampsDc;
  spec.dc_millivolts = 60'000;
  spec.efficiency_permille = 900;
  spec.power_factor_permille = 900;
  spec.max = 500'000;
  spec.step = 1000;
  const PlannedLimit planned = plan_limit(spec, 10_A, 3, std::nullopt);
  EXPECT_EQ(planned.value, 83'000);  // 5589 W × 0.9 / 60 V = 83.8 A
  EXPECT_EQ(planned.setpoint.power, 5534_W);
  for (std::int64_t ma = 0; ma < 60'000; ma += 111)
    ASSERT_LE(plan_limit(spec, Milliamps(ma), 3, std::nullopt).setpoint.current, Milliamps(ma)) << ma;
}

}  // namespace
}  // namespace balans
