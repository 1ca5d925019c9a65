#include "trafo/core/balance.hpp"

#include <algorithm>
#include <cmath>

namespace balans {
namespace {

/// Squares of milliamperes of kilo-amperes: far inside 64 bits.
std::int64_t neutral_squared(const PerPhase<Milliamps>& load) {
  const auto [a, b, c] = std::array{load.values[0].count(), load.values[1].count(), load.values[2].count()};
  return a * a + b * b + c * c - a * b - b * c - c * a;
}

/// No phase more than `most`.
PerPhase<Milliamps> lowered(const PerPhase<Milliamps>& load, Milliamps most) {
  return smaller_of(load, PerPhase<Milliamps>::all(most));
}

/// Lowering the largest phases only ever brings the phases together, so the least that it takes can be found by halves.
PerPhase<Milliamps> lower_until(const PerPhase<Milliamps>& load, Milliamps neutral) {
  Milliamps fits = load.smallest();  // then all are equal
  Milliamps too_much = load.largest();
  while (too_much - fits > Milliamps(1)) {
    const Milliamps middle = fits + (too_much - fits) / 2;
    (neutral_squared(lowered(load, middle)) <= neutral.count() * neutral.count() ? fits : too_much) = middle;
  }
  return lowered(load, fits);
}

}  // namespace

Milliamps neutral_current(const PerPhase<Milliamps>& load) {
  return Milliamps(static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(neutral_squared(load))))));
}

std::optional<Balanced> balance(const PerPhase<Milliamps>& load, const BalanceLimits& limits) {
  std::optional<Balanced> result;
  if (limits.unbalance && load.largest() - load.smallest() > *limits.unbalance)
    result = Balanced{lowered(load, load.smallest() + *limits.unbalance), Reason::Unbalance};
  const PerPhase<Milliamps> rest = result ? result->load : load;
  if (limits.neutral && neutral_squared(rest) > limits.neutral->count() * limits.neutral->count())
    result = Balanced{lower_until(rest, *limits.neutral), Reason::Neutral};
  return result;
}

}  // namespace balans
