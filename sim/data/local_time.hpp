#pragma once
// Local dates and times as text: `2019-04-03T16:00` or `2019-04-03T16:00:00`, without an offset.

#include <string>
#include <string_view>

#include "common/result.hpp"
#include "sim/physics/units.hpp"

namespace balans::sim {

Result<LocalTime> parse_local_time(std::string_view text);
std::string to_text(LocalTime time);

}  // namespace balans::sim
