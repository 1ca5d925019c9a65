// What nodes know beside currents: balance of phases, statutory floors, limits with an end, voltage.
#include <gtest/gtest.h>

#include "common/defaults.hpp"
#include "trafo/core/balance.hpp"
#include "trafo/core/floors.hpp"
#include "trafo/core/outside.hpp"
#include "trafo/core/voltage.hpp"

namespace balans {
namespace {

TEST(NeutralCurrent, IsNothingWhenThePhasesAreEqual) {
  EXPECT_EQ(neutral_current(PerPhase<Milliamps>::all(40_A)), 0_A);
}

TEST(NeutralCurrent, OfOneLoadedPhaseIsThatPhase) { EXPECT_EQ(neutral_current({{0_A, 16_A, 0_A}}), 16_A); }

TEST(NeutralCurrent, OfTwoEqualPhasesIsEachOfThem) { EXPECT_EQ(neutral_current({{20_A, 20_A, 0_A}}), 20_A); }

TEST(Balance, LeavesWhatIsWithinItsLimits) { EXPECT_FALSE(balance({{20_A, 10_A, 10_A}}, {10_A, 10_A})); }

TEST(Balance, LowersOnlyTheLargestPhasesAndOnlyAsFarAsItMust) {
  const auto even = balance({{30_A, 10_A, 12_A}}, {10_A, std::nullopt});
  ASSERT_TRUE(even);
  EXPECT_EQ(even->reason, Reason::Neutral);
  EXPECT_EQ(even->load[Phase::L2], 10_A);
  EXPECT_EQ(even->load[Phase::L3], 12_A);
  EXPECT_LE(neutral_current(even->load), 10_A);
  EXPECT_GT(neutral_current(even->load), 10_A - 3_mA);
}

TEST(Balance, KeepsTwoPhasesNoFurtherApartThanTheyMay) {
  const auto even = balance({{30_A, 25_A, 2_A}}, {std::nullopt, 20_A});
  ASSERT_TRUE(even);
  EXPECT_EQ(even->load, (PerPhase<Milliamps>{{22_A, 22_A, 2_A}}));
}

TEST(Floor, OfOneDeviceIsItsBase) { EXPECT_EQ(connection_floor(FloorSettings{}, {1, {}, {}}), 4'200_W); }

TEST(Floor, OfSeveralDevicesCountsTheirSimultaneity) {
  EXPECT_EQ(connection_floor(FloorSettings{}, {2, {}, {}}), Watts(4'200 + 3'360));
  EXPECT_EQ(connection_floor(FloorSettings{}, {3, {}, {}}), Watts(4'200 + 2 * 3'150));
  EXPECT_EQ(connection_floor(FloorSettings{}, {8, {}, {}}), Watts(4'200 + 7 * 4'200 / 2));
  EXPECT_EQ(connection_floor(FloorSettings{}, {9, {}, {}}), Watts(4'200 + 8 * 4'200 * 45 / 100));
  EXPECT_EQ(connection_floor(FloorSettings{}, {40, {}, {}}), Watts(4'200 + 39 * 4'200 * 45 / 100));
}

TEST(Floor, OfLargeHeatPumpsIsAShareOfTheirPower) {
  EXPECT_EQ(connection_floor(FloorSettings{}, {1, 20'000_W, {}}), 8'000_W);
  EXPECT_EQ(connection_floor(FloorSettings{}, {2, 20'000_W, 30'000_W}), Watts(12'000 + 3'360));
}

TEST(Floor, IsSharedEvenlyAndNobodyHasMoreThanItAsksFor) {
  const std::vector<Watts> asked{10'000_W, 1'000_W, Watts(), 10'000_W};
  EXPECT_EQ(share_floor(7'000_W, asked), (std::vector<Watts>{3'000_W, 1'000_W, Watts(), 3'000_W}));
}

TEST(OutsideLimits, HoldFromTheirBeginningToTheirEnd) {
  OutsideLimit order;
  order.from = UnixTime(1000);
  order.until = UnixTime(2000);
  const std::vector<OutsideLimit> orders{order};
  EXPECT_TRUE(limits_now(orders, {}, UnixTime(999), std::nullopt).empty());
  EXPECT_EQ(limits_now(orders, {}, UnixTime(1000), std::nullopt).size(), 1U);
  EXPECT_EQ(limits_now(orders, {}, UnixTime(1999), std::nullopt).size(), 1U);
  EXPECT_TRUE(limits_now(orders, {}, UnixTime(2000), std::nullopt).empty());
}

TEST(OutsideLimits, HoldWhileNobodyKnowsTheTime) {
  OutsideLimit order;
  order.until = UnixTime(2000);
  TimedLimit row;
  row.from_minute = 17 * 60;
  row.to_minute = 20 * 60;
  EXPECT_EQ(limits_now(std::vector{order}, std::vector{row}, std::nullopt, std::nullopt).size(), 2U);
}

TEST(OutsideLimits, OfATimetableRunOverMidnight) {
  EXPECT_TRUE(in_span(0xfff, 22 * 60, 6 * 60, LocalTime{1, 23 * 60}));
  EXPECT_TRUE(in_span(0xfff, 22 * 60, 6 * 60, LocalTime{1, 5 * 60}));
  EXPECT_FALSE(in_span(0xfff, 22 * 60, 6 * 60, LocalTime{1, 6 * 60}));
  EXPECT_FALSE(in_span(1, 0, 0, LocalTime{2, 0}));
}

TEST(Undervoltage, IsAnsweredAfterAMinuteAndAgainAfterEach) {
  Undervoltage state;
  const auto at = [&](std::int64_t s, Millivolts v) {
    state = watch_voltage(state, PerPhase<Millivolts>::all(v), BootTime(s * 1000));
  };
  for (std::int64_t s = 0; s < 60; ++s) at(s, 210_V);
  EXPECT_EQ(state.tightened, 0);
  at(60, 210_V);
  EXPECT_EQ(state.tightened, 1);
  for (std::int64_t s = 61; s <= 120; ++s) at(s, 210_V);
  EXPECT_EQ(state.tightened, 2);
  EXPECT_EQ(tightened(50_A, state), 30_A);
  EXPECT_EQ(tightened(-5_A, state), -5_A);
  for (std::int64_t s = 121; s <= 300; ++s) at(s, 213_V);  // neither low nor well
  EXPECT_EQ(state.tightened, 2);
  for (std::int64_t s = 301; s <= 500; ++s) at(s, 230_V);
  EXPECT_EQ(state.tightened, 0);
}

}  // namespace
}  // namespace balans
