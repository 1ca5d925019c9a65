#include "sim/street/electronics.hpp"

#include <algorithm>

namespace balans::sim {

Electronics::Electronics(const Control& control, const DevicePlan& plan, Policy policy)
    : watchdog_(control.watchdog),
      longest_pause_(control.longest_pause),
      safe_limit_is_of_feed_(!control.draw && control.feed),
      installed_timeout_(plan.installed_timeout),
      max_(plan.max),
      max_feed_(plan.max_feed),
      policy_(policy) {}

std::optional<Millis> Electronics::timeout(const Orders& orders) const {
  if (!watchdog_ || policy_ == Policy::Uncontrolled) return std::nullopt;
  const std::optional<Millis> own = installed_timeout_ ? installed_timeout_ : watchdog_->default_timeout;
  const std::optional<Millis> set = orders.timeout ? orders.timeout : own;
  if (!set || *set <= Millis(0)) return std::nullopt;  // 0 switches it off
  return set;
}

Electronics::InForce Electronics::fallback(const Orders& orders) const {
  InForce free{{max_, std::nullopt}, {max_feed_, std::nullopt}};
  switch (watchdog_->fallback) {
    case Fallback::SafeLimit: {
      Setpoint& limited = safe_limit_is_of_feed_ ? free.feed : free.draw;
      limited.current = std::min(limited.current, orders.safe_limit.value_or(limited.current));
      return free;
    }
    case Fallback::Configured:  // who installed it has set it to a pause
    case Fallback::Zero:
      return {{Milliamps(0), std::nullopt}, {Milliamps(0), std::nullopt}};
    case Fallback::Unlimited:
    case Fallback::Unknown:
      break;
  }
  return free;
}

bool Electronics::ends_its_pause(Millis dt, const Orders& orders) {
  const bool paused = orders.setpoint && orders.setpoint->current == Milliamps(0);
  paused_ = paused ? paused_ + dt : Millis(0);
  return longest_pause_ && paused_ > *longest_pause_;
}

Electronics::InForce Electronics::limits(Millis dt, const Orders& orders, Obedience obedience) {
  unfed_ = orders.fed ? Millis(0) : unfed_ + dt;
  const std::optional<Millis> limit = timeout(orders);
  fallen_back_ = limit && unfed_ > *limit;
  const bool goes_on = ends_its_pause(dt, orders);
  InForce now{{max_, std::nullopt}, {max_feed_, std::nullopt}};
  if (obedience == Obedience::Ignores || policy_ == Policy::Uncontrolled) return now;
  if (fallen_back_) return fallback(orders);
  if (orders.setpoint && !goes_on) now.draw = {std::min(max_, orders.setpoint->current), orders.setpoint->power};
  if (orders.feed) now.feed = {std::min(max_feed_, orders.feed->current), orders.feed->power};
  return now;
}

Setpoint Electronics::step(Millis dt, const Orders& orders, Obedience obedience) {
  in_force_ = limits(dt, orders, obedience);
  return in_force_.draw;
}

}  // namespace balans::sim
