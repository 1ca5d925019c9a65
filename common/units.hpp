#pragma once
// Units as types: `230_V + 16_A` does not compile. Integers throughout; each type says its base unit.

#include <compare>
#include <cstdint>

namespace balans {

/// A whole number of one unit. `Tag` names the unit; quantities of different tags do not mix.
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t count) : count_(count) {}

  /// The bare number, in the unit the type is named after.
  [[nodiscard]] constexpr std::int64_t count() const { return count_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator-() const { return Quantity(-count_); }
  constexpr Quantity& operator+=(Quantity other) { return count_ += other.count_, *this; }
  constexpr Quantity& operator-=(Quantity other) { return count_ -= other.count_, *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.count_ + b.count_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.count_ - b.count_); }
  friend constexpr Quantity operator*(Quantity a, std::int64_t k) { return Quantity(a.count_ * k); }
  friend constexpr Quantity operator*(std::int64_t k, Quantity a) { return a * k; }
  friend constexpr Quantity operator/(Quantity a, std::int64_t k) { return Quantity(a.count_ / k); }
  friend constexpr std::int64_t operator/(Quantity a, Quantity b) { return a.count_ / b.count_; }
  friend constexpr Quantity operator%(Quantity a, Quantity b) { return Quantity(a.count_ % b.count_); }

 private:
  std::int64_t count_ = 0;
};

/// A moment on one clock. Moments of different clocks cannot be compared or subtracted.
template <class Clock>
class Moment;

using Milliamps = Quantity<struct MilliampsTag>;    ///< current, mA (RMS)
using Millivolts = Quantity<struct MillivoltsTag>;  ///< voltage, mV (RMS, line to neutral)
using Watts = Quantity<struct WattsTag>;            ///< active power, W; import is positive
using VoltAmps = Quantity<struct VoltAmpsTag>;      ///< apparent power, VA
using WattHours = Quantity<struct WattHoursTag>;    ///< energy, Wh
using Millis = Quantity<struct MillisTag>;          ///< duration, ms

template <class Clock>
class Moment {
 public:
  constexpr Moment() = default;
  constexpr explicit Moment(std::int64_t ms) : ms_(ms) {}
  /// Milliseconds since the clock's zero.
  [[nodiscard]] constexpr std::int64_t ms() const { return ms_; }

  constexpr auto operator<=>(const Moment&) const = default;
  friend constexpr Moment operator+(Moment t, Millis d) { return Moment(t.ms_ + d.count()); }
  friend constexpr Moment operator-(Moment t, Millis d) { return Moment(t.ms_ - d.count()); }
  friend constexpr Millis operator-(Moment a, Moment b) { return Millis(a.ms_ - b.ms_); }

 private:
  std::int64_t ms_ = 0;
};

using BootTime = Moment<struct OwnBootClock>;     ///< this machine's CLOCK_BOOTTIME
using AgentTime = Moment<struct AgentBootClock>;  ///< an agent's CLOCK_BOOTTIME, seen from elsewhere
using UnixTime = Moment<struct UnixClock>;        ///< UTC since 1970

/// Single-phase apparent power of `current` at `voltage`, rounded down.
constexpr VoltAmps operator*(Millivolts voltage, Milliamps current) {
  return VoltAmps(voltage.count() * current.count() / 1'000'000);
}

inline namespace literals {
constexpr Milliamps operator""_mA(unsigned long long n) { return Milliamps(static_cast<std::int64_t>(n)); }
constexpr Milliamps operator""_A(unsigned long long n) { return Milliamps(static_cast<std::int64_t>(n) * 1000); }
constexpr Millivolts operator""_V(unsigned long long n) { return Millivolts(static_cast<std::int64_t>(n) * 1000); }
constexpr Watts operator""_W(unsigned long long n) { return Watts(static_cast<std::int64_t>(n)); }
constexpr VoltAmps operator""_VA(unsigned long long n) { return VoltAmps(static_cast<std::int64_t>(n)); }
constexpr VoltAmps operator""_kVA(unsigned long long n) { return VoltAmps(static_cast<std::int64_t>(n) * 1000); }
constexpr WattHours operator""_Wh(unsigned long long n) { return WattHours(static_cast<std::int64_t>(n)); }
constexpr Millis operator""_ms(unsigned long long n) { return Millis(static_cast<std::int64_t>(n)); }
constexpr Millis operator""_s(unsigned long long n) { return Millis(static_cast<std::int64_t>(n) * 1000); }
constexpr Millis operator""_min(unsigned long long n) { return Millis(static_cast<std::int64_t>(n) * 60'000); }
}  // namespace literals

}  // namespace balans
