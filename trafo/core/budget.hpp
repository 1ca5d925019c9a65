#pragma once
// What the nodes of a site can carry in one direction of flow, row by row.

#include <algorithm>
#include <span>
#include <vector>

#include "trafo/core/allocate.hpp"
#include "trafo/core/base_load.hpp"
#include "trafo/core/site.hpp"

namespace balans::deciding {

/// One value for each row of a node.
struct RowValues {
  PerPhase<Milliamps> phase;
  Milliamps sum = kUnlimited;

  static RowValues all(Milliamps value) { return {PerPhase<Milliamps>::all(value), value}; }
  RowValues& operator+=(const PerPhase<Milliamps>& load) { return phase += load, sum += load.sum(), *this; }
  RowValues& operator-=(const PerPhase<Milliamps>& load) { return phase -= load, sum -= load.sum(), *this; }
  friend RowValues operator-(RowValues a, const PerPhase<Milliamps>& load) { return a -= load; }
  friend RowValues smaller_of(const RowValues& a, const RowValues& b) {
    return {smaller_of(a.phase, b.phase), std::min(a.sum, b.sum)};
  }
  friend RowValues larger_of(const RowValues& a, const RowValues& b) {
    return {larger_of(a.phase, b.phase), std::max(a.sum, b.sum)};
  }
  [[nodiscard]] Milliamps at(Row row) const { return row == Row::Sum ? sum : phase[static_cast<Phase>(row)]; }
};

/// One node in one direction.
struct NodeBudget {
  RowValues limit = RowValues::all(kUnlimited);      ///< the smallest of its limits
  RowValues rating = RowValues::all(kUnlimited);     ///< usable: its limits less the margin
  RowValues emergency = RowValues::all(kUnlimited);  ///< the same for statutory floors; ≥ rating
  std::array<Reason, 4> source{};                    ///< whose limit each row's rating is
  BaseLoad base;
  bool trusted = true;        ///< what it rests on lets limits rise
  RowValues for_raises;       ///< headroom that raises must stay within
  RowValues for_cuts;         ///< headroom that, when booked over, is cut back to
  RowValues booked{{}, {}};   ///< Σ envelopes of controllable agents
  RowValues lately{{}, {}};   ///< the most of that in the last ten seconds
  PerPhase<Milliamps> swing;  ///< how much more base load there was in the last ten minutes

  /// Headroom to share out: what is booked, or was until lately, may be dealt out anew, but grows only within
  /// `for_raises`. Each cut in favour of one that waits looks like base load for a moment; without `lately` the one it
  /// was made for would lose its claim at that moment.
  [[nodiscard]] RowValues to_share() const {
    return smaller_of(for_cuts, larger_of(for_raises, larger_of(booked, lately)));
  }
  /// How much further floors may go.
  [[nodiscard]] RowValues emergency_extra() const;
};

/// Whether `current` is no more than the candidate's statutory floor, on its step.
bool within_floor(const Candidate& candidate, Milliamps current);

enum class Headroom : std::uint8_t { ForRaises, ForCuts };

struct Budget {
  Direction direction = Direction::Draw;
  std::vector<NodeBudget> nodes;
  std::vector<int> parents;

  /// Whether floors count: soft rows then reach to their emergency limit.
  enum class Floors : std::uint8_t { Count, DoNot };
  /// Whether any row that the candidate loads is booked over.
  [[nodiscard]] bool overbooked(const Candidate& candidate, Headroom headroom, Floors floors) const;
  /// Whether everything that the candidate's rows rest on is trusted.
  [[nodiscard]] bool may_raise(int node) const;
  /// Adds `load` to the rows of `node` and above.
  template <class Change>
  void each_above(int node, Change&& change) {
    for (; node != kNoParent; node = parents[static_cast<std::size_t>(node)])
      change(nodes[static_cast<std::size_t>(node)]);
  }
  [[nodiscard]] std::vector<GridNode> grid_to_share() const;
  [[nodiscard]] std::vector<GridNode> grid_for_raises(Floors floors) const;
};

}  // namespace balans::deciding
