#pragma once
// Which accounts are paid out together, and how much: by payee, threshold and period. What is too little for its share
// of the fee is carried on until it is more.

#include <vector>

#include "api/core/settlement/model.hpp"

namespace balans::api::settlement {

/// A payee whose turn has come, and what the account could pay now.
struct Due {
  Payee payee;
  Amount available;
};

/// One account that is to be paid out.
struct Draft {
  journal::Id account;
  std::string address;
  Amount amount;
  bool operator==(const Draft&) const = default;
};

/// The payouts of one settlement each, largest first. A payout that a second person has to approve is alone, so that it
/// holds up no other. Nobody is paid more than the daily limit at once; the rest comes with the next period.
std::vector<std::vector<Draft>> plan(const std::vector<Due>& due, const FeeQuote& fee, const Rules& rules);

/// Of payouts in falling order, how many from the first on can share a transaction's fee: each pays at most its part
/// of the rules.
std::size_t affordable(const std::vector<Draft>& drafts, const FeeQuote& fee, const Rules& rules);

}  // namespace balans::api::settlement
