#include "common/registers/read_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace balans {
namespace {

using testing::ElementsAre;
constexpr auto kHolding = ReadFunction::HoldingRegisters;
constexpr auto kInput = ReadFunction::InputRegisters;

RequestLimits limits(std::uint16_t max_registers, std::uint16_t max_gap) {
  RequestLimits result;
  result.max_registers = max_registers;
  result.max_gap = max_gap;
  return result;
}

TEST(ReadPlan, ABlockIsReadAsAWholeOrNotAtAll) {
  RequestLimits bounds = limits(125, 0);
  bounds.blocks = {{kHolding, 15, 5}};
  EXPECT_THAT(plan_reads({{kHolding, 18, 1}}, bounds), ElementsAre(RegisterSpan{kHolding, 15, 5}));
  EXPECT_THAT(plan_reads({{kHolding, 18, 1}, {kHolding, 16, 1}}, bounds), ElementsAre(RegisterSpan{kHolding, 15, 5}));
  EXPECT_THAT(plan_reads({{kHolding, 14, 1}}, bounds), ElementsAre(RegisterSpan{kHolding, 14, 1}));
  EXPECT_THAT(plan_reads({{kInput, 18, 1}}, bounds), ElementsAre(RegisterSpan{kInput, 18, 1}));
}

TEST(ReadPlan, UnitsAreNeverReadTogether) {
  EXPECT_THAT(plan_reads({{kHolding, 1, 1, 200}, {kHolding, 0, 1}, {kHolding, 2, 1}}, limits(125, 5)),
              ElementsAre(RegisterSpan{kHolding, 0, 3}, RegisterSpan{kHolding, 1, 1, 200}));
}

TEST(ReadPlan, MergesNeighboursWithinTheDeviceLimit) {
  EXPECT_THAT(plan_reads({{kInput, 4, 2}, {kInput, 0, 2}, {kInput, 2, 2}}, limits(125, 0)),
              ElementsAre(RegisterSpan{kInput, 0, 6}));
  EXPECT_THAT(plan_reads({{kInput, 0, 2}, {kInput, 2, 2}, {kInput, 4, 2}}, limits(5, 0)),
              ElementsAre(RegisterSpan{kInput, 0, 4}, RegisterSpan{kInput, 4, 2}));
}

TEST(ReadPlan, ReadsUnusedRegistersAlongOnlyAsFarAsAllowed) {
  const std::vector<RegisterSpan> wanted{{kInput, 0, 2}, {kInput, 6, 2}};
  EXPECT_EQ(plan_reads(wanted, limits(125, 3)).size(), 2U);
  EXPECT_THAT(plan_reads(wanted, limits(125, 4)), ElementsAre(RegisterSpan{kInput, 0, 8}));
}

TEST(ReadPlan, NeverMergesDifferentFunctions) {
  EXPECT_THAT(plan_reads({{kInput, 1, 1}, {kHolding, 0, 1}}, limits(125, 10)),
              ElementsAre(RegisterSpan{kHolding, 0, 1}, RegisterSpan{kInput, 1, 1}));
}

TEST(ReadPlan, ReadsASharedRegisterOnce) {
  EXPECT_THAT(plan_reads({{kInput, 5, 1}, {kInput, 5, 1}, {kInput, 4, 4}}, limits(125, 0)),
              ElementsAre(RegisterSpan{kInput, 4, 4}));
}

TEST(ReadPlan, ReachesTheLastRegister) {
  EXPECT_THAT(plan_reads({{kInput, 65534, 2}, {kInput, 65532, 2}}, limits(125, 0)),
              ElementsAre(RegisterSpan{kInput, 65532, 4}));
}

TEST(ReadPlan, CoversEveryValueInOneRequestWhateverTheLayout) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<RegisterSpan> wanted;
    for (int i = 0; i < 20; ++i)
      wanted.push_back({random() % 2 == 0 ? kInput : kHolding, static_cast<std::uint16_t>(random() % 100),
                        static_cast<std::uint16_t>(1U << (random() % 3))});
    const RequestLimits bounds =
        limits(static_cast<std::uint16_t>(4 + random() % 20), static_cast<std::uint16_t>(random() % 5));
    const std::vector<RegisterSpan> plan = plan_reads(wanted, bounds);
    for (const RegisterSpan& span : plan) ASSERT_LE(span.count, bounds.max_registers);
    for (const RegisterSpan& value : wanted)
      ASSERT_TRUE(std::any_of(plan.begin(), plan.end(), [&](const RegisterSpan& span) {
        return span.function == value.function && span.address <= value.address &&
               span.address + span.count >= value.address + value.count;
      }));
  }
}

}  // namespace
}  // namespace balans
