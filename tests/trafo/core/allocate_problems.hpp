#pragma once
// Random problems for the allocator, and words for them when one goes wrong.

#include <sstream>
#include <string>
#include <vector>

#include "common/defaults.hpp"
#include "tests/trafo/core/protocol/random.hpp"
#include "trafo/core/allocate.hpp"

namespace balans {

using protocol::Random;

struct Problem {
  BootTime now = BootTime(100'000'000);
  std::vector<GridNode> nodes;
  std::vector<Candidate> candidates;

  [[nodiscard]] std::vector<Grant> solve() const { return allocate(nodes, candidates, now); }
};

inline Milliamps amps_between(Random& random, std::int64_t low, std::int64_t high, std::int64_t unit_ma) {
  return Milliamps(random.between(low, high) * unit_ma);
}

inline std::vector<GridNode> random_tree(Random& random, std::int64_t least, std::int64_t most, std::int64_t unit_ma) {
  std::vector<GridNode> nodes;
  const std::int64_t count = random.between(1, 5);
  for (std::int64_t i = 0; i < count; ++i) {
    GridNode node{"node-" + std::to_string(i), i == 0 ? kNoParent : static_cast<int>(random.between(0, i - 1)), {}};
    for (Phase p : kPhases) node.headroom[p] = amps_between(random, least, most, unit_ma);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

inline PhaseSet random_phases(Random& random) {
  PhaseSet phases;
  const std::int64_t bits = random.between(1, 7);
  for (Phase p : kPhases)
    if ((bits >> static_cast<int>(p)) & 1) phases.insert(p);
  return phases;
}

inline Turn random_turn(Random& random, BootTime now) {
  Turn turn;
  turn.on = random.between(0, 1) == 1;
  turn.since = now - Millis(random.between(0, 40 * 60) * 1000);
  turn.idle = turn.on && random.between(0, 9) == 0;
  if (!turn.on && random.between(0, 4) == 0) turn.rest_until = now + Millis(random.between(0, 60'000));
  return turn;
}

inline Candidate random_candidate(Random& random, const Problem& problem) {
  Candidate c;
  c.node = static_cast<int>(random.between(0, static_cast<std::int64_t>(problem.nodes.size()) - 1));
  c.phases = random_phases(random);
  c.min = amps_between(random, 0, 80, 100);
  c.cap = random.between(0, 5) == 0 ? Milliamps() : amps_between(random, 0, 32'000, 1);
  c.step =
      Milliamps(std::vector<std::int64_t>{1, 100, 500, 1000, 6000}[static_cast<std::size_t>(random.between(0, 4))]);
  c.weight = random.between(0, 20) == 0 ? std::int64_t{1} << 20 : random.between(1, 4);
  if (random.between(0, 4) == 0) c.reserved = amps_between(random, 0, 100, 100);
  if (random.between(0, 9) == 0) c.floor = c.min;
  c.turn = random_turn(random, problem.now);
  return c;
}

/// Anything that can happen: overloaded rows, odd steps, everybody at another moment of their turn.
inline Problem random_problem(Random& random) {
  Problem problem;
  problem.nodes = random_tree(random, -10, 120, 1000);
  const std::int64_t count = random.between(0, 12);
  for (std::int64_t i = 0; i < count; ++i) problem.candidates.push_back(random_candidate(random, problem));
  return problem;
}

inline std::string describe(const Problem& problem) {
  std::ostringstream text;
  for (const GridNode& node : problem.nodes) {
    text << node.name << " below " << node.parent << ": headroom";
    for (Phase p : kPhases) text << ' ' << node.headroom[p].count();
    text << '\n';
  }
  const std::vector<Grant> grants = problem.solve();
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    text << "candidate " << i << " at node " << c.node << " on";
    for (Phase p : kPhases) text << (c.phases.contains(p) ? std::string(" ") + name_of(p) : "");
    text << ", min " << c.min.count() << ", cap " << c.cap.count() << ", step " << c.step.count() << ", weight "
         << c.weight << ", reserved " << c.reserved.count() << ", floor " << c.floor.count()
         << (c.turn.on ? ", on for " : ", off for ") << (problem.now - c.turn.since).count() << " ms"
         << (c.turn.idle ? ", idle" : "") << ", may start in " << (c.turn.rest_until - problem.now).count()
         << " ms: " << grants[i].current.count() << " mA, " << name_of(grants[i].reason) << '\n';
  }
  return text.str();
}

}  // namespace balans
