#pragma once
// A whole divided by weights into whole numbers that add up to it: the method of largest remainders.

#include <cstdint>
#include <span>
#include <vector>

#include "common/result.hpp"

namespace balans::api::energy {

/// One part per weight, in their order. Each is its exact part rounded down, and those with the largest remainders get
/// one more; of equal remainders the earlier. Where all weights are 0, so are all parts, and the whole is left over.
/// An error where a number is below 0.
Result<std::vector<std::int64_t>> apportion(std::int64_t whole, std::span<const std::int64_t> weights);

}  // namespace balans::api::energy
