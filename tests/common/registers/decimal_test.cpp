#include "common/registers/decimal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace balans {
namespace {

TEST(Decimal, IsReadExactly) {
  EXPECT_EQ(*Decimal::parse("0.1"), (Decimal{1, -1}));
  EXPECT_EQ(*Decimal::parse("-1"), (Decimal{-1, 0}));
  EXPECT_EQ(*Decimal::parse("100"), (Decimal{100, 0}));
  EXPECT_EQ(*Decimal::parse("-0.025"), (Decimal{-25, -3}));
}

TEST(Decimal, RefusesWhatIsNotADecimalNumber) {
  for (const char* text : {"", "-", ".5", "5.", "1e3", "0x10", "1.2.3", "1,5", " 1", "1234567890123456789"})
    EXPECT_FALSE(Decimal::parse(text).ok()) << text;
}

TEST(Decimal, IsShownAsItWasWritten) {
  for (const char* text : {"0.1", "-1", "100", "-0.025", "12.5"}) EXPECT_EQ(Decimal::parse(text)->str(), text);
}

TEST(Decimal, ATenthTimesAnyRegisterIsExact) {
  for (std::int64_t raw = 0; raw <= 65535; ++raw)
    ASSERT_EQ(*scaled(Int128{raw}, Decimal{1, -1}, 3, Rounding::Nearest), raw * 100);
}

TEST(Decimal, RoundsHalvesAwayFromZeroAndDownDown) {
  EXPECT_EQ(*scaled(Int128{15}, Decimal{1, -1}, 0, Rounding::Nearest), 2);
  EXPECT_EQ(*scaled(Int128{-15}, Decimal{1, -1}, 0, Rounding::Nearest), -2);
  EXPECT_EQ(*scaled(Int128{14}, Decimal{1, -1}, 0, Rounding::Nearest), 1);
  EXPECT_EQ(*scaled(Int128{19}, Decimal{1, -1}, 0, Rounding::Down), 1);
  EXPECT_EQ(*scaled(Int128{-11}, Decimal{1, -1}, 0, Rounding::Down), -2);
  EXPECT_EQ(*scaled(Int128{-10}, Decimal{1, -1}, 0, Rounding::Down), -1);
}

TEST(Decimal, WhatDoesNotFit64BitsIsAnError) {
  const Int128 largest = std::numeric_limits<std::uint64_t>::max();
  EXPECT_FALSE(scaled(largest, Decimal{1, 0}, 0, Rounding::Nearest).ok());
  EXPECT_EQ(*scaled(largest, Decimal{1, -3}, 0, Rounding::Down), 18446744073709551);
  EXPECT_FALSE(scaled(largest, Decimal{1000, 0}, 18, Rounding::Nearest).ok());
  EXPECT_FALSE(scaled(Int128{1}, Decimal{1, 0}, 19, Rounding::Nearest).ok());
}

TEST(Decimal, NanAndInfinityAreErrors) {
  EXPECT_FALSE(scaled(std::nan(""), Decimal{1, 0}, 0, Rounding::Nearest).ok());
  EXPECT_FALSE(scaled(std::numeric_limits<double>::infinity(), Decimal{1, 0}, 0, Rounding::Nearest).ok());
  EXPECT_FALSE(scaled(1e30, Decimal{1, 0}, 0, Rounding::Nearest).ok());
}

TEST(Decimal, FloatsBecomeTheNearestBaseUnit) {
  EXPECT_EQ(*scaled(static_cast<double>(12.345F), Decimal{1, 0}, 3, Rounding::Nearest), 12345);
  EXPECT_EQ(*scaled(-0.0004, Decimal{1, 0}, 3, Rounding::Nearest), 0);
}

TEST(Decimal, UnscalingIsTheInverse) {
  EXPECT_EQ(*unscaled(13'370, Decimal{1, -1}, 3, Rounding::Down), 133);
  EXPECT_EQ(*unscaled(4000, Decimal{-1, 0}, 0, Rounding::Nearest), -4000);
  EXPECT_EQ(*unscaled(65'500, Decimal{1, -1}, 3, Rounding::Nearest), 655);
  EXPECT_DOUBLE_EQ(unscaled_float(10'400, Decimal{1, 0}, 3), 10.4);
  EXPECT_FALSE(unscaled(1, Decimal{0, 0}, 0, Rounding::Down).ok());
}

}  // namespace
}  // namespace balans
