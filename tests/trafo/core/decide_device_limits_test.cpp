// The decision where somebody outside has set a limit of one device.
#include <gtest/gtest.h>

#include "tests/trafo/core/bench.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

TEST(DecideDeviceLimits, WantOfCreditStopsOneDeviceUntilItsEndAndIsNamed) {
  Bench bench(2, 100_A, 10_A);
  bench.utc = UnixTime(1'000'000);
  OutsideLimit order;
  order.source = Reason::Credit;
  order.agent = 0;
  order.bound.draw = all(0_A);
  order.until = UnixTime(2'000'000);
  bench.outside = {order};
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 0_A);
  EXPECT_EQ(bench.reason(0), Reason::Credit);
  EXPECT_EQ(bench.limit(1), 32_A) << "nobody else is stopped";
  ASSERT_EQ(bench.decision.state.outside.size(), 1U);
  EXPECT_EQ(bench.decision.state.outside[0].agent, bench.site.agents[0].id);
  bench.utc = UnixTime(2'000'000);
  bench.run(60);
  EXPECT_EQ(bench.limit(0), 32_A);
}

TEST(DecideDeviceLimits, WantOfCreditLeavesTheStatutoryFloorAndAnOperatorsLimitOfADeviceDoesNot) {
  for (const auto& [source, expected] : {std::pair{Reason::Credit, 6'100_mA}, std::pair{Reason::Operator, 0_mA}}) {
    Bench bench(1, 100_A, 10_A);
    OutsideLimit order;
    order.source = source;
    order.agent = 0;
    order.bound.draw = all(0_A);
    bench.outside = {order};
    Offer owed;
    owed.floor = 6'087_mA;
    bench.agents[0].says = owed;
    bench.run(120);
    EXPECT_EQ(bench.limit(0), expected);
    EXPECT_EQ(bench.reason(0), source);
  }
}

TEST(DecideDeviceLimits, ADeviceThatCannotRunSoLowDoesNotRun) {
  Bench bench(1, 100_A, 10_A);
  OutsideLimit order;
  order.agent = 0;
  order.bound.draw = all(3_A);  // below the 6 A that it needs
  bench.outside = {order};
  bench.run(120);
  EXPECT_EQ(bench.limit(0), 0_A);
}

}  // namespace
}  // namespace balans
