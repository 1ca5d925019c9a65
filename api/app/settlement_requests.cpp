#include "api/app/settlement_requests.hpp"

#include <functional>

#include "api/app/journal.hpp"

namespace balans::api {

using namespace settlement;

namespace {

Error at(const journal::Id& id, const std::string& what) { return {"settlement " + to_text(id), what}; }

Result<void> check_person(const std::string& by) {
  if (!by.empty() && by.size() <= kMostPerson) return {};
  return Error{"by", "expected 1.." + std::to_string(kMostPerson) + " bytes"};
}

/// Tokens are named after whoever holds them: `token 1a2b3c4d (ada)` and `ada` are one person. A long name may have
/// been cut.
std::string_view person_in(std::string_view by) {
  const std::size_t at = by.find(" (");
  if (!by.starts_with("token ") || at == std::string_view::npos) return by;
  by.remove_prefix(at + 2);
  if (by.ends_with(')')) by.remove_suffix(1);
  return by;
}

Result<void> check_request(const PayoutRequest& request, const Rules& rules) {
  if (request.id.is_none() || request.id.is_of_the_journal()) return Error{"id", "is no id of a client's"};
  if (request.address.empty() || request.address.size() > kMostAddress)
    return Error{"address", "has " + std::to_string(request.address.size()) + " bytes, expected 1.." +
                                std::to_string(kMostAddress)};
  if (request.amount.is_zero()) return Error{"amount", "is zero"};
  if (request.amount > rules.daily_limit) return Error{"amount", "is more than the wallet pays in a day"};
  return check_person(request.by);
}

Settlement settlement_of(const SettlementTerms& terms, const PayoutRequest& request, Purpose purpose, UnixTime now) {
  Settlement settlement;
  settlement.id = request.id;
  settlement.chain = terms.books.chain;
  settlement.asset = terms.books.asset;
  settlement.purpose = purpose;
  settlement.made = now;
  settlement.requested_by = request.by;
  settlement.payouts.push_back(
      {request.account, request.address, request.amount, reserve_id(terms.books, settlement, 0)});
  return settlement;
}

bool is_same(const Settlement& there, const Settlement& asked) {
  if (there.chain != asked.chain || there.purpose != asked.purpose || there.requested_by != asked.requested_by)
    return false;
  if (there.payouts.size() != 1) return false;
  const Payout &a = there.payouts.front(), &b = asked.payouts.front();
  return a.account == b.account && a.address == b.address && a.amount == b.amount;
}

/// A transaction in which nobody else writes to the journal: what is looked up in it stays as it was seen, also where
/// the loop is another process.
Result<void> alone(Store& store, const std::function<Result<void>()>& work) {
  return store.transaction([&]() -> Result<void> {
    if (auto held = store.journal().hold(); !held) return held;
    return work();
  });
}

/// The open settlement of that id.
Result<Settlement> open_one(Store& store, const journal::Id& id) {
  auto found = store.settlements().find(id);
  if (!found) return found.error();
  if (!*found) return at(id, "is not there");
  if (!is_open(**found)) return at(id, "is over");
  return **std::move(found);
}

/// The deposit of that name, in suspense.
Result<Deposit> suspended(Store& store, const DepositKey& key) {
  auto deposit = store.settlements().deposit(key);
  if (!deposit) return deposit.error();
  const std::string where = "deposit " + key.digest + " " + std::to_string(key.output);
  if (!*deposit) return Error{where, "is not there"};
  if ((*deposit)->account) return Error{where, "has been credited"};
  if ((*deposit)->returned) return Error{where, "goes back by settlement " + to_text(*(*deposit)->returned)};
  return **std::move(deposit);
}

}  // namespace

/// Each of them says what it speaks of; the database says what it was doing.
bool is_refusal(const Error& error) {
  for (const char* place : {"settlement ", "deposit ", "journal, "})
    if (error.where.starts_with(place)) return true;
  for (const char* field : {"id", "address", "amount", "by"})
    if (error.where == field) return true;
  return false;
}

Result<Settlement> request_payout(Store& store, const SettlementTerms& terms, const PayoutRequest& request,
                                  UnixTime now) {
  if (const auto fine = check_request(request, terms.rules); !fine) return fine.error();
  if (request.id.is_derived()) return Error{"id", "is none that a client makes"};
  Settlement settlement = settlement_of(terms, request, Purpose::Requested, now);
  const auto done = alone(store, [&]() -> Result<void> {
    auto there = store.settlements().find(request.id);
    if (!there) return there.error();
    if (!*there) return open_settlement(store, terms.books, settlement, now);
    if (!is_same(**there, settlement)) return at(request.id, "is there with other fields");
    settlement = **std::move(there);
    return {};
  });
  if (!done) return done.error();
  return settlement;
}

Result<void> approve_settlement(Store& store, const journal::Id& id, const std::string& by, UnixTime now) {
  if (auto fine = check_person(by); !fine) return fine;
  return alone(store, [&]() -> Result<void> {
    const auto settlement = open_one(store, id);
    if (!settlement) return settlement.error();
    if (person_in(settlement->requested_by) == person_in(by))
      return at(id, "is approved by another person than who has asked for it");
    const auto approved = store.settlements().approve(id, {by, now});
    if (!approved) return approved.error();
    return *approved ? Result<void>() : at(id, "has been approved");
  });
}

Result<void> withdraw_settlement(Store& store, const SettlementTerms& terms, const journal::Id& id,
                                 const std::string& by, UnixTime now) {
  if (auto fine = check_person(by); !fine) return fine;
  return alone(store, [&]() -> Result<void> {
    const auto settlement = open_one(store, id);
    if (!settlement) return settlement.error();
    if (live_attempt(*settlement) != nullptr) return at(id, "has an attempt that may still be executed");
    return give_up(store, terms.books, *settlement, "withdrawn by " + by, now);
  });
}

Result<void> assign_deposit(Store& store, const SettlementTerms& terms, const DepositKey& key,
                            const journal::Id& account, UnixTime now) {
  return alone(store, [&]() -> Result<void> {
    auto deposit = suspended(store, key);
    if (!deposit) return deposit.error();
    const auto entered = enter_all(store.journal(), assigning(terms.books, *deposit, account), now);
    if (!entered) return entered.error();
    deposit->account = account;
    return store.settlements().settle(*deposit);
  });
}

Result<Settlement> return_deposit(Store& store, const SettlementTerms& terms, const DepositKey& key,
                                  const std::string& by, UnixTime now) {
  Settlement settlement;
  const auto done = alone(store, [&]() -> Result<void> {
    auto deposit = suspended(store, key);
    if (!deposit) return deposit.error();
    const PayoutRequest request{
        settlement_id(terms.books, now, "refund " + key.digest + " " + std::to_string(key.output)),
        suspense_of(terms.books), deposit->sender, deposit->amount, by};
    if (auto fine = check_request(request, terms.rules); !fine) return fine;
    settlement = settlement_of(terms, request, Purpose::Refund, now);
    if (auto opened = open_settlement(store, terms.books, settlement, now); !opened) return opened;
    deposit->returned = settlement.id;
    return store.settlements().settle(*deposit);
  });
  if (!done) return done.error();
  return settlement;
}

}  // namespace balans::api
