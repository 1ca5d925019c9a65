#pragma once
// Use case: roll-ups follow their readings, and what is over goes. Done in small steps between other writes.

#include <cstddef>
#include <cstdint>

#include "api/core/retention.hpp"
#include "api/store/store.hpp"

namespace balans::api {

enum class Left : std::uint8_t { Nothing, More };

/// One transaction: minutes and quarter-hours of the devices whose readings are new.
Result<Left> roll_up_some(Store& store, std::size_t at_once);
/// One transaction: days of which quarter-hours are new. Worth doing a few times an hour: a day is all its quarters.
Result<Left> roll_up_days(Store& store, std::size_t at_once);
/// One transaction: lets go of some of what is older than it is kept.
Result<Left> forget_some(Store& store, const Retention& retention, UnixTime now, UnixTime surely_past);

}  // namespace balans::api
