#pragma once
// How long what is kept. Each level has a purpose of its own, and goes when that is over.

#include "api/core/ingest.hpp"
#include "api/core/limits.hpp"
#include "common/units.hpp"

namespace balans::api {

struct Retention {
  std::int64_t raw_days = 90;             ///< readings, evidence and signed texts: disputes, and rolling up again
  std::int64_t minute_days = 90;          ///< looking closely
  std::int64_t quarter_hour_days = 3653;  ///< settlement
  std::int64_t day_days = 3653;           ///< the years
  bool operator==(const Retention&) const = default;
};
inline constexpr std::int64_t kMostDaysKept = 36'525;

constexpr UnixTime days_before(UnixTime now, std::int64_t days) { return now - days * 24 * 60_min; }

/// The times of readings that can be taken at `now`.
constexpr TimeBounds bounds_at(const Retention& retention, UnixTime now) {
  return {days_before(now, retention.raw_days), now + limits::kAhead};
}

}  // namespace balans::api
