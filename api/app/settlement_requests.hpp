#pragma once
// Use case: what people ask of settlements. Each is one transaction; an error says why it was not done. None of them
// asks the chain.

#include <string>

#include "api/app/settlement.hpp"

namespace balans::api {

struct PayoutRequest {
  journal::Id id;  ///< made by who asks: the same request again has the same id
  journal::Id account;
  std::string address;
  settlement::Amount amount;
  std::string by;  ///< a person
};

/// Whether such an error of these is a no of the rules or of the journal, which whoever asks may read. Others are the
/// database's.
bool is_refusal(const Error& error);

/// Sets the amount aside and opens a settlement for it. The same request again gives the same settlement, another one
/// under its id is refused. Refused too where the account has not so much, or the amount is above the daily limit.
Result<settlement::Settlement> request_payout(Store& store, const SettlementTerms& terms, const PayoutRequest& request,
                                              UnixTime now);

/// By another person than who has asked for it: another name, whichever of their tokens they use.
Result<void> approve_settlement(Store& store, const journal::Id& id, const std::string& by, UnixTime now);

/// Takes back one of which no attempt can be executed.
Result<void> withdraw_settlement(Store& store, const SettlementTerms& terms, const journal::Id& id,
                                 const std::string& by, UnixTime now);

/// A deposit in suspense belongs to that account.
Result<void> assign_deposit(Store& store, const SettlementTerms& terms, const settlement::DepositKey& key,
                            const journal::Id& account, UnixTime now);

/// A deposit in suspense goes back to where it came from. Gives the settlement.
Result<settlement::Settlement> return_deposit(Store& store, const SettlementTerms& terms,
                                              const settlement::DepositKey& key, const std::string& by, UnixTime now);

}  // namespace balans::api
