#include "chargepoint/core/metering.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

class OneMinute : public testing::Test {
 protected:
  void SetUp() override { EXPECT_FALSE(end()); }
  void poll(Milliamps current, std::optional<WattHours> counter = std::nullopt) {
    now = now + 1_s;
    DeviceReport report;
    report.taken = now;
    report.current = PerPhase<Milliamps>{{current, current * 2, 0_A}};
    report.energy_import = counter;
    meter(memory, report);
  }
  std::optional<Reading> end() {
    return end_of_period(memory, 60_s, AgentState::Following, PerPhase<Milliamps>::all(16_A), now);
  }

  MeteringMemory memory;
  BootTime now{5'000};
};

TEST_F(OneMinute, HasTheMeanOfItsPolls) {
  for (int i = 0; i < 30; ++i) poll(4_A);
  for (int i = 0; i < 30; ++i) poll(8_A);
  const std::optional<Reading> reading = end();
  ASSERT_TRUE(reading);
  // Each poll counts until the next: the last one begins the next minute.
  EXPECT_NEAR(static_cast<double>(reading->mean[Phase::L1].count()), 6'000, 70);
  EXPECT_EQ(reading->mean[Phase::L2], reading->mean[Phase::L1] * 2);
  EXPECT_EQ(reading->mean[Phase::L3], 0_A);
  EXPECT_EQ(reading->at, AgentTime(now.ms()));
  EXPECT_EQ(reading->limit, PerPhase<Milliamps>::all(16_A));
}

TEST_F(OneMinute, IsNotOverBeforeItsEnd) {
  for (int i = 0; i < 59; ++i) {
    poll(4_A);
    EXPECT_FALSE(end()) << i;
  }
  poll(4_A);
  EXPECT_TRUE(end());
  EXPECT_FALSE(end());
}

TEST_F(OneMinute, CarriesTheDevicesOwnCounter) {
  for (int i = 0; i < 60; ++i) poll(4_A, WattHours(1000 + i));
  EXPECT_EQ(end()->energy_import, 1059_Wh);
}

TEST_F(OneMinute, CountsItselfWhereTheDeviceDoesNot) {
  for (int minute = 0; minute < 60; ++minute) {
    for (int i = 0; i < 60; ++i) poll(10_A);
    ASSERT_TRUE(end()) << minute;
  }
  poll(10_A);
  // 30 A at 230 V for an hour.
  EXPECT_EQ(memory.mws / 3'600'000, 6'900);
}

TEST_F(OneMinute, WithoutPollsIsNoReading) {
  now = now + 61_s;
  EXPECT_FALSE(end());
}

TEST_F(OneMinute, DoesNotStretchAPollOverALongGap) {
  poll(4_A);
  now = now + 30_s;
  poll(8_A);
  for (int i = 0; i < 29; ++i) poll(8_A);
  const std::optional<Reading> reading = end();
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->mean[Phase::L1], 8_A);
}

TEST_F(OneMinute, APollThatComesTwiceCountsOnce) {
  DeviceReport report;
  report.taken = now;
  report.current = PerPhase<Milliamps>::all(4_A);
  meter(memory, report);
  meter(memory, report);
  EXPECT_EQ(memory.covered, 0_ms);
}

TEST_F(OneMinute, DischargeDoesNotCountAsImport) {
  for (int i = 0; i < 60; ++i) poll(-10_A);
  EXPECT_EQ(end()->energy_import, 0_Wh);
}

}  // namespace
}  // namespace balans
