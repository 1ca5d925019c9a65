#pragma once
// Use case: what the hot wallet holds above its cap goes to a wallet that is kept elsewhere, by a settlement like any
// other, out of the operator's own account `cold CHAIN`.

#include <optional>
#include <string>

#include "api/app/settlement.hpp"

namespace balans::api {

/// The operator's own addresses.
struct OwnWallets {
  std::string hot;
  std::string cold;  ///< empty: there is none
};

/// What the wallet gains by its own transactions is the fee account's, and what comes back from the cold wallet the
/// cold account's: neither is a stranger's deposit. An error where such an address is somebody's, and where the hot
/// wallet is another than it was: its history, its coins and what it has signed are other ones.
Result<void> know_own_wallets(Store& store, const settlement::Books& books, const OwnWallets& wallets);

/// Nothing where the wallet is not above its cap once all that is open is paid, where one is on its way already, or
/// where its fee would be too much. It takes at most half of the day's limit: the other half is the payees'.
Result<std::optional<settlement::Settlement>> sweep(Store& store, const SettlementTerms& terms,
                                                    const std::string& cold_address, const SettlementRound& round,
                                                    UnixTime now);

}  // namespace balans::api
