#include "sim/run/transformer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "trafo/core/site.hpp"

namespace balans::runs {
namespace {

constexpr MilliCelsius kColdest = MilliCelsius(-30'000);

Milliamps rated_current(VoltAmps rated) { return three_phase_sum(rated) / 3; }

/// Everything the current flows through carries half as much again.
RatingSettings settings_of(const RunOptions& options) {
  RatingSettings settings;
  settings.mode = options.rating;
  settings.rated = rated_current(options.transformer);
  settings.ambient.source = AmbientSource::Sensor;
  for (MonthAmbient& month : settings.ambient.months) month.min = kColdest;
  const Milliamps most = settings.rated * 3 / 2;
  settings.ratings = {most, most, most, most};
  return settings;
}

}  // namespace

LocalTime local_of(sim::LocalTime now) {
  using namespace std::chrono;
  const sys_days day = floor<days>(sys_time<milliseconds>(milliseconds(now.ms())));
  return {static_cast<int>(static_cast<unsigned>(year_month_day(day).month())),
          static_cast<int>(sim::second_of_day(now) / 60)};
}

std::optional<RatingPlan> rating_plan(const RunOptions& options) {
  if (options.rating == RatingMode::Static) return std::nullopt;
  return plan_rating(settings_of(options)).value();
}

Transformer::Transformer(const RunOptions& options)
    : settings_(settings_of(options)),
      dynamic_(rating_plan(options)),
      carried_until_(options.start),
      limit_(PerPhase<Milliamps>::all(settings_.rated)) {}

void Transformer::carry(sim::LocalTime now, const PerPhase<Milliamps>& load, MilliCelsius ambient) {
  ThermalDrive drive;
  drive.ambient_c = static_cast<double>(ambient.count()) / 1000;
  for (Phase p : kPhases)
    drive.k[p] = std::abs(static_cast<double>(load[p].count())) / static_cast<double>(settings_.rated.count());
  if (!state_) state_ = steady_state(settings_.thermal, drive);
  const Millis elapsed = now - carried_until_;
  carried_until_ = now;
  state_ = step(settings_.thermal, *state_, drive, static_cast<double>(elapsed.count()) / 60'000);
  hot_spot_peak_c_ = std::max(hot_spot_peak_c_, state_->hottest_c());
  aged_hours_ +=
      ageing_rate(settings_.thermal.paper, state_->hottest_c()) * static_cast<double>(elapsed.count()) / 3'600'000;
  if (!dynamic_) return;
  const BootTime at(now.ms());
  const RatingInput input{at, load, AmbientReading{ambient, at}, local_of(now)};
  if (!memory_) memory_ = start_rating(*dynamic_, input);
  limit_ = rate(*dynamic_, input, *memory_).normal;
}

PerPhase<Milliamps> Transformer::usable() const {
  PerPhase<Milliamps> usable;
  for (Phase p : kPhases) usable[p] = less_margin(limit_[p], Site{}.margin_percent);
  return usable;
}

}  // namespace balans::runs
