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
};

enum class Obedience : std::uint8_t { Obeys, Ignores };

class Electronics {
 public:
  /// Before the first write the device is limited by its maximum alone: it boots at whatever its memory holds.
  Electronics(const Control& control, const DevicePlan& plan, Policy policy);

  /// The limit in force after `dt`, never above the device's own maximum.
  Setpoint step(Millis dt, const Orders& orders, Obedience obedience);
  [[nodiscard]] bool fallen_back() const { return fallen_back_; }

 private:
  [[nodiscard]] std::optional<Millis> timeout(const Orders& orders) const;
  [[nodiscard]] Setpoint fallback(const Orders& orders) const;

  std::optional<Watchdog> watchdog_;
  std::optional<Millis> installed_timeout_;
  Milliamps max_;
  Policy policy_;
  Millis unfed_;
  bool fallen_back_ = false;
};

}  // namespace balans::sim
