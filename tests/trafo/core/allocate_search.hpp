#pragma once
// Looks for a counter-example with rapidcheck, and makes the one it has found as short as it can.
//
// BALANS_ALLOCATE_SNAPSHOTS is how many problems each claim is held against (times the claim's own share), and
// BALANS_ALLOCATE_SEED where the search begins; a failure prints both seed and problem.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/environment.hpp"
#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {

/// What one problem is made from. Shown as its length: the failure describes the problem itself.
struct Ingredients {
  std::vector<std::uint32_t> list;
};
inline void showValue(const Ingredients& ingredients, std::ostream& out) {
  out << ingredients.list.size() << " choices";
}

/// `count` choices; they shrink by leaving some out and by making them smaller.
inline rc::Gen<Ingredients> ingredients(std::size_t count) {
  using List = std::vector<std::uint32_t>;
  const rc::Gen<List> lists([count](const rc::Random& seed, int) {
    rc::Random once(seed);
    Random random(once.next());
    List list;
    for (std::size_t i = 0; i < count; ++i)
      list.push_back(static_cast<std::uint32_t>(random.between(0, (1 << 22) - 1)));
    return rc::shrinkable::shrinkRecur(std::move(list), [](const List& longer) {
      return rc::seq::concat(rc::shrink::removeChunks(longer), rc::shrink::eachElement(longer, [](std::uint32_t x) {
                               return rc::shrink::towards<std::uint32_t>(x, 0U);
                             }));
    });
  });
  return rc::gen::map(lists, [](List list) { return Ingredients{std::move(list)}; });
}

inline std::int64_t snapshots_asked_for() { return number_from_environment("BALANS_ALLOCATE_SNAPSHOTS", 20'000); }

/// Shrinking runs each claim some hundreds of times more: not where one run is slow.
enum class Shrinking : std::uint8_t { Wanted, TooSlow };

/// Calls `wrong(problem, choices)` for problems of `make(choices)` until it has said what is wrong with one.
template <class Make, class Wrong>
void for_each_problem(std::int64_t count, Make&& make, Wrong&& wrong, Shrinking shrinking = Shrinking::Wanted) {
  const std::size_t most_choices = shrinking == Shrinking::Wanted ? 500 : 1500;
  rc::detail::TestParams params;
  params.seed = static_cast<std::uint64_t>(number_from_environment("BALANS_ALLOCATE_SEED", 20'261'121));
  params.maxSuccess = static_cast<int>(std::max<std::int64_t>(1, count));
  params.disableShrinking = shrinking == Shrinking::TooSlow;
  // rapidcheck says on standard error which seed it has been configured with: let it be the one that is used.
  setenv("RC_PARAMS", ("seed=" + std::to_string(params.seed)).c_str(), 1);
  const auto property = [&] {
    Choices choices((*ingredients(most_choices)).list);
    const Problem problem = make(choices);
    const std::string found = wrong(problem, choices);
    if (!found.empty()) RC_FAIL(found + "\n" + describe(problem));
  };
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  FAIL() << "BALANS_ALLOCATE_SEED=" << params.seed << "\n" << text.str();
}

}  // namespace balans
