#include "api/ledger/iota/retry.hpp"

#include <algorithm>

namespace balans::iota {

std::optional<Try> next_try(const RetryRules& rules, std::size_t endpoints, std::size_t first, int made) {
  if (endpoints == 0 || made >= rules.tries) return std::nullopt;
  const auto count = static_cast<std::size_t>(made);
  Try next{(first + count) % endpoints, 0_ms};
  if (count == 0 || count % endpoints != 0) return next;
  next.wait = std::min(rules.first_wait, rules.longest_wait);
  for (std::size_t round = count / endpoints; round > 1 && next.wait < rules.longest_wait; --round)
    next.wait = std::min(next.wait * 2, rules.longest_wait);
  return next;
}

}  // namespace balans::iota
