// What a grant says of itself. Cases of who gets how much: tests/scenarios/allocation.json.
#include "trafo/core/allocate.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

constexpr BootTime kNow(10'000'000);

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

Candidate charger(Milliamps cap) {
  Candidate c;
  c.phases = PhaseSet::all();
  c.min = 6_A;
  c.cap = cap;
  c.step = 100_mA;
  c.turn.since = kNow - 1_s;
  return c;
}

TEST(Allocate, SaysWhichRowBinds) {
  const std::vector<GridNode> nodes{{"main", kNoParent, {{40_A, 9_A, 40_A}}}, {"panel", 0, all(30_A)}};
  Candidate c = charger(32_A);
  c.node = 1;
  const Grant grant = allocate(nodes, std::vector{c}, kNow)[0];
  EXPECT_EQ(grant.current, 9_A);
  EXPECT_EQ(grant.reason, Reason::Capacity);
  EXPECT_EQ(grant.binding, (Binding{0, Phase::L2}));
}

TEST(Allocate, TellsThoseThatHaveAllFromThoseThatAskForNothing) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(40_A)}};
  const auto grants = allocate(nodes, std::vector{charger(16_A), charger(0_A)}, kNow);
  EXPECT_EQ(grants[0].reason, Reason::Unlimited);
  EXPECT_EQ(grants[1].reason, Reason::NotAsking);
}

TEST(Allocate, TakesWhatIsReservedFromNobodyElse) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(17_A)}};
  Candidate waiting = charger(16_A);
  waiting.reserved = 6_A;  // a failsafe that is always booked
  Candidate running = charger(16_A);
  running.turn.on = true;
  const auto grants = allocate(nodes, std::vector{running, charger(16_A), waiting}, kNow);
  EXPECT_EQ(grants[0].current + grants[2].current, 17_A);
  EXPECT_EQ(grants[1].current, 0_A);
}

}  // namespace
}  // namespace balans
