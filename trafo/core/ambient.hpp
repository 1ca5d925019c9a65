#pragma once
// How warm the air around the transformer is taken to be: measured, by a daily profile, or the month's design maximum.
// Whatever is not known is taken as warm; a thermometer never credits less than the month's minimum.

#include <array>
#include <optional>
#include <string_view>

#include "trafo/core/thermal.hpp"

namespace balans {

/// The time on the wall at the site. Given only while the clock is synchronised.
struct LocalTime {
  int month = 1;          ///< 1..12
  int minute_of_day = 0;  ///< 0..1439
};

struct AmbientReading {
  MilliCelsius value;
  BootTime taken;
};

/// What the air can be like in one month. The defaults credit nothing: the maximum of IEC 60076-1, and the yearly mean
/// for which the name plate holds.
struct MonthAmbient {
  MilliCelsius min{20'000};
  MilliCelsius design_max{40'000};
};

using HourlyAmbient = std::array<MilliCelsius, 24>;  ///< each value holds for its hour

enum class AmbientSource : std::uint8_t {
  DesignMax,  ///< the month's design maximum
  Profile,    ///< 24 hourly values
  Sensor,     ///< a thermometer; while it is silent the month's design maximum
};

struct AmbientSettings {
  AmbientSource source = AmbientSource::DesignMax;
  std::array<MonthAmbient, 12> months{};
  std::array<HourlyAmbient, 12> profile{};  ///< by month; the same twelve times where one is given
  Millis stale = Millis(30 * 60'000);       ///< an older reading counts as none
};

/// Refuses settings that are out of bounds: `ambient.months[7].min_c: …`.
Result<void> check_ambient(const AmbientSettings& settings, std::string_view path = "ambient");

struct Ambient {
  MilliCelsius value;
  AmbientSource from = AmbientSource::DesignMax;  ///< what it really comes from
};

/// The air now. Without `local` the warmest month counts.
Ambient ambient_now(const AmbientSettings& settings, const std::optional<AmbientReading>& reading,
                    const std::optional<LocalTime>& local, BootTime now);

/// The month's design maximum, or the year's where the month is not known.
MilliCelsius design_max(const AmbientSettings& settings, const std::optional<LocalTime>& local);

}  // namespace balans
