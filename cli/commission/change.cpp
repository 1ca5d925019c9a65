// What a change of the limit has changed.

#include <algorithm>
#include <vector>

#include "cli/commission/judge.hpp"

namespace balans::cli {
namespace {

template <class Number>
Number median(std::vector<Number> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

/// Up or down counts alike: the difference is that of the higher limit to the lower one.
template <class Value, class Get>
std::vector<Value> differences(const std::vector<Level>& levels, Get get) {
  std::vector<Value> all;
  for (std::size_t i = 1; i < levels.size(); ++i) {
    const auto before = get(levels[i - 1]), after = get(levels[i]);
    if (!before || !after || levels[i].written.current == levels[i - 1].written.current) continue;
    const bool rises = levels[i].written.current > levels[i - 1].written.current;
    all.push_back(rises ? *after - *before : *before - *after);
  }
  return all;
}

template <class Number>
PerPhase<Number> median_of(const std::vector<PerPhase<Number>>& all) {
  PerPhase<Number> found;
  for (const Phase p : kPhases) {
    std::vector<Number> values;
    for (const auto& one : all) values.push_back(one[p]);
    found[p] = median(values);
  }
  return found;
}

std::optional<PerPhase<Milliamps>> current_of(const Level& level) {
  return level.grid ? std::optional(level.grid->current) : std::nullopt;
}
std::optional<PerPhase<Watts>> power_of(const Level& level) { return level.grid ? level.grid->power : std::nullopt; }
std::optional<Watts> total_of(const Level& level) { return level.grid ? level.grid->total_power : std::nullopt; }

}  // namespace

std::optional<Change> grid_change(const std::vector<Level>& levels) {
  const auto currents = differences<PerPhase<Milliamps>>(levels, current_of);
  if (currents.empty()) return std::nullopt;
  Change change;
  change.current = median_of(currents);
  for (const Phase p : kPhases) {
    Milliamps least = currents.front()[p], most = least;
    for (const auto& one : currents) {
      least = std::min(least, one[p]);
      most = std::max(most, one[p]);
    }
    change.spread[p] = most - least;
  }
  if (const auto powers = differences<PerPhase<Watts>>(levels, power_of); !powers.empty())
    change.power = median_of(powers);
  if (auto totals = differences<Watts>(levels, total_of); !totals.empty())
    change.total_power = median(std::move(totals));
  return change;
}

std::optional<PerPhase<Milliamps>> own_change(const std::vector<Level>& levels) {
  const auto all = differences<PerPhase<Milliamps>>(levels, [](const Level& level) { return level.own; });
  return all.empty() ? std::nullopt : std::optional(median_of(all));
}

}  // namespace balans::cli
