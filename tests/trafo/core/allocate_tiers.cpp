#include "tests/trafo/core/allocate_tiers.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace balans {
namespace {

using Amounts = std::vector<Milliamps>;

/// ω·(E/T)/T in sixteenths of a milliamp per minute, rounded down.
std::int64_t deadline_weight(const Candidate& c) {
  const std::int64_t minutes = std::max<std::int64_t>(15, c.time_left.count() / 60'000);
  return std::clamp<std::int64_t>(c.need.count() * 16 / minutes * c.weight, 1, 1 << 20);
}

class Telling {
 public:
  explicit Telling(const Problem& problem) : problem_(problem) {
    for (const Candidate& c : problem.candidates) reached_.push_back(first_share(c));
  }

  void tier(const char* name, const std::function<Milliamps(const Candidate&)>& up_to, bool by_deadline = false) {
    Tier tier{name, solve_up_to(problem_, reached_), reached_, {}};
    for (std::size_t i = 0; i < reached_.size(); ++i) {
      const Candidate& c = problem_.candidates[i];
      tier.target[i] = std::max(reached_[i], std::min(most_of(c), up_to(c)));
      tier.weight.push_back(by_deadline ? deadline_weight(c) : c.weight);
    }
    reached_ = tier.target;
    tiers_.push_back(std::move(tier));
  }

  std::vector<Tier> done() { return std::move(tiers_); }

 private:
  const Problem& problem_;
  Amounts reached_;
  std::vector<Tier> tiers_;
};

}  // namespace

std::vector<Milliamps> solve_up_to(const Problem& problem, const std::vector<Milliamps>& most) {
  Problem limited = problem;
  for (std::size_t i = 0; i < most.size(); ++i) limited.candidates[i].cap = most[i];
  Amounts result;
  for (const Grant& grant : limited.solve()) result.push_back(grant.current);
  return result;
}

std::vector<Tier> tiers_of(const Problem& problem) {
  Telling telling(problem);
  telling.tier("comfort", [](const Candidate& c) { return c.comfort; });
  telling.tier(
      "deadlines", [](const Candidate& c) { return c.need; }, true);
  std::set<int, std::greater<>> priorities;
  std::set<std::int64_t, std::greater<>> prices;
  for (const Candidate& c : problem.candidates) {
    if (c.volunteers_for) prices.insert(*c.volunteers_for);
    if (!c.volunteers_for) priorities.insert(c.priority);
  }
  for (int priority : priorities)
    telling.tier("rest by priority",
                 [&](const Candidate& c) { return !c.volunteers_for && c.priority == priority ? c.cap : Milliamps(); });
  for (std::int64_t price : prices)
    telling.tier("volunteers", [&](const Candidate& c) { return c.volunteers_for == price ? c.cap : Milliamps(); });
  return telling.done();
}

}  // namespace balans
