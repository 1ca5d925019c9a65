// The largest load that keeps every bound over the look-ahead, from the present state.

#include <algorithm>
#include <cmath>

#include "trafo/core/rating.hpp"

namespace balans::rating {
namespace {

constexpr double kResolution = 1e-6;
constexpr std::size_t kLast = LookAhead::kMoments - 1;

double celsius(MilliCelsius value) { return static_cast<double>(value.count()) / 1000; }

/// How much room the bounds leave, at each moment, for what depends on the load.
class Room {
 public:
  Room(const RatingPlan& plan, const LoadingLimits& limits, const ThermalState& state, double ambient_c)
      : thermal_(plan.settings.thermal), ahead_(plan.ahead), ambient_c_(ambient_c) {
    top_oil_ = celsius(limits.top_oil) - state.top_oil_c * ahead_.oil[kLast];
    const double limit = celsius(limits.hot_spot);
    const double excess = std::max(0.0, state.hottest_c() - limit);
    for (std::size_t i = 0; i <= kLast; ++i) {
      const double gradient = hottest_gradient(state, i);
      // From above the limit a straight line leads back to it by the end of the look-ahead.
      const double allowed = limit + excess * static_cast<double>(kLast - i) / static_cast<double>(kLast + 1);
      hot_spot_[i] = allowed - state.top_oil_c * ahead_.oil[i] - gradient;
    }
  }

  /// The bound that does not hold with all phases at `k`.
  [[nodiscard]] std::optional<RatingBound> broken(double k) const {
    const double oil = top_oil_at(thermal_, ambient_c_, k * k);
    const double gradient = gradient_at(thermal_, k);
    for (std::size_t i = 0; i <= kLast; ++i)
      if (oil * (1 - ahead_.oil[i]) + gradient * ahead_.gradient[i] > hot_spot_[i]) return RatingBound::HotSpot;
    // The oil goes one way all the time, so that it is nearest to its bound at the end.
    if (oil * (1 - ahead_.oil[kLast]) > top_oil_) return RatingBound::TopOil;
    return std::nullopt;
  }

 private:
  /// What is left of the gradients at a moment, in the phase where it is most.
  [[nodiscard]] double hottest_gradient(const ThermalState& state, std::size_t i) const {
    PerPhase<double> left;
    for (Phase p : kPhases)
      left[p] = state.fast_gradient_k[p] * ahead_.fast[i] - state.slow_gradient_k[p] * ahead_.slow[i];
    return left.largest();
  }

  const ThermalParameters& thermal_;
  const LookAhead& ahead_;
  double ambient_c_;
  double top_oil_ = 0;
  std::array<double, LookAhead::kMoments> hot_spot_{};
};

}  // namespace

std::optional<RatingBound> first_broken(const RatingPlan& plan, const LoadingLimits& limits, const ThermalState& state,
                                        double ambient_c, double k) {
  return Room(plan, limits, state, ambient_c).broken(k);
}

Capacity search(const RatingPlan& plan, const LoadingLimits& limits, const ThermalState& state, double ambient_c,
                Capacity most) {
  const Room room(plan, limits, state, ambient_c);
  std::optional<RatingBound> bound = room.broken(most.k);
  if (!bound) return most;
  double holds = 0;  // with nothing at all it cools as fast as it can
  double breaks = most.k;
  while (breaks - holds > kResolution) {
    const double middle = (holds + breaks) / 2;
    if (const auto broken = room.broken(middle)) {
      breaks = middle;
      bound = broken;
    } else {
      holds = middle;
    }
  }
  return {holds, *bound};
}

double sustainable_k(const ThermalParameters& parameters, double ambient_c) {
  constexpr double kMost = 3;
  const double goal = rated_hot_spot_c(parameters.paper);
  double holds = 0;
  double breaks = kMost;
  while (breaks - holds > kResolution) {
    const double middle = (holds + breaks) / 2;
    const double hot_spot = top_oil_at(parameters, ambient_c, middle * middle) + gradient_at(parameters, middle);
    (hot_spot <= goal ? holds : breaks) = middle;
  }
  return holds;
}

}  // namespace balans::rating
