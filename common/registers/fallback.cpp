#include "common/registers/fallback.hpp"

#include "common/registers/installed.hpp"

namespace balans {

bool brings_down_feed(const Control& control) {
  const Fallback fallback = control.watchdog->fallback;
  return fallback == Fallback::Zero || fallback == Fallback::Configured ||
         (fallback == Fallback::SafeLimit && !control.draw);
}

bool comes_down_alone(const DeviceDescription& device, Milliamps max_feed) {
  const Control& control = *device.control;
  if (!control.watchdog || is_kept_by_others(device)) return false;
  const Fallback fallback = control.watchdog->fallback;
  if (fallback == Fallback::Unlimited || fallback == Fallback::Unknown) return false;
  return max_feed <= 0_A || brings_down_feed(control);
}

std::optional<Millis> usual_revert(const Watchdog& watchdog) {
  if (watchdog.default_timeout && *watchdog.default_timeout <= kLongestRevert) return watchdog.default_timeout;
  if (watchdog.timeout || watchdog.shows_timeout) return kUsualRevert;  // written, or compared at start
  return std::nullopt;
}

Milliamps usual_fallback(const Control& control, Direction direction, Milliamps failsafe, Milliamps max) {
  if (control.semantics == LimitSemantics::Hint || control.longest_pause) return max;
  if (!control.watchdog) return {};  // it stays as it was told
  switch (control.watchdog->fallback) {
    case Fallback::SafeLimit:
      return direction == Direction::Draw || brings_down_feed(control) ? failsafe : max;
    case Fallback::Configured:
      return control.watchdog->shows_limit ? failsafe : max;  // compared at start, or nobody knows
    case Fallback::Zero:
      return {};
    case Fallback::Unlimited:
    case Fallback::Unknown:
      break;
  }
  return max;
}

}  // namespace balans
