// What holds for every allocation, over random problems with everything that the allocator knows.
#include <algorithm>
#include <optional>

#include "common/defaults.hpp"
#include "tests/trafo/core/allocate_claims.hpp"
#include "tests/trafo/core/allocate_search.hpp"
#include "trafo/core/steps.hpp"
#include "trafo/core/units.hpp"

namespace balans {
namespace {

TEST(AllocateProperties, NoHardRowIsOverAndSoftOnesOnlyByFloorsUpToTheirEmergencyLimit) {
  for_each_problem(snapshots_asked_for(), any_problem,
                   [](const Problem& problem, Choices&) { return overfull_row(problem, problem.solve()); });
}

TEST(AllocateProperties, EachGrantIsNothingOrOnAStepBetweenMinimumAndCap) {
  for_each_problem(snapshots_asked_for(), any_problem,
                   [](const Problem& problem, Choices&) { return odd_grant(problem, problem.solve()); });
}

std::string left_over(const Problem& problem, const Grants& grants) {
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    if (grants[i].current == Milliamps() || next_above(c, grants[i].current) > c.cap) continue;
    const bool stopped = std::ranges::any_of(rows_of(problem), [&](Binding row) {
      if (loads(problem, c.node, grants[i].phases, row) == 0) return false;
      Milliamps lost;  // each may lose less than a step to rounding, and less than a milliamp to its fraction
      for (std::size_t k = 0; k < grants.size(); ++k) {
        const Candidate& other = problem.candidates[k];
        if (grants[k].reason == Reason::Waiting || grants[k].current >= other.cap) continue;
        const Milliamps next = std::min(next_above(other, grants[k].current), most_of(other));
        lost += (next - grants[k].current + 1_mA) * loads(problem, other.node, grants[k].phases, row);
      }
      const Milliamps used = booked(problem, grants, row, [&](std::size_t k) { return grants[k].current; });
      return limit_of(problem, row) - used < lost;
    });
    if (!stopped) return who(i) + " could have more";
  }
  return "";
}

TEST(AllocateProperties, WhoeverIsOnIsStoppedByItsCapOrByARowThatIsFullUpToSteps) {
  for_each_problem(snapshots_asked_for(), any_problem,
                   [](const Problem& problem, Choices&) { return left_over(problem, problem.solve()); });
}

/// Nobody has waited for so long that a place is held for it.
Problem with_short_waits(Choices& choices) {
  Problem problem = any_problem(choices);
  for (Candidate& c : problem.candidates)
    if (!c.turn.on) c.turn.since = problem.now - Millis(choices.between(0, 14 * 60'000));
  return problem;
}

std::string needless_wait(const Problem& problem, const Grants& grants) {
  const auto least = [&](std::size_t i) {
    const Candidate& c = problem.candidates[i];
    if (grants[i].current == Milliamps()) return Milliamps();
    const std::optional<Millis> slack = allocating::slack_of(c);
    const bool urgent = allocating::is_urgent(c, slack);  // all that its deadline needs comes before those that wait
    const std::int64_t need = std::min(std::max(c.cap, c.min), c.need).count();
    return std::max({c.min, statutory(problem, grants, i), Milliamps(urgent ? allocating::down_to_step(c, need) : 0)});
  };
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    if (c.cap == Milliamps() || grants[i].current > Milliamps() || c.min == Milliamps()) continue;
    if (!c.turn.on && problem.now < c.turn.rest_until) continue;
    const bool switches = c.turn.on && c.turn.on_fewer;
    const Milliamps needed = c.turn.on && !switches ? c.min : c.min * 6 / 5;
    const bool blocked = std::ranges::any_of(rows_of(problem), [&](Binding row) {
      const std::int64_t times = loads(problem, c.node, c.phases, row);
      const Milliamps beside = std::max(Milliamps(), needed - c.reserved) * times;
      return times > 0 && limit_of(problem, row) - booked(problem, grants, row, least) < beside;
    });
    const bool dwells = switches && problem.now - c.turn.switched < defaults::kPhaseSwitchDwell;
    if (!blocked && !dwells) return who(i) + " waits although there is room for it";
  }
  return "";
}

TEST(AllocateProperties, NobodyWaitsBesideRoomForItsMinimum) {
  for_each_problem(snapshots_asked_for(), with_short_waits,
                   [](const Problem& problem, Choices&) { return needless_wait(problem, problem.solve()); });
}

TEST(AllocateProperties, ARowThatIsNamedIsOneThatTheDeviceLoads) {
  for_each_problem(snapshots_asked_for() / 2, any_problem, [](const Problem& problem, Choices&) -> std::string {
    const Grants grants = problem.solve();
    for (std::size_t i = 0; i < grants.size(); ++i) {
      const Candidate& c = problem.candidates[i];
      if (!grants[i].binding || loads(problem, c.node, c.phases, *grants[i].binding) > 0) continue;
      return who(i) + " is said to be bound by " + text_of(*grants[i].binding);
    }
    return "";
  });
}

/// Switching modes and floors on fewer phases put more on a phase than the sum of what runs: left out here.
Problem without_switching(Choices& choices) {
  Problem problem = any_problem(choices);
  for (Candidate& c : problem.candidates) {
    c.fewer = {};
    c.turn.on_fewer = false;
  }
  return problem;
}

TEST(AllocateProperties, MinimumOnTimesHoldExceptInAnEmergency) {
  for_each_problem(snapshots_asked_for(), without_switching,
                   [](const Problem& problem, Choices&) { return broken_minimum(problem, problem.solve()); });
}

TEST(AllocateProperties, TheSameProblemHasTheSameGrantsWhateverCameBefore) {
  Allocator warm;
  for_each_problem(snapshots_asked_for(), any_problem, [&](const Problem& problem, Choices&) -> std::string {
    const Problem copy = problem;
    const Grants once = problem.solve();
    if (once != copy.solve()) return "two runs differ";
    return std::ranges::equal(once, warm.allocate(problem.nodes, problem.candidates, problem.now))
               ? ""
               : "an allocator that has seen other problems differs";
  });
}

TEST(AllocateProperties, FillRaisesNobodyInARowThatIsOverfullAlready) {
  for_each_problem(snapshots_asked_for() / 2, any_problem, [](const Problem& problem, Choices& choices) -> std::string {
    std::vector<Milliamps> start;
    for (std::size_t i = 0; i < problem.candidates.size(); ++i) start.push_back(amps_between(choices, 0, 20, 1000));
    const std::vector<Milliamps> levels = fill(problem.nodes, problem.candidates, start);
    for (std::size_t i = 0; i < levels.size(); ++i)
      if (levels[i] < start[i] || levels[i] > std::max(start[i], problem.candidates[i].cap))
        return "outside its bounds";
    for (Binding row : rows_of(problem)) {
      Milliamps before, after;
      for (std::size_t i = 0; i < levels.size(); ++i) {
        const std::int64_t times = loads(problem, problem.candidates[i].node, problem.candidates[i].phases, row);
        before += start[i] * times;
        after += levels[i] * times;
      }
      if (after > std::max(before, limit_of(problem, row))) return text_of(row) + " is filled over its limit";
    }
    return "";
  });
}

}  // namespace
}  // namespace balans
