#pragma once
// The planning question: how many cars can this transformer carry?

#include <functional>
#include <vector>

#include "sim/run/run.hpp"

namespace balans::runs {

/// A transformer carries its cars when 99 % of their demands are met and no overload that they cause lasts longer than
/// the ten seconds that a jump of the base load may take. Where the base load is too much by itself they are not
/// blamed.
struct Criterion {
  double demands_met = 0.99;
  std::int64_t longest_caused_overload_s = 10;
};
bool is_carried(const RunResult& result, const Criterion& criterion);

struct CapacityAnswer {
  int cars = 0;                    ///< the most that are carried
  std::vector<RunResult> tried;    ///< in the order in which they were
  bool limited_by_search = false;  ///< even the largest number asked for is carried
};

/// Doubles the number of cars until they are too many, then halves the gap. What is carried by n cars is taken to be
/// carried by fewer; sessions are real, so that near the edge that may be off by a car or two.
Result<CapacityAnswer> most_cars(const RunOptions& options, int most, const Criterion& criterion,
                                 const std::function<void(const RunResult&)>& tell);

}  // namespace balans::runs
