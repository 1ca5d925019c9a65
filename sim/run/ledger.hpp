#pragma once
// How well a run went, from what flowed.

#include <span>
#include <vector>

#include "sim/run/life.hpp"

namespace balans::runs {

/// One tick as it was.
struct TickTruth {
  PerPhase<Milliamps> base;     ///< what nobody controls
  PerPhase<Milliamps> charged;  ///< what cars and heat pumps drew
  PerPhase<Milliamps> limit;
  PerPhase<Milliamps> booked;  ///< Σ envelopes; Balans only
};

class Ledger {
 public:
  explicit Ledger(Millis tick) : tick_(tick) {}

  void add(const TickTruth& truth, std::span<const std::optional<Visit>> plugged, std::span<const Milliamps> currents);
  /// Fills in what it knows of the whole run.
  void sum_up(const std::vector<Visit>& visits, RunResult& result) const;

 private:
  [[nodiscard]] bool anybody_waits(std::span<const std::optional<Visit>> plugged,
                                   std::span<const Milliamps> currents) const;

  Millis tick_;
  /// Time above a limit, and the longest of it in one go.
  struct Over {
    std::int64_t sum_ms = 0, now_ms = 0, longest_ms = 0;
    void add(bool over, Millis tick);
  };
  Over over_, caused_, base_over_;
  double worst_percent_ = 0;
  Milliamps peak_;
  sim::Millijoules reserved_;
};

}  // namespace balans::runs
