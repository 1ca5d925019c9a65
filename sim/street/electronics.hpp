#pragma once
// What sits between a device's registers and its power: the limit that is in force now, and the watchdog that replaces
// it when nobody talks to the device.

#include <optional>

#include "common/registers/description.hpp"
#include "common/registers/sample.hpp"
#include "sim/street/plan.hpp"

namespace balans::sim {

/// What the registers say at one tick.
struct Orders {
  std::optional<Setpoint> setpoint;     ///< absent: never written
  std::optional<Millis> timeout;        ///< of the watchdog, as written
  std::optional<Milliamps> safe_limit;  ///< as written
  bool fed = false;                     ///< what keeps the watchdog content has come since the last tick
  std::optional<Setpoint> feed{};       ///< what it may feed in; absent: never written
  PhaseMode phases = PhaseMode::All;    ///< what its contactor is told to connect
};

enum class Obedience : std::uint8_t { Obeys, Ignores };

class Electronics {
 public:
  /// Before the first write the device is limited by its maximum alone: it boots at whatever its memory holds.
  Electronics(const Control& control, const DevicePlan& plan, Policy policy);

  /// The limit in force after `dt`, never above the device's own maximum.
  Setpoint step(Millis dt, const Orders& orders, Obedience obedience);
  /// The same for what it feeds in.
  [[nodiscard]] const Setpoint& feed() const { return in_force_.feed; }
  [[nodiscard]] bool fallen_back() const { return fallen_back_; }
  /// Of its watchdog; absent: it has none, or it is off.
  [[nodiscard]] std::optional<Millis> timeout(const Orders& orders) const;

 private:
  struct InForce {
    Setpoint draw;
    Setpoint feed;
  };
  [[nodiscard]] InForce limits(Millis dt, const Orders& orders, Obedience obedience);
  [[nodiscard]] InForce fallback(const Orders& orders) const;
  [[nodiscard]] bool ends_its_pause(Millis dt, const Orders& orders);

  std::optional<Watchdog> watchdog_;
  std::optional<Millis> longest_pause_;
  bool safe_limit_is_of_feed_ = false;
  std::optional<Millis> installed_timeout_;
  Milliamps max_;
  Milliamps max_feed_;
  Policy policy_;
  Millis unfed_;
  Millis paused_;
  InForce in_force_{};
  bool fallen_back_ = false;
};

}  // namespace balans::sim
