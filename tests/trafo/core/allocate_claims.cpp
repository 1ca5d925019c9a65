#include "tests/trafo/core/allocate_claims.hpp"

#include <algorithm>

namespace balans {

std::string who(std::size_t i) { return "candidate " + std::to_string(i); }

Milliamps statutory(const Problem& problem, const Grants& grants, std::size_t i) {
  const Candidate& c = problem.candidates[i];
  return c.floor > Milliamps() ? std::min(grants[i].current, first_share(c)) : Milliamps();
}

std::string overfull_row(const Problem& problem, const Grants& grants) {
  for (Binding row : rows_of(problem)) {
    const auto all = [&](std::size_t i) { return grants[i].current; };
    const auto owed = [&](std::size_t i) { return statutory(problem, grants, i); };
    const auto none = [](std::size_t) { return Milliamps(); };
    const Milliamps used = booked(problem, grants, row, all);
    const Milliamps reserved = booked(problem, grants, row, none);
    if (used > std::max(limit_of(problem, row), booked(problem, grants, row, owed)))
      return text_of(row) + " is over by more than floors and what is reserved";
    if (used > std::max(emergency_limit_of(problem, row), reserved))
      return text_of(row) + " is over its emergency limit by more than what is reserved";
  }
  return "";
}

namespace {

bool can_run_at(const Candidate& c, Milliamps current) {
  if (current == c.min) return true;
  if (!c.levels.empty()) return std::ranges::binary_search(c.levels, current);
  return current % c.step == Milliamps() || current == c.cap;
}

}  // namespace

std::string odd_grant(const Problem& problem, const Grants& grants) {
  if (grants.size() != problem.candidates.size()) return "not one grant for each candidate";
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    const Milliamps got = grants[i].current;
    if (c.cap == Milliamps() && (got != Milliamps() || grants[i].reason != Reason::NotAsking))
      return who(i) + " asks for nothing";
    if (got == Milliamps()) continue;
    if (got < c.min || got > most_of(c)) return who(i) + " is outside [min, max(min, cap)]";
    if (!can_run_at(c, got)) return who(i) + " is not on its step or level";
    if (grants[i].phases != c.phases && (c.fewer.empty() || grants[i].phases != c.fewer))
      return who(i) + " is granted phases that it has not";
    if (!c.turn.on && problem.now < c.turn.rest_until) return who(i) + " has not rested";
  }
  return "";
}

/// Who has been on for less than its minimum is shed only where those that run, and floors, do not fit together.
std::string broken_minimum(const Problem& problem, const Grants& grants) {
  const auto mode = [&](std::size_t i) {
    const Candidate& c = problem.candidates[i];
    return c.turn.on && c.turn.on_fewer ? c.fewer : c.phases;
  };
  const auto least = [&](std::size_t i) {
    const Candidate& c = problem.candidates[i];
    if (c.floor > Milliamps()) return first_share(c);
    return c.turn.on && c.cap > Milliamps() ? c.min : Milliamps();
  };
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    if (!c.turn.on || c.turn.idle || c.cap == Milliamps() || c.min == Milliamps()) continue;
    if (problem.now - c.turn.since >= c.min_on || grants[i].current > Milliamps()) continue;
    const bool emergency = std::ranges::any_of(rows_of(problem), [&](Binding row) {
      return loads(problem, c.node, mode(i), row) > 0 && booked_in(problem, row, mode, least) > limit_of(problem, row);
    });
    if (!emergency) return who(i) + " is shed before its minimum on-time";
  }
  return "";
}

}  // namespace balans
