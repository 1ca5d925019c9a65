#pragma once
// Weighted max-min filling: every active candidate rises at a speed in proportion to its weight until it reaches its
// cap or a row of its is exhausted.

#include <span>
#include <vector>

#include "trafo/core/rows.hpp"

namespace balans {

struct Filled {
  Milliamps level;
  std::optional<Binding> stopped_by;  ///< absent: reached its cap
};

/// Starts each candidate with `active[i]` at `start[i]` (already taken from `rows`) and takes what it adds from `rows`.
/// Levels are rounded down to the milliamp once, where the candidate stops.
std::vector<Filled> fill_rows(Rows& rows, std::span<const Candidate> candidates, std::span<const Milliamps> start,
                              const std::vector<bool>& active);

}  // namespace balans
