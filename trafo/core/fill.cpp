#include "trafo/core/fill.hpp"

#include <algorithm>

namespace balans {
namespace {

/// The common level λ of all active candidates, as an exact fraction of milliamps per unit of weight. Currents stay
/// below 10^7 mA and sums of weights below 10^5 · 2^20, so that every product fits 64 bits.
struct Level {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  friend bool operator<(const Level& a, const Level& b) {
    return a.numerator * b.denominator < b.numerator * a.denominator;
  }
  /// weight·λ, rounded down.
  [[nodiscard]] Milliamps times(std::int64_t weight) const { return Milliamps(numerator * weight / denominator); }
};

class Filling {
 public:
  Filling(Rows& rows, std::span<const Candidate> candidates, std::span<const Milliamps> start,
          const std::vector<bool>& active)
      : rows_(rows), candidates_(candidates), start_(start), active_(active), weight_of_row_(rows.nodes()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      result_.push_back({start[i], std::nullopt});
      if (active_[i]) ++left_;
    }
  }

  std::vector<Filled> run() {
    while (left_ > 0) {
      weigh_rows();
      level_ = next_event();
      stop_those_at(level_);
    }
    return std::move(result_);
  }

 private:
  std::int64_t& weight_in(Binding row) { return weight_of_row_[static_cast<std::size_t>(row.node)][row.phase]; }

  void weigh_rows() {
    std::fill(weight_of_row_.begin(), weight_of_row_.end(), PerPhase<std::int64_t>{});
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      if (active_[i])
        rows_.each(candidates_[i], [&](Binding row, Milliamps&) { weight_in(row) += candidates_[i].weight; });
  }

  /// The level at which `i` reaches its cap.
  [[nodiscard]] Level own_end(std::size_t i) const {
    return {std::max<std::int64_t>(0, (candidates_[i].cap - start_[i]).count()), candidates_[i].weight};
  }

  /// The level at which a row that `i` loads is exhausted. Rows hold what is free above the starts of all still active.
  [[nodiscard]] Level end_of(Binding row, Milliamps free) {
    return {std::max<std::int64_t>(0, free.count()), weight_in(row)};
  }

  Level next_event() {
    std::optional<Level> next;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!active_[i]) continue;
      if (!next || own_end(i) < *next) next = own_end(i);
      rows_.each(candidates_[i], [&](Binding row, Milliamps& free) {
        if (end_of(row, free) < *next) next = end_of(row, free);
      });
    }
    return *next;
  }

  /// Stops every active candidate that has nowhere to go above `level`. At least the one that made the event stops.
  void stop_those_at(Level level) {
    std::vector<std::size_t> stopped;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!active_[i]) continue;
      std::optional<Binding> obstacle;
      rows_.each(candidates_[i], [&](Binding row, Milliamps& free) {
        if (!obstacle && !(level < end_of(row, free))) obstacle = row;
      });
      const bool at_cap = !(level < own_end(i));
      if (!at_cap && !obstacle) continue;
      if (!at_cap) result_[i].stopped_by = obstacle;
      stopped.push_back(i);
    }
    for (std::size_t i : stopped) {
      const Milliamps rise = level.times(candidates_[i].weight);
      result_[i].level = start_[i] + rise;
      rows_.take(candidates_[i], rise);
      active_[i] = false;
      --left_;
    }
  }

  Rows& rows_;
  std::span<const Candidate> candidates_;
  std::span<const Milliamps> start_;
  std::vector<bool> active_;
  std::vector<PerPhase<std::int64_t>> weight_of_row_;
  std::vector<Filled> result_;
  std::size_t left_ = 0;
  Level level_;
};

}  // namespace

std::vector<Filled> fill_rows(Rows& rows, std::span<const Candidate> candidates, std::span<const Milliamps> start,
                              const std::vector<bool>& active) {
  return Filling(rows, candidates, start, active).run();
}

std::vector<Milliamps> fill(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                            std::span<const Milliamps> start) {
  Rows rows(nodes);
  for (std::size_t i = 0; i < candidates.size(); ++i) rows.take(candidates[i], start[i]);
  std::vector<Milliamps> levels;
  for (const Filled& filled : fill_rows(rows, candidates, start, std::vector<bool>(candidates.size(), true)))
    levels.push_back(filled.level);
  return levels;
}

}  // namespace balans
