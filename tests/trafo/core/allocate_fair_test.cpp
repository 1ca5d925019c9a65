// Who gets how much, once it is settled who is on: tier by tier no other way is fairer. For a few candidates every way
// is tried; for many a linear program says what the fairest is.
#include <algorithm>
#include <cmath>

#include "tests/trafo/core/allocate_search.hpp"
#include "tests/trafo/core/allocate_tiers.hpp"

namespace balans {
namespace {

using Amounts = std::vector<Milliamps>;

constexpr Milliamps kUnit = 12_mA;  ///< of small problems: its shares are whole for up to four

/// Up to six, and so few units that every way to share them out can be tried.
Problem small_problem(Choices& choices) {
  Problem problem = roomy_problem(choices, choices.between(1, 6));
  for (GridNode& node : problem.nodes) {
    node.headroom = {};
    for (Phase p : kPhases) node.headroom[p] = kUnit * choices.between(0, 8);
    if (node.sum < kUnlimited) node.sum = kUnit * choices.between(0, 16);
    node.for_floors = {};
    node.sum_for_floors = {};
  }
  for (Candidate& c : problem.candidates) {
    c.min = kUnit * choices.between(1, 2);
    c.cap = c.min + kUnit * choices.between(0, 4);
    c.weight = choices.between(1, 3);
    c.floor = {};
    if (c.comfort > Milliamps()) c.comfort = kUnit * choices.between(1, 4);
    if (c.need > Milliamps()) c.need = kUnit * choices.between(1, 5);
    for (Binding row : rows_of(problem)) {
      GridNode& node = problem.nodes[static_cast<std::size_t>(row.node)];
      const Milliamps more = c.min * loads(problem, c.node, c.phases, row);
      if (row.row == Row::Sum) {
        node.sum = std::min(kUnlimited, node.sum + more);
      } else {
        node.headroom[static_cast<Phase>(row.row)] += more;
      }
    }
  }
  return problem;
}

bool fits(const Problem& problem, const Amounts& amounts) {
  return std::ranges::all_of(rows_of(problem), [&](Binding row) {
    Milliamps sum;
    for (std::size_t i = 0; i < amounts.size(); ++i)
      sum += amounts[i] * loads(problem, problem.candidates[i].node, problem.candidates[i].phases, row);
    return sum <= limit_of(problem, row);
  });
}

/// Goes through every way to raise candidates in whole units, from before the tier to their targets, that fits the
/// rows.
template <class Visit>
void each_way(const Problem& problem, const Tier& tier, Amounts& way, std::size_t i, const Visit& visit) {
  if (i == way.size()) return visit(way);
  for (way[i] = tier.before[i]; way[i] <= tier.target[i]; way[i] += kUnit) {
    if (!fits(problem, way)) break;  // later ones stand at what they had before
    each_way(problem, tier, way, i + 1, visit);
  }
  way[i] = tier.before[i];
}

/// Weighted max-min fair: whoever has more in another way takes it from somebody who stands no higher.
std::string fairer_way(const Problem& problem, const Tier& tier) {
  const Amounts ours = solve_up_to(problem, tier.target);
  if (!fits(problem, ours)) return std::string(tier.name) + ": a row is over";
  const std::size_t count = ours.size();
  const auto slack = static_cast<double>(count);  // milliamps that rounding down may cost
  std::vector<double> level;
  for (std::size_t i = 0; i < count; ++i)
    level.push_back(static_cast<double>((ours[i] - tier.before[i]).count()) / static_cast<double>(tier.weight[i]));
  std::string found;
  Amounts way = tier.before;
  each_way(problem, tier, way, 0, [&](const Amounts& other) {
    for (std::size_t i = 0; i < count && found.empty(); ++i) {
      if (other[i] <= ours[i] + Milliamps(static_cast<std::int64_t>(count))) continue;
      bool taken_from_lower = false;
      for (std::size_t j = 0; j < count; ++j)
        taken_from_lower |= other[j] < ours[j] && level[j] <= level[i] + slack / static_cast<double>(tier.weight[i]) +
                                                                  slack / static_cast<double>(tier.weight[j]);
      if (!taken_from_lower) found = std::string(tier.name) + ": candidate " + std::to_string(i) + " could have more";
    }
  });
  return found;
}

TEST(AllocateFair, NoOtherWayIsFairerInAnyTier) {
  const auto wrong = [](const Problem& problem, Choices&) -> std::string {
    for (const Tier& tier : tiers_of(problem))
      if (std::string found = fairer_way(problem, tier); !found.empty()) return found;
    return "";
  };
  for_each_problem(snapshots_asked_for() / 10, small_problem, wrong, Shrinking::TooSlow);
}

std::string unlike_the_program(const Problem& problem, const Tier& tier) {
  const Amounts ours = solve_up_to(problem, tier.target);
  const std::vector<double> fairest = fairest_by_linear_programs(problem, tier);
  if (fairest.empty()) return std::string(tier.name) + ": the linear program is not solved";
  double slack = 0;  // a milliamp for each that rounds down, which in a sum of phases can be three for another
  for (std::size_t i = 0; i < ours.size(); ++i) slack += tier.target[i] > tier.before[i] ? 3 : 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::abs(static_cast<double>(ours[i].count()) - fairest[i]) <= slack) continue;
    return std::string(tier.name) + ": candidate " + std::to_string(i) + " gets " + std::to_string(ours[i].count()) +
           " and not " + std::to_string(fairest[i]);
  }
  return "";
}

TEST(AllocateFair, EachTierIsWhatTheLinearProgramSays) {
  const auto problems = [](Choices& choices) { return roomy_problem(choices, choices.between(1, 60)); };
  const auto wrong = [](const Problem& problem, Choices&) -> std::string {
    for (const Tier& tier : tiers_of(problem))
      if (std::string found = unlike_the_program(problem, tier); !found.empty()) return found;
    return "";
  };
  for_each_problem(snapshots_asked_for() / 50, problems, wrong, Shrinking::TooSlow);
}

}  // namespace
}  // namespace balans
