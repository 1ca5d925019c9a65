#include "sim/street/electronics.hpp"

#include <algorithm>

namespace balans::sim {

Electronics::Electronics(const Control& control, const DevicePlan& plan, Policy policy)
    : watchdog_(control.watchdog), installed_timeout_(plan.installed_timeout), max_(plan.max), policy_(policy) {}

std::optional<Millis> Electronics::timeout(const Orders& orders) const {
  if (!watchdog_ || policy_ == Policy::Uncontrolled) return std::nullopt;
  const std::optional<Millis> own = installed_timeout_ ? installed_timeout_ : watchdog_->default_timeout;
  const std::optional<Millis> set = orders.timeout ? orders.timeout : own;
  if (!set || *set <= Millis(0)) return std::nullopt;  // 0 switches it off
  return set;
}

Setpoint Electronics::fallback(const Orders& orders) const {
  switch (watchdog_->fallback) {
    case Fallback::SafeLimit:
      return {std::min(max_, orders.safe_limit.value_or(max_)), std::nullopt};
    case Fallback::Configured:  // the installer of this street has set it to a pause
    case Fallback::Zero:
      return {Milliamps(0), std::nullopt};
    case Fallback::Unlimited:
    case Fallback::Unknown:
      break;
  }
  return {max_, std::nullopt};
}

Setpoint Electronics::step(Millis dt, const Orders& orders, Obedience obedience) {
  unfed_ = orders.fed ? Millis(0) : unfed_ + dt;
  const std::optional<Millis> limit = timeout(orders);
  fallen_back_ = limit && unfed_ > *limit;
  const Setpoint free{max_, std::nullopt};
  if (obedience == Obedience::Ignores || policy_ == Policy::Uncontrolled) return free;
  if (fallen_back_) return fallback(orders);
  if (!orders.setpoint) return free;
  return {std::min(max_, orders.setpoint->current), orders.setpoint->power};
}

}  // namespace balans::sim
