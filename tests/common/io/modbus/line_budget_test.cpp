#include "common/io/modbus/line_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace balans {
namespace {

using testing::HasSubstr;

RegisterSpan inputs(std::uint16_t count) { return {ReadFunction::InputRegisters, 0, count}; }

TEST(LineBudget, AReadTakesItsBytesTheThinkingAndTheSilence) {
  // 8 + 5 + 2 × 80 bytes of ten bits at 9600 baud, 20 ms, and twice 3.5 characters
  EXPECT_EQ(request_us(inputs(80), {9600, 8, 'N', 1}), 173 * 1042 + 20'000 + 2 * 3647);
}

TEST(LineBudget, FastLinesKeepTheShortestSilence) {
  EXPECT_EQ(request_us(inputs(1), {115200, 8, 'E', 1}), 15 * 96 + 20'000 + 2 * 1750);
}

TEST(LineBudget, CoilsTakeABitEach) {
  EXPECT_EQ(request_us({ReadFunction::Coils, 0, 17}, {9600, 8, 'N', 1}), (13 + 3) * 1042 + 20'000 + 2 * 3647);
}

TEST(LineBudget, WhatFitsIsNotWarnedOf) {
  const std::vector<PlannedPoll> polls{{"meter", {inputs(80)}, 1_s}, {"charger", {inputs(20), inputs(4)}, 1_s}};
  EXPECT_FALSE(budget_warning(budget_of(polls, SerialFormat{9600, 8, 'N', 1})));
}

TEST(LineBudget, WhatDoesNotFitIsToldWithFigures) {
  const std::vector<PlannedPoll> polls(6, {"meter", {inputs(80)}, 1_s});
  const LineBudget budget = budget_of(polls, SerialFormat{9600, 8, 'N', 1});
  EXPECT_EQ(budget.shares[0].permille, 208);
  EXPECT_EQ(budget.permille, 6 * 208);
  const auto warning = budget_warning(budget);
  ASSERT_TRUE(warning);
  EXPECT_THAT(*warning, HasSubstr("take 124.8 % of the line's time"));
  EXPECT_THAT(*warning, HasSubstr("meter 20.8 % (1 requests, 208 ms, every 1000 ms)"));
  EXPECT_FALSE(budget_warning(budget_of(polls, SerialFormat{38400, 8, 'N', 1}))) << "a faster line helps";
}

TEST(LineBudget, AGapThatMakesACycleTooLongIsTold) {
  const std::vector<PlannedPoll> polls{{"charger", {inputs(1), inputs(1), inputs(1)}, 1_s, 350_ms}};
  const LineBudget budget = budget_of(polls, SerialFormat{9600, 8, 'N', 1});
  EXPECT_LT(budget.permille, 200) << "others may use the line in between";
  EXPECT_THAT(budget_warning(budget).value_or(""), HasSubstr("charger cannot be read every 1000 ms"));
}

}  // namespace
}  // namespace balans
