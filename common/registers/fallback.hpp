#pragma once
// What a device does when nobody speaks to it, as far as its description tells: what agents count on where their
// configuration says nothing.

#include <optional>

#include "common/direction.hpp"
#include "common/registers/description.hpp"

namespace balans {

inline constexpr Millis kUsualRevert = 60_s;      ///< set where the watchdog's time can be set, or compared with it
inline constexpr Millis kLongestRevert = 3600_s;  ///< nobody waits longer for a device to come down

/// A safe limit is that of one direction. `control` has a watchdog.
bool brings_down_feed(const Control& control);

/// Whether the device goes down by itself once its agent is silent, what it feeds in (up to `max_feed`) included.
bool comes_down_alone(const DeviceDescription& device, Milliamps max_feed);

/// How soon, as far as that is known.
std::optional<Millis> usual_revert(const Watchdog& watchdog);

/// To what, in one direction: `failsafe` and `max` are those of that direction.
Milliamps usual_fallback(const Control& control, Direction direction, Milliamps failsafe, Milliamps max);

}  // namespace balans
