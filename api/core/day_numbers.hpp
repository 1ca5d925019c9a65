#pragma once
// What a stretch between two states of a site adds to the numbers of its day.

#include <cstdint>

#include "common/messages/messages.hpp"

namespace balans::api {

/// Exact while they add up: seconds and watt-hours are only made of them at the end.
struct DayNumbers {
  Millis heard;
  Millis overload;
  Millis limited;  ///< of all devices together
  std::int64_t delivered_wh = 0;
  std::int64_t curtailed_mas = 0;  ///< mA·s that were asked for and not allowed
  std::int64_t life_used_ppm = 0;  ///< the largest
  std::int64_t hot_spot_mdeg = 0;  ///< the largest

  void add(const DayNumbers& more);
  [[nodiscard]] std::int64_t curtailed_wh() const;
};

/// Longer silences than this are not counted as heard: the site may have been away.
inline constexpr Millis kHeardTogether = 30_s;

/// From `before` to `after`, which came `passed` later. What held in `before` counts for the whole stretch.
DayNumbers numbers_between(const TrafoState& before, const TrafoState& after, Millis passed);

}  // namespace balans::api
