#pragma once
// Use case: the book of energy follows the roll-ups. Done in small steps between other writes.

#include <functional>
#include <string>
#include <vector>

#include "api/app/roll_ups.hpp"
#include "api/core/energy/settling.hpp"

namespace balans::api {

/// What contracts and lots have taken of a slot before the rest is shared. Absent: nothing.
using EarlierUses = std::function<Result<std::vector<energy::EnergyUse>>(Store& store, const SiteSlot& slot,
                                                                         std::span<const energy::Metered> metered)>;

struct Allocated {
  Left left = Left::Nothing;
  std::int64_t versions = 0;   ///< booked
  std::vector<Error> refused;  ///< slots that cannot be booked as they are, each looked at again an hour later
};

/// One transaction: books slots whose quarter-hours are new or that have waited long enough.
Result<Allocated> allocate_some(Store& store, const energy::SettlingRules& rules, UnixTime now, std::size_t at_once,
                                const EarlierUses& earlier = {});

}  // namespace balans::api
