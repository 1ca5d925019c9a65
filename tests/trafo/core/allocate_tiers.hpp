#pragma once
// What the tiers of an allocation are, told a second time and slowly, so that the allocator can be held against it.

#include <vector>

#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {

/// One tier of a problem in which everybody is on: where each candidate stands before it, how far it may rise in it,
/// and how fast.
struct Tier {
  const char* name = "";
  std::vector<Milliamps> before;
  std::vector<Milliamps> target;
  std::vector<std::int64_t> weight;
};

/// The tiers in their order. `before` is what the allocator itself gives when nobody asks for more than the tiers
/// before this one are to give.
std::vector<Tier> tiers_of(const Problem& problem);

/// What the allocator gives when candidates ask for `most` instead of their caps.
std::vector<Milliamps> solve_up_to(const Problem& problem, const std::vector<Milliamps>& most);

/// The weighted max-min fair levels of a tier by a sequence of linear programs; mA.
std::vector<double> fairest_by_linear_programs(const Problem& problem, const Tier& tier);

}  // namespace balans
