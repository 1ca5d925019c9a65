#pragma once
// Weighted max-min filling: every rising unit rises at a speed in proportion to its weight until it reaches its target
// or a row of its is exhausted.

#include <span>
#include <vector>

#include "common/wide_integer.hpp"
#include "trafo/core/units.hpp"

namespace balans::allocating {

/// A level of filling, mA per unit of weight, as an exact fraction.
struct Level {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  using Wide = Int128;  // kilo-amperes times sums of weights do not fit 64 bits
  /// mA; w·λ, rounded down. Nearly always it fits 64 bits, where division is much cheaper.
  [[nodiscard]] std::int64_t times(std::int64_t weight) const {
    constexpr std::int64_t kFits = std::int64_t{1} << 42;  // weights are at most 2^20
    if (numerator < kFits) return numerator * weight / denominator;
    return static_cast<std::int64_t>(static_cast<Wide>(numerator) * weight / denominator);
  }
  friend bool operator<(const Level& a, const Level& b) {
    return static_cast<Wide>(a.numerator) * b.denominator < static_cast<Wide>(b.numerator) * a.denominator;
  }
};

class Filling {
 public:
  /// Raises `rising` (ascending) from their levels towards their targets by their weights, and takes what they add from
  /// `rows`. Levels are rounded down to the milliamp once, where a unit stops.
  void fill(Units& units, Rows& rows, std::span<const std::size_t> rising);

 private:
  struct Exhausted {
    Level level;
    std::size_t row = 0;
    /// For a heap of the smallest. Of rows that end together the first is named, so that what binds does not flicker.
    friend bool operator<(const Exhausted& a, const Exhausted& b) {
      return b.level < a.level || (!(a.level < b.level) && b.row < a.row);
    }
  };

  struct Reached {
    Level level;
    std::size_t unit = 0;
    friend bool operator<(const Reached& a, const Reached& b) {  // a heap of the smallest, too
      return b.level < a.level || (!(a.level < b.level) && b.unit < a.unit);
    }
  };

  void weigh(Units& units, Rows& rows, std::span<const std::size_t> rising);
  void reach_targets(Units& units, Rows& rows, std::span<const std::size_t> rising);
  void rise(Units& units, Rows& rows, std::span<const std::size_t> rising);
  bool next_row(Rows& rows);
  void exhaust(Units& units, Rows& rows, std::span<const std::size_t> rising, std::size_t row);
  void stop(Unit& unit, Rows& rows, std::int64_t by);

  std::vector<std::size_t> touched_;  ///< rows
  std::vector<Exhausted> ends_;       ///< heap: rows that will be exhausted before all have reached their targets
  std::vector<Reached> targets_;      ///< heap: units by the level at which they reach their targets
  std::size_t left_ = 0;              ///< units that still rise
};

}  // namespace balans::allocating
