// What raises are cut to: the fill alone, without admission, tiers or steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

Candidate taker(Milliamps cap, std::int64_t weight = 1) {
  Candidate c;
  c.phases = PhaseSet::all();
  c.cap = cap;
  c.weight = weight;
  return c;
}

TEST(Fill, RaisesAllAtTheSpeedOfTheirWeights) {
  const std::vector<GridNode> nodes{{kNoParent, all(40_A)}};
  const std::vector<Candidate> candidates{taker(100_A, 1), taker(100_A, 3)};
  EXPECT_EQ(fill(nodes, candidates, std::vector(2, 0_A)), (std::vector{10_A, 30_A}));
}

TEST(Fill, StartsFromWhatEverybodyHas) {
  const std::vector<GridNode> nodes{{kNoParent, all(40_A)}};
  const std::vector<Candidate> candidates{taker(100_A), taker(100_A)};
  EXPECT_EQ(fill(nodes, candidates, std::vector{10_A, 20_A}), (std::vector{15_A, 25_A}));
}

TEST(Fill, AddsNothingInARowThatIsExceededAlready) {
  const std::vector<GridNode> nodes{{kNoParent, all(20_A)}};
  const std::vector<Candidate> candidates{taker(100_A), taker(100_A)};
  EXPECT_EQ(fill(nodes, candidates, std::vector{16_A, 16_A}), (std::vector{16_A, 16_A}));
}

TEST(Fill, RoundsDownToTheMilliamp) {
  const std::vector<GridNode> nodes{{kNoParent, all(10_A)}};
  const std::vector<Candidate> candidates{taker(100_A), taker(100_A), taker(100_A)};
  EXPECT_EQ(fill(nodes, candidates, std::vector(3, 0_A)), std::vector(3, 3'333_mA));
}

TEST(Fill, DoesNotOverflowAtTheLargestWeightsAndCurrents) {
  const std::vector<GridNode> nodes{{kNoParent, all(10'000_A)}};
  const std::vector<Candidate> candidates(1000, taker(10'000_A, 1 << 20));
  const auto levels = fill(nodes, candidates, std::vector(1000, 0_A));
  EXPECT_EQ(levels.front(), 10_A);
  EXPECT_EQ(levels.back(), 10_A);
}

/// Small whole numbers, so that every whole allocation can be tried.
Problem small_problem(Random& random) {
  Problem problem;
  const std::int64_t nodes = random.between(1, 3);
  for (int i = 0; i < nodes; ++i) {
    GridNode node;
    node.parent = i == 0 ? kNoParent : static_cast<int>(random.between(0, i - 1));
    for (Phase p : kPhases) node.headroom[p] = Milliamps(random.between(0, 12));
    if (random.happens(300'000)) node.sum = Milliamps(random.between(0, 24));
    problem.nodes.push_back(node);
  }
  for (std::int64_t i = random.between(1, 6); i > 0; --i) {
    Candidate c = taker(Milliamps(random.between(0, 4)), random.between(1, 3));
    c.node = static_cast<int>(random.between(0, nodes - 1));
    if (random.happens(600'000)) c.phases = PhaseSet{kPhases[static_cast<std::size_t>(random.between(0, 2))]};
    problem.candidates.push_back(c);
  }
  return problem;
}

Milliamps used_in(const Problem& problem, Binding row, const std::vector<Milliamps>& levels) {
  Milliamps used;
  for (std::size_t i = 0; i < levels.size(); ++i)
    used += levels[i] * loads(problem, problem.candidates[i].node, problem.candidates[i].phases, row);
  return used;
}

bool fits(const Problem& problem, const std::vector<Milliamps>& levels) {
  return std::ranges::all_of(rows_of(problem),
                             [&](Binding row) { return used_in(problem, row, levels) <= limit_of(problem, row); });
}

/// Levels per weight from the smallest up, times 6 to stay whole (weights are 1, 2 and 3).
std::vector<std::int64_t> from_the_poorest(const Problem& problem, const std::vector<Milliamps>& levels) {
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < levels.size(); ++i)
    result.push_back(levels[i].count() * 6 / problem.candidates[i].weight);
  std::sort(result.begin(), result.end());
  return result;
}

/// The same problem in thousandths, so that rounding to whole milliamps does not show.
Problem magnified(Problem problem) {
  for (GridNode& node : problem.nodes) {
    for (Phase p : kPhases) node.headroom[p] = node.headroom[p] * 1000;
    if (node.sum < kUnlimited) node.sum = node.sum * 1000;
  }
  for (Candidate& c : problem.candidates) c.cap = c.cap * 1000;
  return problem;
}

void for_each_whole_allocation(const Problem& problem,
                               const std::function<void(const std::vector<Milliamps>&)>& visit) {
  std::vector<Milliamps> levels(problem.candidates.size());
  for (;;) {
    if (fits(problem, levels)) visit(levels);
    std::size_t i = 0;
    while (i < levels.size() && levels[i] == problem.candidates[i].cap) levels[i++] = Milliamps();
    if (i == levels.size()) return;
    levels[i] += 1_mA;
  }
}

/// Whether `a` treats the poorest better than `b`, or as well and the next poorest better, and so on. `slack` forgives
/// what is lost by rounding.
bool fairer(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b, std::int64_t slack) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i] + slack) return true;
    if (a[i] < b[i] - slack) return false;
  }
  return false;
}

TEST(Fill, NoAllocationInWholeNumbersIsFairer) {
  Random random(20'261'121);
  for (int i = 0; i < 60; ++i) {
    const Problem problem = small_problem(random);
    const Problem large = magnified(problem);
    const auto levels = fill(large.nodes, large.candidates, std::vector<Milliamps>(large.candidates.size()));
    ASSERT_TRUE(fits(large, levels)) << "problem " << i;
    const auto ours = from_the_poorest(large, levels);
    for_each_whole_allocation(problem, [&](const std::vector<Milliamps>& whole) {
      auto theirs = from_the_poorest(problem, whole);
      for (std::int64_t& level : theirs) level *= 1000;
      EXPECT_FALSE(fairer(theirs, ours, 100)) << "problem " << i;
    });
  }
}

std::int64_t per_weight(const Candidate& c, Milliamps level) { return level.count() / c.weight; }

/// A full row of candidate `a` in which nobody has more per weight.
bool has_bottleneck(const Problem& problem, const std::vector<Milliamps>& levels, std::size_t a) {
  const auto in_row = [&](std::size_t i, Binding row) {
    return loads(problem, problem.candidates[i].node, problem.candidates[i].phases, row) > 0;
  };
  const std::int64_t own = per_weight(problem.candidates[a], levels[a]);
  return std::ranges::any_of(rows_of(problem), [&](Binding row) {
    if (!in_row(a, row) || limit_of(problem, row) - used_in(problem, row, levels) > 18_mA) return false;
    for (std::size_t b = 0; b < levels.size(); ++b)
      if (in_row(b, row) && per_weight(problem.candidates[b], levels[b]) > own + 10) return false;
    return true;
  });
}

TEST(Fill, WhoStopsBelowItsCapHasAFullRowInWhichNobodyHasMorePerWeight) {
  Random random(4'711);
  for (int i = 0; i < 500; ++i) {
    const Problem problem = magnified(small_problem(random));
    const auto levels = fill(problem.nodes, problem.candidates, std::vector<Milliamps>(problem.candidates.size()));
    for (std::size_t a = 0; a < levels.size(); ++a) {
      if (levels[a] == problem.candidates[a].cap) continue;
      EXPECT_TRUE(has_bottleneck(problem, levels, a)) << "problem " << i << ", candidate " << a;
    }
  }
}

TEST(Fill, AnAllocatorThatHasSeenOtherProblemsFillsTheSame) {
  Random random(815);
  Allocator warm;
  for (int i = 0; i < 200; ++i) {
    const Problem problem = small_problem(random);
    const std::vector<Milliamps> start(problem.candidates.size());
    (void)warm.allocate(problem.nodes, problem.candidates, problem.now);
    const auto levels = warm.fill(problem.nodes, problem.candidates, start);
    EXPECT_EQ(std::vector<Milliamps>(levels.begin(), levels.end()), fill(problem.nodes, problem.candidates, start));
  }
}

}  // namespace
}  // namespace balans
