#pragma once
// From energy to money: what is paid per kWh, out of which budget, and what is left over of each sum.

#include <optional>
#include <span>
#include <vector>

#include "common/result.hpp"
#include "common/trade/amount.hpp"
#include "common/units.hpp"

namespace balans::api::flexibility {

/// Base units of the asset per kWh.
using Price = trade::Amount;

/// A price as it was set. It holds from the quarter-hour that begins next: nobody is paid less than was shown when the
/// quarter-hour began, and nobody more than what was known by then.
struct SetPrice {
  UnixTime set;
  Price per_kwh;
};
/// 0 where none had been set. Never above `cap`.
Price price_for(std::span<const SetPrice> prices, UnixTime slot, Price cap);

/// What of the site's budget account is set aside for one quarter-hour, before it begins.
struct Reservation {
  Price shown;             ///< 0 where the budget does not reach: then volunteers are treated like everyone
  trade::Amount reserved;  ///< to be taken from the budget account in a two-phase transfer
};
/// `most` is all that could be delivered in the quarter-hour, by at most so many devices, each of which may carry most
/// of a unit from before; `available` is what the account has left. An error where the sum does not fit.
Result<Reservation> reserve(trade::Amount available, Price price, WattHours most, std::int64_t devices);

/// Whether a device is throttled before others at this price.
bool volunteers(const std::optional<std::int64_t>& for_price, Price shown);

/// What a device has earned, in whole units; the rest of a unit is carried to its next quarter-hour.
struct Earned {
  trade::Amount amount;
  std::int64_t carried = 0;  ///< in 10⁻³ units, 0…999
};
Result<Earned> earned(WattHours energy, Price per_kwh, std::int64_t carried);

/// How a reservation ends: paid out in part, the rest back to the budget.
struct Payout {
  trade::Amount paid;
  trade::Amount released;
};
/// An error where more would be paid than was reserved: then nothing is.
Result<Payout> pay_out(trade::Amount reserved, std::span<const Earned> earned);

}  // namespace balans::api::flexibility
