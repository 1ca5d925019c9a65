#pragma once
// What heat costs: loss of life of the paper after IEC 60076-7, and its sum over the last 24 hours.

#include <array>
#include <cstddef>

#include "trafo/core/thermal.hpp"

namespace balans {

/// V: days of life per day at this hot-spot.
double ageing_rate(Paper paper, double hot_spot_c);

/// The hot-spot at which a day costs a day.
constexpr double rated_hot_spot_c(Paper paper) { return paper == Paper::Normal ? 98.0 : 110.0; }

/// Loss of life in the last 24 hours: 96 quarters of an hour, the oldest of them fading as the newest fills.
class AgeingWindow {
 public:
  static constexpr std::size_t kQuarters = 96;
  static constexpr Millis kQuarter = Millis(15 * 60'000);

  /// Adds what `elapsed` has cost.
  void add(double days, Millis elapsed);
  [[nodiscard]] double last_day() const;

  /// The whole quarters, oldest first, and the one that is filling: for saving.
  [[nodiscard]] double quarter(std::size_t from_oldest) const;
  [[nodiscard]] double filling() const { return filling_; }
  [[nodiscard]] Millis filled_for() const { return filled_for_; }
  static AgeingWindow restored(const std::array<double, kQuarters>& oldest_first, double filling, Millis filled_for);

  bool operator==(const AgeingWindow&) const = default;

 private:
  void turn();

  std::array<double, kQuarters> quarters_{};
  std::size_t oldest_ = 0;
  double sum_ = 0;  ///< of the whole quarters
  double filling_ = 0;
  Millis filled_for_{};
};

/// Runs the model for `elapsed` of a constant drive and adds what that costs the hottest phase, minute by minute. Of a
/// longer time only the last 24 hours are counted, for nothing else is remembered.
ThermalState run(const ThermalParameters& parameters, ThermalState state, const ThermalDrive& drive, Millis elapsed,
                 AgeingWindow& ageing);

}  // namespace balans
