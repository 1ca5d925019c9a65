// Settings, checked once, and what follows from them.

#include <algorithm>
#include <cmath>
#include <string>

#include "trafo/core/rating.hpp"

namespace balans {
namespace {

constexpr std::int64_t kMostMilliamps = 10'000'000;
constexpr Millis kHour = Millis(3'600'000);

/// Remembers the first setting that is out of its bounds.
class Checks {
 public:
  explicit Checks(std::string_view path) : path_(path) {}

  void bounds(const std::string& field, std::int64_t value, std::int64_t min, std::int64_t max) {
    if (value < min || value > max)
      fail(field, std::to_string(value) + " is outside " + std::to_string(min) + ".." + std::to_string(max));
  }
  void fail(const std::string& field, std::string what) {
    if (!error_) error_ = Error{path_ + "." + field, std::move(what)};
  }
  void take(const Result<void>& result) {
    if (!result && !error_) error_ = result.error();
  }
  [[nodiscard]] std::string path_of(const std::string& field) const { return path_ + "." + field; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::string path_;
  std::optional<Error> error_;
};

void check_limits(Checks& checks, const std::string& name, const LoadingLimits& limits) {
  checks.bounds(name + ".hot_spot_mc", limits.hot_spot.count(), 60'000, 160'000);
  checks.bounds(name + ".top_oil_mc", limits.top_oil.count(), 50'000, 130'000);
  checks.bounds(name + ".max_percent", limits.max_percent, 50, 200);
}

void check_current(Checks& checks, const std::string& name, const std::optional<Milliamps>& rating) {
  if (rating) checks.bounds("ratings." + name + "_ma", rating->count(), 1, kMostMilliamps);
}

void check_row(Checks& checks, const std::string& name, const ScheduleRow& row) {
  checks.bounds(name + ".months", row.months, 1, 0xfff);
  checks.bounds(name + ".from_minute", row.from_minute, 0, 24 * 60 - 1);
  checks.bounds(name + ".to_minute", row.to_minute, 0, 24 * 60);
  checks.bounds(name + ".percent", row.percent, 0, 200);
}

void check_schedule(Checks& checks, const RatingSettings& settings) {
  if (settings.mode == RatingMode::Schedule && settings.schedule.empty())
    checks.fail("schedule", "has no row, and the rating is by schedule");
  if (settings.schedule.size() > kMaxScheduleRows)
    checks.fail("schedule", "has more than " + std::to_string(kMaxScheduleRows) + " rows");
  for (std::size_t i = 0; i < settings.schedule.size(); ++i)
    check_row(checks, "schedule[" + std::to_string(i) + "]", settings.schedule[i]);
}

std::optional<Error> first_error(const RatingSettings& settings, std::string_view path) {
  Checks checks(path);
  checks.bounds("rated_ma", settings.rated.count(), 1, kMostMilliamps);
  checks.take(check_thermal(settings.thermal, checks.path_of("thermal")));
  checks.take(check_ambient(settings.ambient, checks.path_of("ambient")));
  check_limits(checks, "normal", settings.normal);
  check_limits(checks, "emergency", settings.emergency);
  if (settings.emergency.hot_spot < settings.normal.hot_spot)
    checks.fail("emergency.hot_spot_mc", "is below that of normal operation");
  if (settings.emergency.top_oil < settings.normal.top_oil)
    checks.fail("emergency.top_oil_mc", "is below that of normal operation");
  if (settings.emergency.max_percent < settings.normal.max_percent)
    checks.fail("emergency.max_percent", "is below that of normal operation");
  check_current(checks, "fuse", settings.ratings.fuse);
  check_current(checks, "cable", settings.ratings.cable);
  check_current(checks, "bushing", settings.ratings.bushing);
  check_current(checks, "ct", settings.ratings.ct);
  checks.bounds("look_ahead_ms", settings.look_ahead.count(), 60'000, (4 * kHour).count());
  checks.bounds("budget_percent", settings.budget_percent, 1, 1000);
  checks.bounds("search_every_ms", settings.search_every.count(), 0, 600'000);
  check_schedule(checks, settings);
  return checks.error();
}

/// What the current alone allows. Above the name plate everything that it flows through must be known.
Capacity most_of(const RatingSettings& settings, const LoadingLimits& limits) {
  const CurrentRatings& ratings = settings.ratings;
  Milliamps smallest = settings.rated * limits.max_percent / 100;
  bool all_known = true;
  for (const auto& rating : {ratings.fuse, ratings.cable, ratings.bushing, ratings.ct}) {
    all_known = all_known && rating.has_value();
    if (rating) smallest = std::min(smallest, *rating);
  }
  if (!all_known && smallest >= settings.rated) return {1, RatingBound::Static};
  return {static_cast<double>(smallest.count()) / static_cast<double>(settings.rated.count()), RatingBound::Current};
}

LookAhead look_ahead_of(const ThermalParameters& parameters, Millis duration) {
  const TimeConstants tau = time_constants(parameters);
  const double minutes = static_cast<double>(duration.count()) / 60e3;
  LookAhead ahead;
  for (std::size_t i = 0; i < LookAhead::kMoments; ++i) {
    const double t = minutes * static_cast<double>(i + 1) / static_cast<double>(LookAhead::kMoments);
    ahead.oil[i] = std::exp(-t / tau.oil_min);
    ahead.fast[i] = std::exp(-t / tau.fast_min);
    ahead.slow[i] = std::exp(-t / tau.slow_min);
    ahead.gradient[i] = parameters.k21 * (1 - ahead.fast[i]) - (parameters.k21 - 1) * (1 - ahead.slow[i]);
  }
  return ahead;
}

}  // namespace

std::string_view name_of(RatingBound bound) {
  switch (bound) {
    case RatingBound::Static:
      return "static";
    case RatingBound::Schedule:
      return "schedule";
    case RatingBound::Current:
      return "current";
    case RatingBound::HotSpot:
      return "hot-spot";
    case RatingBound::TopOil:
      return "top-oil";
    case RatingBound::LossOfLife:
      return "loss-of-life";
    case RatingBound::ColdStart:
      return "cold-start";
  }
  return "unknown";
}

Result<RatingPlan> plan_rating(const RatingSettings& settings, std::string_view path) {
  if (const auto error = first_error(settings, path)) return *error;
  RatingPlan plan;
  plan.settings = settings;
  plan.ahead = look_ahead_of(settings.thermal, settings.look_ahead);
  plan.most = most_of(settings, settings.normal);
  plan.most_emergency = most_of(settings, settings.emergency);
  return plan;
}

}  // namespace balans
