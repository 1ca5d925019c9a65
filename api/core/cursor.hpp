#pragma once
// Where a page of readings ended. Pages go device by device, each device's readings by time, then number.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

struct Cursor {
  std::int64_t device = 0;      ///< the store's number for a device
  std::optional<UnixTime> utc;  ///< readings without a time come first
  std::uint64_t seq = 0;
  bool operator==(const Cursor&) const = default;
};

std::string encode(const Cursor& cursor);
Result<Cursor> parse_cursor(std::string_view text);

}  // namespace balans::api
