#pragma once
// Which node is asked next, and when.

#include <cstddef>
#include <optional>

#include "common/units.hpp"

namespace balans::iota {

struct RetryRules {
  int tries = 6;
  Millis first_wait = 250_ms;  ///< before the second round; each further one is twice as long
  Millis longest_wait = 5_s;
};

struct Try {
  std::size_t endpoint = 0;
  Millis wait;
  bool operator==(const Try&) const = default;
};

/// All endpoints in turn, beginning with the one that answered last, without a pause; then again after one. Nothing
/// where there are no more tries.
[[nodiscard]] std::optional<Try> next_try(const RetryRules& rules, std::size_t endpoints, std::size_t first, int made);

}  // namespace balans::iota
