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
  const std::vector<GridNode> nodes{{kNoParent, {{40_A, 9_A, 40_A}}}, {0, all(30_A)}};
  Candidate c = charger(32_A);
  c.node = 1;
  const Grant grant = allocate(nodes, std::vector{c}, kNow)[0];
  EXPECT_EQ(grant.current, 9_A);
  EXPECT_EQ(grant.reason, Reason::Capacity);
  EXPECT_EQ(grant.binding, (Binding{0, Row::L2}));
}

TEST(Allocate, TellsThoseThatHaveAllFromThoseThatAskForNothing) {
  const std::vector<GridNode> nodes{{kNoParent, all(40_A)}};
  const auto grants = allocate(nodes, std::vector{charger(16_A), charger(0_A)}, kNow);
  EXPECT_EQ(grants[0].reason, Reason::Unlimited);
  EXPECT_EQ(grants[1].reason, Reason::NotAsking);
}

TEST(Allocate, TakesWhatIsReservedFromNobodyElse) {
  const std::vector<GridNode> nodes{{kNoParent, all(17_A)}};
  Candidate waiting = charger(16_A);
  waiting.reserved = 6_A;  // a failsafe that is always booked
  Candidate running = charger(16_A);
  running.turn.on = true;
  const auto grants = allocate(nodes, std::vector{running, charger(16_A), waiting}, kNow);
  EXPECT_EQ(grants[0].current + grants[2].current, 17_A);
  EXPECT_EQ(grants[1].current, 0_A);
}

TEST(Allocate, NamesTheSumOfPhasesWhereThatBinds) {
  const std::vector<GridNode> nodes{{kNoParent, all(40_A), 30_A}};
  const Grant grant = allocate(nodes, std::vector{charger(32_A)}, kNow)[0];
  EXPECT_EQ(grant.current, 10_A);
  EXPECT_EQ(grant.binding, (Binding{0, Row::Sum}));
  EXPECT_STREQ(name_of(Row::Sum), "kVA");
  EXPECT_STREQ(name_of(Row::L2), "L2");
}

TEST(Allocate, SaysOnWhichPhasesAGrantCounts) {
  const std::vector<GridNode> nodes{{kNoParent, {{20_A, 2_A, 20_A}}}};
  Candidate switching = charger(16_A);
  switching.fewer = PhaseSet{Phase::L1};
  EXPECT_EQ(allocate(nodes, std::vector{switching}, kNow)[0].phases, PhaseSet{Phase::L1});
  EXPECT_EQ(allocate(nodes, std::vector{charger(16_A)}, kNow)[0].reason, Reason::Waiting);
}

TEST(Allocate, NothingIsSharedOutWhereNobodyIsAndNothingWhereNothingIs) {
  EXPECT_TRUE(allocate({}, {}, kNow).empty());
  const std::vector<GridNode> nodes{{kNoParent, all(40_A)}};
  EXPECT_TRUE(allocate(nodes, {}, kNow).empty());
}

TEST(Allocate, AnAllocatorGivesTheSameAsTheFunctionAndMayBeMoved) {
  const std::vector<GridNode> nodes{{kNoParent, all(17_A)}};
  const std::vector<Candidate> candidates{charger(16_A), charger(16_A)};
  Allocator first;
  (void)first.allocate(nodes, std::vector{charger(32_A)}, kNow);
  Allocator moved = std::move(first);
  const auto grants = moved.allocate(nodes, candidates, kNow);
  EXPECT_EQ(std::vector<Grant>(grants.begin(), grants.end()), allocate(nodes, candidates, kNow));
}

TEST(AllocateDeathTest, AParentThatIsNotBeforeItsNodeIsBrokenCode) {
  const std::vector<GridNode> nodes{{1, all(40_A)}, {kNoParent, all(40_A)}};
  EXPECT_DEATH(allocate(nodes, std::vector{charger(16_A)}, kNow), "");
  Candidate nowhere = charger(16_A);
  nowhere.node = 7;
  EXPECT_DEATH(allocate(std::vector{GridNode{kNoParent, all(40_A)}}, std::vector{nowhere}, kNow), "");
}

TEST(DeadlineCurrent, DeliversTheEnergyTenMinutesEarlyRoundedUp) {
  EXPECT_EQ(deadline_current(11'040_Wh, 70_min, 3), 16_A);
  EXPECT_EQ(deadline_current(11'041_Wh, 70_min, 3), 16'002_mA);
  EXPECT_EQ(deadline_current(2'300_Wh, 130_min, 1), 5_A);
}

TEST(DeadlineCurrent, InTheLastTenMinutesIsWhatDeliversAllInOne) {
  EXPECT_EQ(deadline_current(1'000_Wh, 0_s, 1), deadline_current(1'000_Wh, 11_min, 1));
  EXPECT_EQ(deadline_current(1'000_Wh, Millis(-5000), 1), deadline_current(1'000_Wh, 11_min, 1));
  EXPECT_GT(deadline_current(1'000_Wh, 11_min, 1), deadline_current(1'000_Wh, 12_min, 1));
}

TEST(DeadlineCurrent, IsNothingWhereNothingIsMissing) {
  EXPECT_EQ(deadline_current(0_Wh, 60_min, 3), 0_A);
  EXPECT_EQ(deadline_current(WattHours(-7), 60_min, 3), 0_A);
}

Turn turned(const Turn& turn, const Candidate& c, Milliamps current, PhaseSet phases, BootTime now = kNow) {
  return next_turn(turn, c, Grant{current, phases, Reason::Capacity, std::nullopt}, 1_min, now);
}

TEST(NextTurn, BeginsWhenItGoesOnOrOff) {
  const Candidate c = charger(16_A);
  Turn turn = turned(Turn{}, c, 6_A, c.phases);
  EXPECT_TRUE(turn.on);
  EXPECT_EQ(turn.since, kNow);
  turn = turned(turn, c, 10_A, c.phases, kNow + 5_s);
  EXPECT_EQ(turn.since, kNow);
  turn = turned(turn, c, 0_A, c.phases, kNow + 9_s);
  EXPECT_FALSE(turn.on);
  EXPECT_EQ(turn.since, kNow + 9_s);
  EXPECT_EQ(turn.rest_until, kNow + 9_s + 1_min);
}

TEST(NextTurn, WhoAsksForNothingDoesNotWait) {
  Turn turn;
  turn.since = kNow - 60_min;
  EXPECT_EQ(turned(turn, charger(0_A), 0_A, PhaseSet()).since, kNow);
  EXPECT_EQ(turned(turn, charger(16_A), 0_A, PhaseSet()).since, kNow - 60_min);
}

TEST(NextTurn, RemembersSinceWhenADeviceRunsOnFewerPhases) {
  Candidate c = charger(16_A);
  c.fewer = PhaseSet{Phase::L1};
  Turn turn = turned(Turn{}, c, 16_A, c.phases, kNow - 60_s);
  EXPECT_FALSE(turn.on_fewer);
  turn = turned(turn, c, 16_A, c.fewer, kNow - 30_s);
  EXPECT_TRUE(turn.on_fewer);
  EXPECT_EQ(turn.switched, kNow - 30_s);
  turn = turned(turn, c, 0_A, c.phases, kNow - 20_s);
  turn = turned(turn, c, 16_A, c.fewer, kNow);
  EXPECT_EQ(turn.switched, kNow) << "it has been off in between";
}

}  // namespace
}  // namespace balans
