#include "trafo/core/steps.hpp"

#include <algorithm>

namespace balans::allocating {

std::int64_t down_to_step(const Candidate& c, std::int64_t current) {
  if (c.levels.empty()) return std::max(c.min.count(), current - current % c.step.count());
  const auto above = std::upper_bound(c.levels.begin(), c.levels.end(), Milliamps(current));
  return std::max(c.min, above == c.levels.begin() ? c.min : above[-1]).count();
}

std::int64_t up_to_step(const Candidate& c, std::int64_t current) {
  if (current <= c.min.count()) return c.min.count();
  if (c.levels.empty()) return (current + c.step.count() - 1) / c.step.count() * c.step.count();
  const auto level = std::lower_bound(c.levels.begin(), c.levels.end(), Milliamps(current));
  return level == c.levels.end() ? kUnlimited.count() : level->count();
}

std::int64_t next_step(const Candidate& c, std::int64_t current) {
  if (c.levels.empty()) return current - current % c.step.count() + c.step.count();
  const auto above = std::upper_bound(c.levels.begin(), c.levels.end(), Milliamps(current));
  return above == c.levels.end() ? kUnlimited.count() : above->count();
}

}  // namespace balans::allocating
