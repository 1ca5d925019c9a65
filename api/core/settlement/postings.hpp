#pragma once
// What settlements, their fees and deposits are in the journal. Every id follows from what it is for, so that whatever
// is done again is done once.
//
// Of each chain the journal has three accounts. `custody CHAIN` is what the wallet holds: debits come in, credits go
// out. `fees CHAIN` bears what chains take. `suspense CHAIN` has what nobody is known for. `cold CHAIN` is what the
// operator keeps in a wallet elsewhere.

#include <string>
#include <vector>

#include "api/core/journal/apply.hpp"
#include "api/core/settlement/model.hpp"

namespace balans::api::settlement {

/// Of one chain in one deployment.
struct Books {
  DeploymentId deployment;
  ChainName chain;
  Asset asset = Asset::Iota;
};

journal::Id custody_of(const Books& books);
journal::Id fees_of(const Books& books);
journal::Id suspense_of(const Books& books);
journal::Id cold_of(const Books& books);
/// Whether it is one of the four, which are nobody's to be paid or to have a wallet.
bool is_the_operators(const Books& books, const journal::Id& account);
/// The four accounts, none of which has a bound: what has happened on a chain can always be booked.
journal::Batch opening(const Books& books);

/// The same words, the same id.
journal::Id settlement_id(const Books& books, UnixTime at, std::string_view words);
/// The reserve of its n-th payout, from 0.
journal::Id reserve_id(const Books& books, const Settlement& settlement, std::size_t n);

/// The payees' amounts are set aside.
journal::Batch reserving(const Books& books, const Settlement& settlement);
/// All reserves are posted, and the fee is paid.
journal::Batch paying(const Books& books, const Settlement& settlement, const Attempt& attempt, const Paid& paid);
/// All reserves are void.
journal::Batch releasing(const Books& books, const Settlement& settlement);
/// The fee of an attempt that has paid nobody; empty where it has cost nothing.
journal::Batch failing(const Books& books, const Settlement& settlement, const Attempt& attempt, Amount fee);

/// A deposit comes in for that account; `suspense_of` for nobody's.
journal::Batch crediting(const Books& books, const Deposit& deposit, const journal::Id& account);
/// One that was in suspense goes to whose it is.
journal::Batch assigning(const Books& books, const Deposit& deposit, const journal::Id& account);

/// The account that an output of an unknown payment of ours is booked to.
struct Charge {
  std::int64_t output = 0;
  journal::Id account;
  Amount amount;
};
/// What one output of a transaction of our own keys has paid, that no settlement knows; and its fee, where it has cost
/// something.
journal::Batch charging(const Books& books, const Movement& movement, const Charge& charge);
journal::Batch charging_fee(const Books& books, const Movement& movement);

}  // namespace balans::api::settlement
