// What a device is left with when its agent is told to stop.
#include "chargepoint/core/farewell.hpp"

#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

AgentSettings with_failsafe() {
  AgentSettings settings = three_phase_charger();
  settings.failsafe = 6_A;
  return settings;
}

Farewell farewell(const Bench& bench) { return farewell_of(bench.settings, bench.memory, bench.now); }

TEST(Farewell, LowersADeviceToItsFailsafe) {
  Bench bench = Bench::following(10_A, with_failsafe());
  bench.second();
  EXPECT_EQ(farewell(bench).write.draw, 6_A);
  EXPECT_FALSE(farewell(bench).write.feed) << "there is nothing to limit";
  EXPECT_EQ(farewell(bench).write_before, bench.lease()->until);
}

TEST(Farewell, IsZeroWhereThatIsTheFailsafe) {
  Bench bench = Bench::following(10_A);
  bench.second();
  EXPECT_EQ(farewell(bench).write.draw, 0_A);
}

TEST(Farewell, LeavesWhatHoldsNoMoreThanItsFailsafe) {
  Bench bench = Bench::following(6_A, with_failsafe());
  bench.second();
  EXPECT_FALSE(farewell(bench).write.draw);
}

TEST(Farewell, NeverRaises) {
  Bench bench = Bench::following(10_A, with_failsafe());
  bench.write_hangs = true;
  bench.grant(0_A);  // on its way: what the device holds is 10 A still, or 0
  EXPECT_EQ(farewell(bench).write.draw, 0_A);
}

TEST(Farewell, CoversAWriteThatHasNotArrived) {
  Bench bench = Bench::following(6_A, with_failsafe());
  bench.second();
  bench.write_hangs = true;
  bench.grant(16_A);
  EXPECT_EQ(farewell(bench).write.draw, 6_A);
}

TEST(Farewell, SaysNothingToADeviceWithoutALease) {
  Bench starting(with_failsafe());
  starting.second();
  EXPECT_FALSE(farewell(starting).write.draw);
  Bench bench = Bench::following(10_A, with_failsafe());
  bench.second();
  const BootTime until = bench.lease()->until;
  EXPECT_FALSE(farewell_of(bench.settings, bench.memory, until).write.draw) << "its end has not been noticed yet";
}

TEST(Farewell, SaysNothingToADeviceThatIsLeftToItsWatchdog) {
  AgentSettings settings = with_failsafe();
  settings.revert = 60_s;
  Bench bench = Bench::following(10_A, settings);
  bench.memory.device.quiet_until = bench.now + 30_s;
  EXPECT_FALSE(farewell(bench).write.draw);
}

TEST(Farewell, IsForWhatIsFedInToo) {
  AgentSettings settings = with_failsafe();
  settings.max_feed = 16_A;
  settings.min_feed = 100_mA;
  Bench bench(settings);
  bench.seconds(10);
  bench.connect();
  bench.take(bench.limit(Allowance{PerPhase<Milliamps>::all(10_A), PerPhase<Milliamps>::all(10_A)}));
  bench.seconds(2);
  EXPECT_EQ(farewell(bench).write.draw, 6_A);
  EXPECT_EQ(farewell(bench).write.feed, 0_A);
}

}  // namespace
}  // namespace balans
