#pragma once
// Rows of the allocation: one per (node, phase), each with what is still free in it.

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "trafo/core/allocate.hpp"

namespace balans {

class Rows {
 public:
  explicit Rows(std::span<const GridNode> nodes) : nodes_(nodes) {
    for (const GridNode& node : nodes) {
      PerPhase<Milliamps> free = node.headroom;
      for (Phase p : kPhases) free[p] = std::max(free[p], Milliamps());
      free_.push_back(free);
    }
  }

  /// Calls `visit(binding, free)` for each row that `candidate` loads.
  template <class Visit>
  void each(const Candidate& candidate, Visit&& visit) {
    for (int node = candidate.node; node != kNoParent; node = nodes_[static_cast<std::size_t>(node)].parent)
      for (Phase p : kPhases)
        if (candidate.phases.contains(p)) visit(Binding{node, p}, free_[static_cast<std::size_t>(node)][p]);
  }

  /// The row that cannot carry `current` more for `candidate`; nothing when all can.
  std::optional<Binding> obstacle(const Candidate& candidate, Milliamps current) {
    std::optional<Binding> found;
    each(candidate, [&](Binding row, const Milliamps& free) {
      if (!found && free < current) found = row;
    });
    return found;
  }

  void take(const Candidate& candidate, Milliamps current) {
    each(candidate, [&](Binding, Milliamps& free) { free -= current; });
  }

  [[nodiscard]] std::size_t nodes() const { return free_.size(); }

 private:
  std::span<const GridNode> nodes_;
  std::vector<PerPhase<Milliamps>> free_;
};

}  // namespace balans
