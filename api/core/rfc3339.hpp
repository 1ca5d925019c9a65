#pragma once
// Times of the REST interface: RFC 3339 in UTC with milliseconds.

#include <string>
#include <string_view>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

/// `2019-04-03T16:00:00.000Z`
std::string to_rfc3339(UnixTime time);

/// Any RFC 3339 date-time from 1970 to 9999, with fraction and offset; below a millisecond is cut off.
Result<UnixTime> parse_rfc3339(std::string_view text);

}  // namespace balans::api
