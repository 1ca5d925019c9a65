// A node without a meter beside others: what it carries is told by the meter above and those beside it.
#include <gtest/gtest.h>

#include "tests/trafo/core/bench.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

/// charger-1 at a panel with a meter, charger-2 at a feeder of 40 A without one.
class BesideAPanel : public testing::Test {
 protected:
  BesideAPanel() : bench(2, 200_A, 10_A) {
    panel = bench.add_node("panel", 0, 60_A, 0_A, true);
    blind = bench.add_node("feeder", 0, 40_A, 30_A, false);
    bench.bases[blind] = all(0_A);
    bench.site.agents[0].node = panel;
    bench.site.agents[1].node = blind;
    bench.memory = fresh_memory(bench.site, bench.now);
  }
  /// One second, in which the car at the panel draws `current`.
  void tick_while_the_other_draws(Milliamps current) {
    bench.agents[0].appetite = current;
    bench.tick();
  }

  Bench bench;
  std::size_t panel, blind;
};

TEST_F(BesideAPanel, WhatADeviceThereDoesHidesNothingOfTheFeedersBaseLoad) {
  for (int s = 0; s < 90; ++s) tick_while_the_other_draws(s % 2 == 0 ? 6_A : 30_A);
  ASSERT_GE(bench.limit(1), 24_A);
  bench.bases[blind] = all(20_A);
  for (int s = 0; s < 15; ++s) tick_while_the_other_draws(s % 2 == 0 ? 6_A : 30_A);
  EXPECT_EQ(bench.limit(1), 10_A) << "the transformer's own 10 A may be there too";
}

TEST_F(BesideAPanel, WithoutThePanelsMeterTheTransformersAloneStillTells) {
  for (int s = 0; s < 90; ++s) tick_while_the_other_draws(6_A);
  bench.silent_meters = {1};
  bench.bases[blind] = all(30_A);
  bench.run(60);
  EXPECT_EQ(bench.limit(1), 10_A);
}

}  // namespace
}  // namespace balans
