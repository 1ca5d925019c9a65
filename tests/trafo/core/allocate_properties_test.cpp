// What holds for every allocation, over random problems. A failure prints the seed; BALANS_ALLOCATE_SEED brings it
// back, BALANS_ALLOCATE_PROBLEMS asks for more.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {
namespace {

/// Calls `wrong(problem, random)` for problems of `make` until it has said what is wrong with one.
template <class Make, class Wrong>
void for_each_problem(std::int64_t count, Make&& make, Wrong&& wrong) {
  const std::int64_t only = protocol::number_from_environment("BALANS_ALLOCATE_SEED", 0);
  count = protocol::number_from_environment("BALANS_ALLOCATE_PROBLEMS", count);
  for (std::int64_t seed = only == 0 ? 1 : only; seed <= (only == 0 ? count : only); ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    const Problem problem = make(random);
    const std::string found = wrong(problem, random);
    ASSERT_EQ(found, "") << "BALANS_ALLOCATE_SEED=" << seed << "\n" << describe(problem);
  }
}

bool is_below(const Problem& problem, int node, int ancestor) {
  for (; node != kNoParent; node = problem.nodes[static_cast<std::size_t>(node)].parent)
    if (node == ancestor) return true;
  return false;
}

bool loads(const Problem& problem, const Candidate& c, Binding row) {
  return c.phases.contains(row.phase) && is_below(problem, c.node, row.node);
}

/// Σ over the candidates that load `row` of `amount(i)`.
template <class Amount>
Milliamps sum_in(const Problem& problem, Binding row, Amount&& amount) {
  Milliamps sum;
  for (std::size_t i = 0; i < problem.candidates.size(); ++i)
    if (loads(problem, problem.candidates[i], row)) sum += amount(i);
  return sum;
}

Milliamps limit_of(const Problem& problem, Binding row) {
  return std::max(Milliamps(), problem.nodes[static_cast<std::size_t>(row.node)].headroom[row.phase]);
}

std::vector<Binding> rows_of(const Problem& problem) {
  std::vector<Binding> rows;
  for (std::size_t node = 0; node < problem.nodes.size(); ++node)
    for (Phase p : kPhases) rows.push_back({static_cast<int>(node), p});
  return rows;
}

std::string text_of(Binding row) { return "node " + std::to_string(row.node) + " " + name_of(row.phase); }

/// What granting `grants[i]` books, with what is reserved anyway.
auto booked(const Problem& problem, const std::vector<Grant>& grants) {
  return [&](std::size_t i) { return std::max(grants[i].current, problem.candidates[i].reserved); };
}

std::string overfull_row(const Problem& problem, const std::vector<Grant>& grants) {
  for (Binding row : rows_of(problem)) {
    if (sum_in(problem, row, [&](std::size_t i) { return grants[i].current; }) > limit_of(problem, row))
      return text_of(row) + " is granted out too much";
    const Milliamps reserved = sum_in(problem, row, [&](std::size_t i) { return problem.candidates[i].reserved; });
    if (sum_in(problem, row, booked(problem, grants)) > std::max(limit_of(problem, row), reserved))
      return text_of(row) + " is granted out over what is reserved";
  }
  return "";
}

TEST(AllocateProperties, NoRowIsGrantedOutMoreThanItsHeadroom) {
  for_each_problem(20'000, random_problem,
                   [](const Problem& problem, Random&) { return overfull_row(problem, problem.solve()); });
}

std::string odd_grant(const Problem& problem, const std::vector<Grant>& grants) {
  if (grants.size() != problem.candidates.size()) return "not one grant for each candidate";
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    const Milliamps got = grants[i].current;
    const std::string who = "candidate " + std::to_string(i);
    if (c.cap == Milliamps() && grants[i] != Grant{}) return who + " asks for nothing and is granted something";
    if (got == Milliamps()) continue;
    if (got < c.min || got > std::max(c.min, c.cap)) return who + " is outside [min, max(min, cap)]";
    if (got % c.step != Milliamps() && got != c.min && got != c.cap) return who + " is not on its step";
    if (!c.turn.on && problem.now < c.turn.rest_until) return who + " has not rested";
  }
  return "";
}

TEST(AllocateProperties, EachGrantIsNothingOrOnAStepBetweenMinimumAndCap) {
  for_each_problem(20'000, random_problem,
                   [](const Problem& problem, Random&) { return odd_grant(problem, problem.solve()); });
}

std::string left_over(const Problem& problem, const std::vector<Grant>& grants) {
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    if (grants[i].current == Milliamps() || grants[i].current + c.step > c.cap) continue;
    const bool stopped = std::ranges::any_of(rows_of(problem), [&](Binding row) {
      if (!loads(problem, c, row)) return false;
      // Each may lose less than a step to rounding, and less than a milliamp to its fraction.
      const Milliamps steps = sum_in(problem, row, [&](std::size_t k) {
        const bool shares = grants[k].reason == Reason::Capacity || grants[k].reason == Reason::Unlimited;
        return shares ? problem.candidates[k].step + 1_mA : Milliamps();
      });
      return limit_of(problem, row) - sum_in(problem, row, booked(problem, grants)) < steps;
    });
    if (!stopped) return "candidate " + std::to_string(i) + " could have more";
  }
  return "";
}

TEST(AllocateProperties, WhoeverIsOnIsStoppedByItsCapOrByARowThatIsFullUpToSteps) {
  for_each_problem(20'000, random_problem,
                   [](const Problem& problem, Random&) { return left_over(problem, problem.solve()); });
}

/// Nobody has waited for so long that a place is held for it.
Problem with_short_waits(Random& random) {
  Problem problem = random_problem(random);
  for (Candidate& c : problem.candidates)
    if (!c.turn.on) c.turn.since = problem.now - Millis(random.between(0, 14 * 60'000));
  return problem;
}

std::string needless_wait(const Problem& problem, const std::vector<Grant>& grants) {
  const auto minimum = [&](std::size_t i) {
    const Candidate& c = problem.candidates[i];
    if (grants[i].current == Milliamps()) return c.reserved;
    const Milliamps floor_on_step = (c.floor + c.step - 1_mA) / c.step.count() * c.step.count();
    return std::max({c.min, c.reserved, std::min(grants[i].current, floor_on_step)});  // floors come first
  };
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    if (c.cap == Milliamps() || grants[i].current > Milliamps() || c.min == Milliamps()) continue;
    if (!c.turn.on && problem.now < c.turn.rest_until) continue;
    const Milliamps needed = std::max(c.turn.on ? c.min : c.min * 6 / 5, c.reserved) - c.reserved;
    const bool blocked = std::ranges::any_of(rows_of(problem), [&](Binding row) {
      return loads(problem, c, row) && limit_of(problem, row) - sum_in(problem, row, minimum) < needed;
    });
    if (!blocked) return "candidate " + std::to_string(i) + " waits although there is room for it";
  }
  return "";
}

TEST(AllocateProperties, NobodyWaitsBesideRoomForItsMinimum) {
  for_each_problem(20'000, with_short_waits,
                   [](const Problem& problem, Random&) { return needless_wait(problem, problem.solve()); });
}

TEST(AllocateProperties, ARowThatIsNamedIsOneThatTheDeviceLoads) {
  for_each_problem(5'000, random_problem, [](const Problem& problem, Random&) -> std::string {
    const std::vector<Grant> grants = problem.solve();
    for (std::size_t i = 0; i < grants.size(); ++i)
      if (grants[i].binding && !loads(problem, problem.candidates[i], *grants[i].binding))
        return "candidate " + std::to_string(i) + " is said to be bound by " + text_of(*grants[i].binding);
    return "";
  });
}

TEST(AllocateProperties, TheSameProblemHasTheSameGrants) {
  for_each_problem(5'000, random_problem, [](const Problem& problem, Random&) -> std::string {
    const Problem copy = problem;
    return problem.solve() == copy.solve() ? "" : "two runs differ";
  });
}

/// At most five, all on, small round numbers of ten milliamps, room for every minimum.
Problem small_problem(Random& random) {
  Problem problem;
  const std::int64_t count = random.between(1, 5);
  problem.nodes = random_tree(random, 0, 10, 10);
  for (std::int64_t i = 0; i < count; ++i) {
    Candidate c = random_candidate(random, problem);
    c.min = amps_between(random, 0, 2, 10);
    c.cap = c.min + amps_between(random, 0, 6, 10);
    c.step = 1_mA;
    c.weight = random.between(1, 3);
    c.reserved = c.floor = Milliamps();
    c.turn = Turn{true, problem.now, false, {}};
    problem.candidates.push_back(c);
  }
  for (Binding row : rows_of(problem))
    problem.nodes[static_cast<std::size_t>(row.node)].headroom[row.phase] +=
        sum_in(problem, row, [&](std::size_t i) { return problem.candidates[i].min; });
  return problem;
}

/// Goes through every way to raise the candidates above their minimums in steps of ten milliamps that fits the rows.
template <class Visit>
void each_way(const Problem& problem, std::vector<Milliamps>& rise, std::size_t i, const Visit& visit) {
  if (i == rise.size()) return visit(rise);
  const Candidate& c = problem.candidates[i];
  for (rise[i] = Milliamps(); c.min + rise[i] <= c.cap; rise[i] += 10_mA) {
    const bool fits = std::ranges::all_of(rows_of(problem), [&](Binding row) {
      if (!loads(problem, c, row)) return true;
      return sum_in(problem, row, [&](std::size_t k) {
               return problem.candidates[k].min + (k <= i ? rise[k] : Milliamps());
             }) <= limit_of(problem, row);
    });
    if (!fits) break;
    each_way(problem, rise, i + 1, visit);
  }
  rise[i] = Milliamps();
}

/// Weighted max-min fair: whoever has more in another way takes it from somebody who stands no higher.
std::string fairer_way(const Problem& problem, const std::vector<Grant>& grants) {
  const std::size_t count = grants.size();
  std::vector<std::int64_t> level(count);  // rise per weight, in sixths of a milliamp so that it is whole
  for (std::size_t i = 0; i < count; ++i)
    level[i] = (grants[i].current - problem.candidates[i].min).count() * 6 / problem.candidates[i].weight;
  std::string found;
  std::vector<Milliamps> rise(count);
  each_way(problem, rise, 0, [&](const std::vector<Milliamps>& other) {
    for (std::size_t i = 0; i < count && found.empty(); ++i) {
      // One milliamp is what rounding down may cost.
      if (problem.candidates[i].min + other[i] <= grants[i].current + 1_mA) continue;
      bool taken_from_lower = false;
      for (std::size_t j = 0; j < count; ++j)
        taken_from_lower |= problem.candidates[j].min + other[j] < grants[j].current && level[j] <= level[i] + 6;
      if (!taken_from_lower)
        found = "candidate " + std::to_string(i) + " could have more at nobody's cost who has less";
    }
  });
  return found;
}

TEST(AllocateProperties, NoOtherWayIsFairer) {
  for_each_problem(1'000, small_problem, [](const Problem& problem, Random&) -> std::string {
    const std::vector<Grant> grants = problem.solve();
    for (std::size_t i = 0; i < grants.size(); ++i)
      if (grants[i].current < problem.candidates[i].min) return "not all are on";
    return fairer_way(problem, grants);
  });
}

TEST(AllocateProperties, FillRaisesNobodyInARowThatIsOverfullAlready) {
  for_each_problem(5'000, random_problem, [](const Problem& problem, Random& random) -> std::string {
    std::vector<Milliamps> start;
    for (std::size_t i = 0; i < problem.candidates.size(); ++i) start.push_back(amps_between(random, 0, 20, 1000));
    const std::vector<Milliamps> levels = fill(problem.nodes, problem.candidates, start);
    for (std::size_t i = 0; i < levels.size(); ++i)
      if (levels[i] < start[i] || levels[i] > std::max(start[i], problem.candidates[i].cap))
        return "outside its bounds";
    for (Binding row : rows_of(problem)) {
      const Milliamps before = sum_in(problem, row, [&](std::size_t i) { return start[i]; });
      const Milliamps after = sum_in(problem, row, [&](std::size_t i) { return levels[i]; });
      if (after > std::max(before, limit_of(problem, row))) return text_of(row) + " is filled over its limit";
    }
    return "";
  });
}

}  // namespace
}  // namespace balans
