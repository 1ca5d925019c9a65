#pragma once
// The rows of the allocation, four to a node: what is still free in each, and a walk over those that a device loads.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "common/check.hpp"
#include "trafo/core/allocate.hpp"

namespace balans::allocating {

/// What every tier looks at.
struct RowState {
  std::int64_t free = 0;    ///< mA; below zero where floors or reservations have gone over
  std::int64_t weight = 0;  ///< Σ a·w of those that rise now; zero between tiers
  std::int64_t wanted = 0;  ///< Σ a·(what they want more), mA; zero between tiers
};

/// What matters only while not all fit.
struct RowLimits {
  std::int64_t for_floors = 0;  ///< mA; `free` up to the emergency limit
  std::int64_t alone = 0;       ///< mA; free before anybody was admitted
  std::int64_t debt = 0;        ///< mA; how far below zero `free` was when all had been admitted
  std::int64_t held = 0;        ///< mA kept from those that start, for the one that has waited longest
  std::int64_t swing = 0;       ///< mA; how much less there was lately
  std::int64_t absorbed = 0;    ///< mA; what those admitted could take beside their first share
};

class Rows {
 public:
  void reset(std::span<const GridNode> nodes) {
    parents_.resize(nodes.size());
    states_.resize(nodes.size() * kRows.size());
    limits_.resize(states_.size());
    for (std::size_t v = 0; v < nodes.size(); ++v) {
      const GridNode& node = nodes[v];
      BALANS_CHECK(node.parent == kNoParent || (node.parent >= 0 && node.parent < static_cast<int>(v)));
      parents_[v] = node.parent;
      for (Phase p : kPhases) {
        set(index(static_cast<int>(v), row_of(p)), node.headroom[p], node.for_floors[p]);
        limits_[index(static_cast<int>(v), row_of(p))].swing = node.swing[p].count();
      }
      set(index(static_cast<int>(v), Row::Sum), node.sum, node.sum_for_floors);
    }
  }

  static std::size_t index(int node, Row row) {
    return static_cast<std::size_t>(node) * kRows.size() + static_cast<std::size_t>(row);
  }
  static Binding binding(std::size_t index) {
    return {static_cast<int>(index / kRows.size()), static_cast<Row>(index % kRows.size())};
  }

  RowState& operator[](std::size_t index) { return states_[index]; }
  RowLimits& limits(std::size_t index) { return limits_[index]; }
  [[nodiscard]] std::size_t size() const { return states_.size(); }
  [[nodiscard]] std::size_t nodes() const { return parents_.size(); }
  [[nodiscard]] int parent(int node) const { return parents_[static_cast<std::size_t>(node)]; }

  /// Calls `visit(index, row, a)` for each row that a device on `phases` below `node` loads; a is how often.
  template <class Visit>
  void each(int node, PhaseSet phases, Visit&& visit) {
    for (; node != kNoParent; node = parents_[static_cast<std::size_t>(node)]) each_own(node, phases, visit);
  }

  /// The same for the rows of `node` alone. What is summed up in `weight` and `wanted` of many devices this way comes
  /// to the rows above by `sum_up`, in one go.
  template <class Visit>
  void each_own(int node, PhaseSet phases, Visit&& visit) {
    const std::size_t first = static_cast<std::size_t>(node) * kRows.size();
    for (Phase p : kPhases)
      if (phases.contains(p))
        visit(first + static_cast<std::size_t>(p), states_[first + static_cast<std::size_t>(p)], 1);
    if (!phases.empty()) visit(first + 3, states_[first + 3], static_cast<std::int64_t>(phases.size()));
  }
  void sum_up() {
    for (std::size_t v = parents_.size(); v-- > 1;) {
      if (parents_[v] == kNoParent) continue;
      const std::size_t above = static_cast<std::size_t>(parents_[v]) * kRows.size();
      for (std::size_t r = 0; r < kRows.size(); ++r) {
        states_[above + r].weight += states_[v * kRows.size() + r].weight;
        states_[above + r].wanted += states_[v * kRows.size() + r].wanted;
      }
    }
  }

  void take(int node, PhaseSet phases, std::int64_t current) {
    if (current != 0) each(node, phases, [&](std::size_t, RowState& row, std::int64_t a) { row.free -= a * current; });
  }

 private:
  void set(std::size_t index, Milliamps headroom, Milliamps for_floors) {
    const std::int64_t free = std::max<std::int64_t>(0, headroom.count());
    states_[index] = {free, 0, 0};
    limits_[index] = {std::max(free, for_floors.count()), free, 0, 0, 0, 0};
  }

  std::vector<int> parents_;
  std::vector<RowState> states_;
  std::vector<RowLimits> limits_;
};

}  // namespace balans::allocating
