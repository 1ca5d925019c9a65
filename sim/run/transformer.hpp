#pragma once
// The transformer as it is: how warm it gets by what really flows, and what it could carry.

#include <optional>

#include "sim/run/run.hpp"

namespace balans::runs {

/// What the site's controller is told of it; nothing for the name plate.
std::optional<RatingPlan> rating_plan(const RunOptions& options);

/// As the controller's machine knows it.
LocalTime local_of(sim::LocalTime now);

class Transformer {
 public:
  explicit Transformer(const RunOptions& options);

  /// `load` has flowed since the last call, up to `now`.
  void carry(sim::LocalTime now, const PerPhase<Milliamps>& load, MilliCelsius ambient);

  /// What may flow on each phase: its name plate, or more where the rating is dynamic and it is cool.
  [[nodiscard]] const PerPhase<Milliamps>& limit() const { return limit_; }
  /// The same less the site's margin.
  [[nodiscard]] PerPhase<Milliamps> usable() const;
  [[nodiscard]] double hot_spot_c() const { return state_ ? state_->hottest_c() : 0; }
  [[nodiscard]] double hot_spot_peak_c() const { return hot_spot_peak_c_; }
  [[nodiscard]] double loss_of_life_hours() const { return aged_hours_; }

 private:
  RatingSettings settings_;
  std::optional<RatingPlan> dynamic_;
  std::optional<RatingMemory> memory_;  ///< of what it may carry: it begins on the safe side
  std::optional<ThermalState> state_;   ///< as it is: it begins at the first load as if that had been there for ever
  sim::LocalTime carried_until_;
  PerPhase<Milliamps> limit_;
  double hot_spot_peak_c_ = -100;
  double aged_hours_ = 0;
};

}  // namespace balans::runs
