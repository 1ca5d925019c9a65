#include "trafo/core/fill.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/trafo/core/protocol/random.hpp"

namespace balans {
namespace {

using protocol::Random;

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

Candidate taker(Milliamps cap, std::int64_t weight = 1) {
  Candidate c;
  c.phases = PhaseSet::all();
  c.cap = cap;
  c.weight = weight;
  return c;
}

TEST(Fill, RaisesAllAtTheSpeedOfTheirWeights) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(40_A)}};
  const std::vector<Candidate> candidates{taker(100_A, 1), taker(100_A, 3)};
  EXPECT_EQ(fill(nodes, candidates, std::vector(2, 0_A)), (std::vector{10_A, 30_A}));
}

TEST(Fill, StartsFromWhatEverybodyHas) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(40_A)}};
  const std::vector<Candidate> candidates{taker(100_A), taker(100_A)};
  EXPECT_EQ(fill(nodes, candidates, std::vector{10_A, 20_A}), (std::vector{15_A, 25_A}));
}

TEST(Fill, AddsNothingInARowThatIsExceededAlready) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(20_A)}};
  const std::vector<Candidate> candidates{taker(100_A), taker(100_A)};
  EXPECT_EQ(fill(nodes, candidates, std::vector{16_A, 16_A}), (std::vector{16_A, 16_A}));
}

TEST(Fill, RoundsDownToTheMilliamp) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(10_A)}};
  const std::vector<Candidate> candidates{taker(100_A), taker(100_A), taker(100_A)};
  EXPECT_EQ(fill(nodes, candidates, std::vector(3, 0_A)), std::vector(3, 3'333_mA));
}

TEST(Fill, DoesNotOverflowAtTheLargestWeightsAndCurrents) {
  const std::vector<GridNode> nodes{{"main", kNoParent, all(10'000_A)}};
  const std::vector<Candidate> candidates(1000, taker(10'000_A, 1 << 20));
  const auto levels = fill(nodes, candidates, std::vector(1000, 0_A));
  EXPECT_EQ(levels.front(), 10_A);
  EXPECT_EQ(levels.back(), 10_A);
}

struct Problem {
  std::vector<GridNode> nodes;
  std::vector<Candidate> candidates;
};

/// Small whole numbers, so that every whole allocation can be tried.
Problem small_problem(Random& random) {
  Problem problem;
  const std::int64_t nodes = random.between(1, 3);
  for (int i = 0; i < nodes; ++i) {
    GridNode node{"node", i == 0 ? kNoParent : static_cast<int>(random.between(0, i - 1)), {}};
    for (Phase p : kPhases) node.headroom[p] = Milliamps(random.between(0, 12));
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

bool fits(const Problem& problem, const std::vector<Milliamps>& levels) {
  Rows rows(problem.nodes);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (rows.obstacle(problem.candidates[i], levels[i])) return false;
    rows.take(problem.candidates[i], levels[i]);
  }
  return true;
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
  for (GridNode& node : problem.nodes)
    for (Phase p : kPhases) node.headroom[p] = node.headroom[p] * 1000;
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

TEST(Fill, WhoStopsBelowItsCapHasAFullRowInWhichNobodyHasMorePerWeight) {
  Random random(4'711);
  for (int i = 0; i < 500; ++i) {
    const Problem problem = magnified(small_problem(random));
    Rows rows(problem.nodes);
    const std::vector<Milliamps> start(problem.candidates.size());
    const auto filled = fill_rows(rows, problem.candidates, start, std::vector<bool>(start.size(), true));
    for (std::size_t a = 0; a < filled.size(); ++a) {
      if (filled[a].level == problem.candidates[a].cap) continue;
      ASSERT_TRUE(filled[a].stopped_by) << "problem " << i;
      rows.each(problem.candidates[a], [&](Binding row, Milliamps& free) {
        if (row == *filled[a].stopped_by) {
          EXPECT_LE(free, Milliamps(10)) << "problem " << i;
        }
      });
      for (std::size_t b = 0; b < filled.size(); ++b) {
        bool shares = false;
        rows.each(problem.candidates[b], [&](Binding row, Milliamps&) { shares |= row == *filled[a].stopped_by; });
        const std::int64_t per_weight_a = filled[a].level.count() / problem.candidates[a].weight;
        const std::int64_t per_weight_b = filled[b].level.count() / problem.candidates[b].weight;
        if (shares) {
          EXPECT_LE(per_weight_b, per_weight_a + 10) << "problem " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace balans
