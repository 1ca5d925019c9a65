#pragma once
// Random problems for the allocator with everything it knows, and words for them when one goes wrong.
//
// A problem is made from choices: whole numbers within bounds, drawn from `Random` for long runs, or from a list that
// rapidcheck shortens until nothing can be left out of a counter-example.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/random.hpp"
#include "trafo/core/allocate.hpp"

namespace balans {

/// Where choices come from. A list that has come to its end chooses the lowest.
class Choices {
 public:
  explicit Choices(std::vector<std::uint32_t> list) : list_(std::move(list)), random_(0) {}
  explicit Choices(Random random) : random_(random), endless_(true) {}

  std::int64_t between(std::int64_t low, std::int64_t high) {
    if (endless_) return random_.between(low, high);
    if (next_ == list_.size()) return low;
    return low + static_cast<std::int64_t>(list_[next_++]) % (high - low + 1);
  }
  bool one_in(std::int64_t count) { return between(0, count - 1) == count - 1; }

 private:
  std::vector<std::uint32_t> list_;
  std::size_t next_ = 0;
  Random random_;
  bool endless_ = false;
};

struct Problem {
  BootTime now = BootTime(100'000'000);
  std::vector<GridNode> nodes;
  std::vector<Candidate> candidates;  ///< their levels are of static duration

  [[nodiscard]] std::vector<Grant> solve() const { return allocate(nodes, candidates, now); }
};

Milliamps amps_between(Choices& choices, std::int64_t low, std::int64_t high, std::int64_t unit_ma);
PhaseSet some_phases(Choices& choices);

/// One to five nodes; some with a limit of their sum, some soft.
std::vector<GridNode> some_tree(Choices& choices, std::int64_t least_a, std::int64_t most_a);
Candidate some_candidate(Choices& choices, const Problem& problem);

/// Anything that can happen: overloaded rows, odd steps, everybody at another moment of their turn.
Problem any_problem(Choices& choices);

/// Everybody is on and has room for its first share; whole milliamps. `wanted` is about how much they want in all.
Problem roomy_problem(Choices& choices, std::int64_t candidates);

std::string describe(const Problem& problem);

// Rows, as the tests see them.

std::vector<Binding> rows_of(const Problem& problem);
std::string text_of(Binding row);
bool is_below(const Problem& problem, int node, int ancestor);
/// How often a device at `node` on `phases` counts in `row`: 0, 1, or in a sum of phases up to 3.
std::int64_t loads(const Problem& problem, int node, PhaseSet phases, Binding row);
Milliamps limit_of(const Problem& problem, Binding row);
/// What floors may go up to; at least `limit_of`.
Milliamps emergency_limit_of(const Problem& problem, Binding row);

/// Σ of what is booked in `row` when `current(i)` is granted on `phases(i)`, beside what is reserved anyway.
template <class Phases, class Current>
Milliamps booked_in(const Problem& problem, Binding row, Phases&& phases, Current&& current) {
  Milliamps sum;
  for (std::size_t i = 0; i < problem.candidates.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    const Milliamps beside = std::max(Milliamps(), current(i) - c.reserved);
    sum += c.reserved * loads(problem, c.node, c.phases, row) + beside * loads(problem, c.node, phases(i), row);
  }
  return sum;
}

/// The smallest current above `current` that the candidate can run at; more than its cap where there is none.
Milliamps next_above(const Candidate& c, Milliamps current);
/// The statutory floor as a current it can run at.
Milliamps first_share(const Candidate& c);
Milliamps most_of(const Candidate& c);

}  // namespace balans
