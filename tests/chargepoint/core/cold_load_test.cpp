// After a power cut a street must not come back all at once.
#include <gtest/gtest.h>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

using Amps = PerPhase<Milliamps>;

/// Power came back 300 s before it may draw.
Bench after_a_cut(AgentSettings settings = three_phase_charger()) {
  Bench bench(settings);
  bench.memory = fresh_memory(bench.settings, bench.now, bench.now + 300_s);
  bench.connect();
  return bench;
}

TEST(ColdLoad, HoldsZeroWhateverTheLeaseSays) {
  Bench bench = after_a_cut();
  for (int s = 1; s < 300; ++s) {
    if (s % 20 == 0) bench.next.limits.push_back(bench.limit(16_A));
    bench.second();
    ASSERT_EQ(bench.setpoint(), 0_A) << s;
  }
  EXPECT_EQ(bench.state(), AgentState::Following);
  EXPECT_EQ(bench.status->fault, "");
  EXPECT_EQ(bench.status->ask, Allowance{});
  EXPECT_EQ(bench.status->ack->limit, Allowance{});
  EXPECT_EQ(bench.stage(), AckStage::Effective);
}

TEST(ColdLoad, EndsWithTheNextLeaseAfterTheHold) {
  Bench bench = after_a_cut();
  bench.seconds(290);
  bench.grant(16_A);
  bench.seconds(20);
  EXPECT_EQ(bench.setpoint(), 0_A) << "nothing was taken of that lease";
  EXPECT_EQ(bench.status->ask, Allowance(Amps::all(16_A)));
  EXPECT_EQ(bench.grant(16_A).write.draw, 16_A);
}

TEST(ColdLoad, HoldsBackTheFailsafeToo) {
  AgentSettings settings = three_phase_charger();
  settings.failsafe = 8_A;
  Bench bench = after_a_cut(settings);
  bench.seconds(299);
  EXPECT_EQ(bench.setpoint(), 0_A);
  bench.second();
  EXPECT_EQ(bench.setpoint(), 8_A);
}

TEST(ColdLoad, DoesNotHoldBackWhatIsFedIn) {
  AgentSettings settings = three_phase_charger();
  settings.max_feed = 10_A;
  Bench bench = after_a_cut(settings);
  bench.seconds(10);
  bench.take(bench.limit({Amps::all(16_A), Amps::all(7_A)}));
  EXPECT_EQ(bench.feed_setpoint(), 7_A);
  EXPECT_EQ(bench.setpoint(), 0_A);
}

TEST(ColdLoad, IsTold) {
  Bench bench = after_a_cut();
  const auto told = [&] {
    return std::count_if(bench.events.begin(), bench.events.end(),
                         [](const AgentEvent& e) { return e.what == AgentEvent::What::ColdLoad; });
  };
  bench.seconds(299);
  EXPECT_EQ(told(), 1);
  bench.seconds(50);
  EXPECT_EQ(told(), 2);
}

TEST(ColdLoad, IsARandomPartOfTheLongestHold) {
  const BootTime now(40'000);
  EXPECT_EQ(hold_after_power_cut(600_s, now, 0), now);
  EXPECT_EQ(hold_after_power_cut(600_s, now, 600'000), now + 600_s);
  EXPECT_EQ(hold_after_power_cut(600_s, now, 600'001), now);
  EXPECT_EQ(hold_after_power_cut(600_s, now, 12'345), now + 12'345_ms);
}

TEST(ColdLoad, IsNotThatOfAProgramThatIsMerelyStartedAgain) {
  EXPECT_FALSE(hold_after_power_cut(600_s, BootTime(300'000), 12'345));
  EXPECT_TRUE(hold_after_power_cut(600_s, BootTime(299'999), 12'345));
  EXPECT_FALSE(hold_after_power_cut(0_s, BootTime(40'000), 12'345)) << "switched off";
}

}  // namespace
}  // namespace balans
