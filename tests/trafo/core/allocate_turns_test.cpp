// Who is on: order, rest, rotation, over many steps with each device's turn carried on.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {
namespace {

Candidate car(Milliamps min = 6_A, Milliamps cap = 32_A) {
  Candidate c;
  c.phases = PhaseSet::all();
  c.min = min;
  c.cap = cap;
  c.step = 100_mA;
  return c;
}

Problem cars_on(Milliamps headroom, std::size_t count) {
  Problem problem;
  problem.now = BootTime(0);
  problem.nodes = {{kNoParent, PerPhase<Milliamps>::all(headroom)}};
  problem.candidates.assign(count, car());
  return problem;
}

/// Lets a problem live; knows how long each candidate has waited.
class Life {
 public:
  explicit Life(Problem problem)
      : problem_(std::move(problem)), waits_from_(problem_.candidates.size(), problem_.now) {}

  std::vector<Grant> step() {
    problem_.now = problem_.now + 10_s;
    std::vector<Grant> grants = problem_.solve();
    for (std::size_t i = 0; i < grants.size(); ++i) {
      Candidate& c = problem_.candidates[i];
      const bool was_on = c.turn.on;
      c.turn = next_turn(c.turn, c, grants[i], defaults::kMinOff, problem_.now);
      if (c.turn.on != was_on) ++changes_;
      if (c.turn.on) waits_from_[i] = problem_.now;
      longest_wait_ = std::max(longest_wait_, problem_.now - waits_from_[i]);
    }
    return grants;
  }
  void pass(Millis duration) {
    for (Millis t; t < duration; t += 10_s) step();
  }

  [[nodiscard]] std::int64_t longest_wait_ms() const { return longest_wait_.count(); }
  [[nodiscard]] int changes() const { return changes_; }
  Problem& problem() { return problem_; }

 private:
  Problem problem_;
  std::vector<BootTime> waits_from_;
  Millis longest_wait_;
  int changes_ = 0;
};

TEST(AllocateTurns, TenLargeCarsOnFortyAmperesAllGetTheirTurn) {
  Life life(cars_on(40_A, 10));
  for (int step = 0; step < 6 * 60 * 24; ++step) {
    const std::vector<Grant> grants = life.step();
    std::int64_t on = 0;
    for (const Grant& grant : grants) {
      EXPECT_TRUE(grant.current == Milliamps() || grant.current >= 6_A);
      on += grant.current > Milliamps() ? 1 : 0;
    }
    ASSERT_GE(on, 5) << "at step " << step;  // while those who leave rest, a place may be empty
  }
  // Four wait for six: everybody's turn comes with the first or second change.
  EXPECT_LE(life.longest_wait_ms(), (defaults::kRotationQuantum * 2).count());
}

TEST(AllocateTurns, NobodyWaitsLongerThanAQuantumForEachOfTheOthers) {
  for (std::size_t cars = 2; cars <= 8; ++cars) {
    Life life(cars_on(8_A, cars));
    life.pass(defaults::kRotationQuantum * 40);
    const auto others = static_cast<std::int64_t>(cars);
    EXPECT_LE(life.longest_wait_ms(), (defaults::kRotationQuantum * others + 1_min).count()) << cars << " cars";
  }
}

TEST(AllocateTurns, TurnsLastAQuantumAndNotLess) {
  Life life(cars_on(8_A, 2));
  life.pass(defaults::kRotationQuantum * 40);
  EXPECT_LE(life.changes(), 2 * 40 + 2);
}

TEST(AllocateTurns, ALargeCarIsNotStarvedBySmallOnesThatSlipIn) {
  Problem problem = cars_on(20_A, 5);
  problem.candidates[4] = car(16_A, 32_A);
  Life life(std::move(problem));
  life.pass(defaults::kRotationQuantum * 40);
  EXPECT_LE(life.longest_wait_ms(), (defaults::kRotationQuantum * 5 + 1_min).count());
}

TEST(AllocateTurns, RandomStreetsStarveNobodyWhomTheirRowsCouldCarryAlone) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Choices random{Random(seed)};
    Problem problem = cars_on(amps_between(random, 16, 40, 1000), static_cast<std::size_t>(random.between(2, 8)));
    for (Candidate& c : problem.candidates) {
      c.min = amps_between(random, 6, 13, 1000);
      c.cap = c.min + amps_between(random, 0, 16, 1000);
      c.phases = some_phases(random);
    }
    const auto count = static_cast<std::int64_t>(problem.candidates.size());
    Life life(std::move(problem));
    life.pass(defaults::kRotationQuantum * 30);
    EXPECT_LE(life.longest_wait_ms(), ((defaults::kRotationQuantum + defaults::kMinOff) * count).count())
        << "seed " << seed;
  }
}

/// One candidate has a place; `first` and `second` want it.
std::vector<Grant> race(Candidate first, Candidate second, Milliamps headroom = 8_A) {
  Problem problem = cars_on(headroom, 0);
  problem.now = BootTime(10'000'000);
  problem.candidates = {first, second};
  return problem.solve();
}

Candidate waiting_for(Millis duration) {
  Candidate c = car();
  c.turn.since = BootTime(10'000'000) - duration;
  return c;
}

Candidate running_for(Millis duration) {
  Candidate c = waiting_for(duration);
  c.turn.on = true;
  return c;
}

TEST(AllocateTurns, LongestWaitingComesFirst) {
  const std::vector<Grant> grants = race(waiting_for(1_min), waiting_for(2_min));
  EXPECT_EQ(grants[0].current, 0_A);
  EXPECT_EQ(grants[0].reason, Reason::Waiting);
  EXPECT_EQ(grants[1].current, 8_A);
}

TEST(AllocateTurns, WhoRunsStaysOnUntilItsQuantumIsOver) {
  EXPECT_EQ(race(running_for(14_min), waiting_for(60_min))[0].current, 8_A);
  EXPECT_EQ(race(running_for(15_min), waiting_for(1_min))[0].current, 0_A);
}

TEST(AllocateTurns, WhoDrawsNothingMakesRoomAtOnce) {
  Candidate idle = running_for(1_min);
  idle.turn.idle = true;
  EXPECT_EQ(race(idle, waiting_for(1_s))[1].current, 8_A);
}

TEST(AllocateTurns, NobodyLeavesForOneThatHasNotRested) {
  Candidate resting = waiting_for(10_s);
  resting.turn.rest_until = BootTime(10'000'000) + 50_s;
  const std::vector<Grant> grants = race(running_for(60_min), resting);
  EXPECT_EQ(grants[0].current, 8_A);
  EXPECT_EQ(grants[1].reason, Reason::Waiting);
}

TEST(AllocateTurns, WhoseLoadedPhasesAreUnseenGoesFirstToShowThem) {
  Candidate unseen = waiting_for(1_s);
  unseen.unseen = true;
  EXPECT_EQ(race(running_for(6_min), unseen)[1].current, 8_A);
  EXPECT_EQ(race(waiting_for(60_min), unseen)[1].current, 8_A);
  EXPECT_EQ(race(running_for(1_min), unseen)[0].current, 8_A) << "but nobody's minimum on-time is cut short for it";
}

TEST(AllocateTurns, StatutoryCandidatesComeBeforeAllOthers) {
  Candidate owed = waiting_for(1_s);
  owed.floor = 6_A;
  EXPECT_EQ(race(running_for(1_min), owed)[1].current, 8_A);
  EXPECT_EQ(race(waiting_for(60_min), owed)[1].current, 8_A);
  owed.turn = running_for(60_min).turn;
  EXPECT_EQ(race(waiting_for(60_min), owed)[1].current, 8_A);
}

TEST(AllocateTurns, StatutoryCandidatesThatDoNotFitTogetherTakeTurnsByTheQuantum) {
  Problem problem = cars_on(8_A, 2);
  for (Candidate& c : problem.candidates) c.floor = 6_A;
  Life life(std::move(problem));
  life.pass(defaults::kRotationQuantum * 40);
  EXPECT_LE(life.longest_wait_ms(), (defaults::kRotationQuantum * 2 + 1_min).count());
  EXPECT_LE(life.changes(), 2 * 40 + 2);
}

TEST(AllocateTurns, WhatBindsIsNamed) {
  const std::vector<Grant> grants = race(running_for(1_min), running_for(1_min), 20_A);
  EXPECT_EQ(grants[0].reason, Reason::Capacity);
  EXPECT_EQ(grants[0].binding, (Binding{0, Row::L1}));
  EXPECT_EQ(race(running_for(1_min), running_for(1_min), 70_A)[0].reason, Reason::Unlimited);
}

}  // namespace
}  // namespace balans
