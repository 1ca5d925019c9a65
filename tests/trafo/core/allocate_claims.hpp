#pragma once
// What holds for every grant, whatever came before: each claim gives in words what is wrong, or nothing.

#include <string>
#include <vector>

#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {

using Grants = std::vector<Grant>;

std::string who(std::size_t i);

/// Σ of what `current(i)` books in `row` on the phases granted.
template <class Current>
Milliamps booked(const Problem& problem, const Grants& grants, Binding row, Current&& current) {
  return booked_in(
      problem, row, [&](std::size_t i) { return grants[i].phases; }, current);
}

/// Of what is granted, the part that is owed by statute.
Milliamps statutory(const Problem& problem, const Grants& grants, std::size_t i);

std::string overfull_row(const Problem& problem, const Grants& grants);
std::string odd_grant(const Problem& problem, const Grants& grants);
std::string broken_minimum(const Problem& problem, const Grants& grants);

}  // namespace balans
