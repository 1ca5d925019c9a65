#include "trafo/core/ambient.hpp"

#include <algorithm>
#include <string>

namespace balans {
namespace {

constexpr MilliCelsius kColdest = MilliCelsius(-60'000);  // what a thermometer in working order can show
constexpr MilliCelsius kWarmest = MilliCelsius(80'000);
constexpr MilliCelsius kLeast = MilliCelsius(-50'000);  // what a setting may say
constexpr MilliCelsius kMost = MilliCelsius(60'000);

std::size_t month_of(const LocalTime& local) { return static_cast<std::size_t>(std::clamp(local.month, 1, 12) - 1); }

std::size_t hour_of(const LocalTime& local) {
  return static_cast<std::size_t>(std::clamp(local.minute_of_day, 0, 24 * 60 - 1) / 60);
}

MilliCelsius month_min(const AmbientSettings& settings, const std::optional<LocalTime>& local) {
  if (local) return settings.months[month_of(*local)].min;
  return std::ranges::max(settings.months, {}, &MonthAmbient::min).min;
}

bool counts(const AmbientSettings& settings, const AmbientReading& reading, BootTime now) {
  const Millis age = now - reading.taken;
  return age >= Millis() && age <= settings.stale && reading.value >= kColdest && reading.value <= kWarmest;
}

std::optional<Error> outside(const std::string& where, MilliCelsius value, MilliCelsius min, MilliCelsius max) {
  if (value >= min && value <= max) return std::nullopt;
  return Error{where, std::to_string(value.count()) + " m°C is outside " + std::to_string(min.count()) + ".." +
                          std::to_string(max.count())};
}

}  // namespace

Result<void> check_ambient(const AmbientSettings& settings, std::string_view path) {
  const std::string prefix(path);
  if (settings.stale < Millis(1000) || settings.stale > Millis(24 * 3'600'000))
    return Error{prefix + ".stale_s", "is outside 1..86400"};
  for (std::size_t m = 0; m < settings.months.size(); ++m) {
    const std::string month = prefix + ".months[" + std::to_string(m) + "]";
    if (auto bad = outside(month + ".design_max_c", settings.months[m].design_max, kLeast, kMost)) return *bad;
    if (auto bad = outside(month + ".min_c", settings.months[m].min, kLeast, settings.months[m].design_max))
      return *bad;
    if (settings.source != AmbientSource::Profile) continue;
    for (std::size_t hour = 0; hour < settings.profile[m].size(); ++hour)
      if (auto bad = outside(prefix + ".profile[" + std::to_string(m) + "][" + std::to_string(hour) + "]_c",
                             settings.profile[m][hour], kLeast, kMost))
        return *bad;
  }
  return {};
}

MilliCelsius design_max(const AmbientSettings& settings, const std::optional<LocalTime>& local) {
  if (local) return settings.months[month_of(*local)].design_max;
  return std::ranges::max(settings.months, {}, &MonthAmbient::design_max).design_max;
}

Ambient ambient_now(const AmbientSettings& settings, const std::optional<AmbientReading>& reading,
                    const std::optional<LocalTime>& local, BootTime now) {
  const MilliCelsius min = month_min(settings, local);
  if (settings.source == AmbientSource::Sensor && reading && counts(settings, *reading, now))
    return {std::max(reading->value, min), AmbientSource::Sensor};
  if (settings.source == AmbientSource::Profile && local)
    return {std::max(settings.profile[month_of(*local)][hour_of(*local)], min), AmbientSource::Profile};
  return {design_max(settings, local), AmbientSource::DesignMax};
}

}  // namespace balans
