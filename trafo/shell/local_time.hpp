#pragma once
// The time on the wall at the site, by the machine's time zone.

#include <optional>

#include "common/units.hpp"
#include "trafo/core/ambient.hpp"

namespace balans {

/// Nothing for a moment that no calendar has.
std::optional<LocalTime> local_time(UnixTime utc);

}  // namespace balans
