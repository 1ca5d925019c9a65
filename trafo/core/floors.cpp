#include "trafo/core/floors.hpp"

#include <algorithm>
#include <numeric>

namespace balans {

Watts connection_floor(const FloorSettings& settings, const ConnectionLoad& load) {
  if (load.devices <= 0) return {};
  const Watts large = std::max(load.large_heat_pumps, load.large_coolers) * settings.large_share_percent / 100;
  const Watts first = std::max(large, settings.base);
  if (load.devices == 1) return first;
  const auto index = std::min(static_cast<std::size_t>(load.devices - 2), settings.simultaneity_percent.size() - 1);
  return first + settings.base * (load.devices - 1) * settings.simultaneity_percent[index] / 100;
}

std::vector<Watts> share_floor(Watts total, std::span<const Watts> asked) {
  std::vector<Watts> shares(asked.size());
  std::vector<std::size_t> order(asked.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return asked[a] < asked[b]; });
  auto left = static_cast<std::int64_t>(std::count_if(asked.begin(), asked.end(), [](Watts w) { return w > Watts(); }));
  for (std::size_t i : order) {
    if (asked[i] <= Watts()) continue;
    shares[i] = std::min(asked[i], total / left);
    total -= shares[i];
    --left;
  }
  return shares;
}

}  // namespace balans
