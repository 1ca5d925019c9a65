#include "trafo/core/ageing.hpp"

#include <algorithm>
#include <cmath>

namespace balans {
namespace {

constexpr Millis kDay = AgeingWindow::kQuarter * static_cast<std::int64_t>(AgeingWindow::kQuarters);
constexpr Millis kPart = Millis(60'000);  // the rate changes by a few percent in this time, at most
constexpr double kCharredC = 300;         // hotter than this nothing is left to age, and the sums stay finite
constexpr double kMillisPerMinute = 60e3;
constexpr double kMillisPerDay = 86'400e3;

double as_double(Millis duration) { return static_cast<double>(duration.count()); }

}  // namespace

double ageing_rate(Paper paper, double hot_spot_c) {
  const double hot = std::min(hot_spot_c, kCharredC);
  if (paper == Paper::Normal) return std::exp2((hot - rated_hot_spot_c(paper)) / 6);
  return std::exp(15'000 / (rated_hot_spot_c(paper) + 273) - 15'000 / (hot + 273));
}

void AgeingWindow::add(double days, Millis elapsed) {
  while (filled_for_ + elapsed >= kQuarter) {
    const Millis part = kQuarter - filled_for_;
    const double share = elapsed > Millis() ? days * as_double(part) / as_double(elapsed) : 0;
    filling_ += share;
    days -= share;
    elapsed -= part;
    turn();
  }
  filling_ += days;
  filled_for_ += elapsed;
}

void AgeingWindow::turn() {
  quarters_[oldest_] = filling_;
  oldest_ = (oldest_ + 1) % kQuarters;
  filling_ = 0;
  filled_for_ = Millis();
  sum_ = 0;  // anew, so that rounding never adds up
  for (double quarter : quarters_) sum_ += quarter;
}

double AgeingWindow::last_day() const {
  return sum_ + filling_ - quarters_[oldest_] * as_double(filled_for_) / as_double(kQuarter);
}

double AgeingWindow::quarter(std::size_t from_oldest) const { return quarters_[(oldest_ + from_oldest) % kQuarters]; }

AgeingWindow AgeingWindow::restored(const std::array<double, kQuarters>& oldest_first, double filling,
                                    Millis filled_for) {
  AgeingWindow window;
  window.quarters_ = oldest_first;
  for (double quarter : window.quarters_) window.sum_ += quarter;
  window.filling_ = filling;
  window.filled_for_ = std::min(filled_for, kQuarter - Millis(1));
  return window;
}

ThermalState run(const ThermalParameters& parameters, ThermalState state, const ThermalDrive& drive, Millis elapsed,
                 AgeingWindow& ageing) {
  if (elapsed > kDay) {
    state = step(parameters, state, drive, as_double(elapsed - kDay) / kMillisPerMinute);
    elapsed = kDay;
  }
  double rate = ageing_rate(parameters.paper, state.hottest_c());
  while (elapsed > Millis()) {
    const Millis part = std::min(elapsed, kPart);
    state = step(parameters, state, drive, as_double(part) / kMillisPerMinute);
    const double rate_after = ageing_rate(parameters.paper, state.hottest_c());
    ageing.add((rate + rate_after) / 2 * as_double(part) / kMillisPerDay, part);
    rate = rate_after;
    elapsed -= part;
  }
  return state;
}

}  // namespace balans
