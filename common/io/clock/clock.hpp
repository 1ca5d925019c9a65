#pragma once
// The two clocks of a program: time since boot, which leases and ticks run on, and UTC, which stamps are made of.
// Cores are given times; only shells and adapters hold a Clock.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Time since boot, suspends included. Never goes back.
  [[nodiscard]] virtual BootTime boot() const = 0;
  /// UTC as the machine believes it, which may be wrong by years. For logs.
  [[nodiscard]] virtual UnixTime utc() const = 0;
  /// UTC while the kernel says that it is disciplined by a time source. For stamps that others rely on.
  [[nodiscard]] virtual std::optional<UnixTime> utc_if_synchronised() const = 0;
  /// How long to wait in real time for `duration` to pass on this clock; between nothing and a day.
  [[nodiscard]] virtual std::chrono::nanoseconds wall(Millis duration) const = 0;
};

/// CLOCK_BOOTTIME and CLOCK_REALTIME.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] BootTime boot() const override;
  [[nodiscard]] UnixTime utc() const override;
  [[nodiscard]] std::optional<UnixTime> utc_if_synchronised() const override;
  [[nodiscard]] std::chrono::nanoseconds wall(Millis duration) const override;
};

/// The clock named on the command line: the system's when `sim_clock` is absent, else the scaled clock that it
/// describes as `SPEED:UTC0_MS:BOOT0_MS`. Builds without the option BALANS_SIM_CLOCK refuse the latter.
Result<std::unique_ptr<Clock>> make_clock(const std::optional<std::string>& sim_clock);

#ifdef BALANS_SIM_CLOCK
/// Runs `speed` times faster than the machine, for the demo and for tests of whole processes. All programs of one run
/// share the three numbers and therefore agree on the time. Always counts as synchronised.
class ScaledClock final : public Clock {
 public:
  struct Settings {
    std::int64_t speed = 1;  ///< 1..30
    UnixTime utc0;           ///< UTC when this machine's boot time was boot0
    BootTime boot0;          ///< unscaled
    bool operator==(const Settings&) const = default;
  };
  static Result<Settings> parse(std::string_view text);

  explicit ScaledClock(const Settings& settings);
  [[nodiscard]] BootTime boot() const override;
  [[nodiscard]] UnixTime utc() const override;
  [[nodiscard]] std::optional<UnixTime> utc_if_synchronised() const override;
  [[nodiscard]] std::chrono::nanoseconds wall(Millis duration) const override;

 private:
  Settings settings_;
};
#endif

}  // namespace balans
