#include "api/core/energy/apportion.hpp"

#include <algorithm>
#include <numeric>

#include "common/wide_integer.hpp"

namespace balans::api::energy {
namespace {

using Wide = Int128;

/// Which parts are rounded up: the `count` largest remainders, of equal ones the earlier.
std::vector<std::size_t> rounded_up(const std::vector<Wide>& remainders, std::size_t count) {
  std::vector<std::size_t> order(remainders.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
    return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
  });
  order.resize(count);
  return order;
}

}  // namespace

Result<std::vector<std::int64_t>> apportion(std::int64_t whole, std::span<const std::int64_t> weights) {
  if (whole < 0) return Error{"apportion", "the whole is below 0"};
  Wide sum = 0;
  for (const std::int64_t weight : weights) {
    if (weight < 0) return Error{"apportion", "a weight is below 0"};
    sum += weight;
  }
  std::vector<std::int64_t> parts(weights.size());
  if (sum == 0) return parts;
  std::vector<Wide> remainders;
  remainders.reserve(weights.size());
  std::int64_t left = whole;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide product = static_cast<Wide>(whole) * weights[i];
    parts[i] = static_cast<std::int64_t>(product / sum);
    remainders.push_back(product % sum);
    left -= parts[i];
  }
  for (const std::size_t i : rounded_up(remainders, static_cast<std::size_t>(left))) ++parts[i];
  return parts;
}

}  // namespace balans::api::energy
