#pragma once
// The money of a run: who takes part and at what price before it begins, and what the journal says when it ends.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "common/ids.hpp"
#include "common/result.hpp"
#include "common/units.hpp"
#include "sim/stage/desk.hpp"

namespace balans::sim {

/// The demo's supplier asks 0.30 EUR a kilowatt-hour, and its flexibility budget holds 100 EUR; in units of 10⁻⁶ EUR,
/// whatever the currency is.
inline constexpr std::int64_t kDemoPricePerKwh = 300'000;
inline constexpr std::int64_t kDemoBudget = 100'000'000;

/// Whether the api knows the token yet: it looks for new ones every second.
bool is_open(const MoneyDesk& desk);

/// Every device is a station of a household of its own; the budget is filled from outside. Whether the api or this has
/// opened the budget's account, it is the one that is filled.
Result<void> open_accounts(const MoneyDesk& desk, const std::vector<AgentId>& devices, UnixTime start);

/// The household that has the device.
std::string owner_of(const AgentId& device);

/// What a run has moved, in base units of each asset.
struct RunMoney {
  /// By asset, as the site's books have it: `earned` is what the budget has paid to devices; `billed` what stations
  /// have paid, of which `to_supplier`, `grid_share` and `to_producers` have gone on and `carried` waits to be handed
  /// out. `even`: debits and credits agree; `adds_up`: these sums are those of the devices' own statements too.
  boost::json::object assets;
  /// By device, then by asset, as the statement of its household has it: `earned`, `billed`, `sold`.
  boost::json::object devices;
};
Result<RunMoney> money_of(const MoneyDesk& desk, const std::vector<AgentId>& devices);

}  // namespace balans::sim
