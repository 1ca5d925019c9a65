#pragma once
// Units finer than the product's, so that a second of a small load is not lost to rounding.

#include "common/units.hpp"

namespace balans::sim {

using Milliwatts = Quantity<struct MilliwattsTag>;        ///< active power, mW; import is positive
using Millivars = Quantity<struct MillivarsTag>;          ///< reactive power, mvar; inductive is positive
using Millivoltamps = Quantity<struct MillivoltampsTag>;  ///< apparent power, mVA
using Millijoules = Quantity<struct MillijoulesTag>;      ///< energy, mJ; 3 600 000 mJ are one Wh

/// A moment of the street's local time: ms since 1970 as the street's own clocks on the wall would count them.
using LocalTime = Moment<struct StreetClock>;

inline constexpr std::int64_t kMillijoulesPerWattHour = 3'600'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;

constexpr Millijoules energy_of(Milliwatts power, Millis time) {
  return Millijoules(power.count() * time.count() / 1000);
}
constexpr Millijoules millijoules(WattHours energy) { return Millijoules(energy.count() * kMillijoulesPerWattHour); }
constexpr WattHours watt_hours(Millijoules energy) { return WattHours(energy.count() / kMillijoulesPerWattHour); }

/// Seconds since local midnight, also before 1970.
constexpr std::int64_t second_of_day(LocalTime time) {
  const std::int64_t day_ms = kSecondsPerDay * 1000;
  return ((time.ms() % day_ms + day_ms) % day_ms) / 1000;
}

}  // namespace balans::sim
