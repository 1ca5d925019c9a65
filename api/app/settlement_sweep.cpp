#include "api/app/settlement_sweep.hpp"

#include <algorithm>

namespace balans::api {

using namespace settlement;

namespace {

constexpr Millis kDay = 24 * 60 * 1_min;
constexpr const char* kBy = "the cap of the wallet";

enum class Other : std::uint8_t { Forgotten, Refused };

/// `other`: what becomes of another address that was the account's.
Result<void> know(Store& store, const Books& books, const std::string& address, const journal::Id& account,
                  Other other) {
  SettlementStore& all = store.settlements();
  const auto there = all.payee(books.chain, address);
  if (!there) return there.error();
  if (*there && (*there)->account == account) return {};
  if (*there)
    return Error{"address " + address, "is the operator's, and payee of account " + to_text((*there)->account)};
  const auto before = all.payee_of(books.chain, account);
  if (!before) return before.error();
  if (*before && other == Other::Refused)
    return Error{"chain " + books.chain.str(), "the hot wallet was " + (*before)->address +
                                                   ", and the key that is here is of " + address +
                                                   ": nothing is signed"};
  if (*before)
    if (auto forgotten = all.forget_payee(books.chain, (*before)->address); !forgotten) return forgotten;
  return all.put_payee({books.chain, address, account, PayoutMode::OnRequest, "", UnixTime(0)});
}

Result<journal::Balances> balances_of(Store& store, const journal::Id& id) {
  const auto account = store.journal().account(id);
  if (!account) return account.error();
  if (!*account) return Error{"account " + to_text(id), "is not there"};
  return store.journal().balance((*account)->number, std::nullopt);
}

/// What is above the cap and may go today.
Result<Amount> excess_of(Store& store, const SettlementTerms& terms, Amount holdings, UnixTime now) {
  const auto custody = balances_of(store, custody_of(terms.books));
  if (!custody) return custody.error();
  const auto cold = balances_of(store, cold_of(terms.books));
  if (!cold) return cold.error();
  if (!cold->debits_pending.is_zero()) return Amount();  // one is on its way
  const auto today = store.settlements().signed_since(terms.books.chain, now - kDay, {});
  if (!today) return today.error();
  const auto kept = sum(terms.rules.cap, custody->credits_pending);
  const auto half = share(terms.rules.daily_limit, 1, 2);
  if (!kept || !half) return Amount();
  const auto above = difference(holdings, *kept);
  const auto left = difference(*half, *today);
  return above && left ? std::min(*above, *left) : Amount();
}

Settlement settlement_of(const SettlementTerms& terms, const std::string& address, Amount amount, UnixTime now) {
  Settlement settlement;
  settlement.id = settlement_id(terms.books, now, "sweep " + std::to_string(now.ms()));
  settlement.chain = terms.books.chain;
  settlement.asset = terms.books.asset;
  settlement.purpose = Purpose::Requested;
  settlement.made = now;
  settlement.requested_by = kBy;
  settlement.payouts.push_back({cold_of(terms.books), address, amount, reserve_id(terms.books, settlement, 0)});
  return settlement;
}

/// The hot wallet is one of this database, and nobody else's.
Result<void> check_hot(Store& store, const Books& books, const std::string& hot) {
  const auto cursor = store.settlements().cursor(books.chain);
  if (!cursor) return cursor.error();
  if (*cursor && (*cursor)->pin.deployment != books.deployment)
    return Error{"chain " + books.chain.str(), "this database is pinned to another deployment: nothing is signed"};
  if (*cursor)
    if (auto same = check_address(**cursor, hot); !same) return same;
  const auto wallet = store.wallets().of_address(books.chain, hot);
  if (!wallet) return wallet.error();
  if (*wallet)
    return Error{"address " + hot, "is the operator's, and wallet of account " + to_text((*wallet)->account)};
  return {};
}

}  // namespace

Result<void> know_own_wallets(Store& store, const Books& books, const OwnWallets& wallets) {
  return store.transaction([&]() -> Result<void> {
    if (auto fine = check_hot(store, books, wallets.hot); !fine) return fine;
    if (auto known = know(store, books, wallets.hot, fees_of(books), Other::Refused); !known) return known;
    if (wallets.cold.empty()) return {};
    return know(store, books, wallets.cold, cold_of(books), Other::Forgotten);
  });
}

Result<std::optional<Settlement>> sweep(Store& store, const SettlementTerms& terms, const std::string& cold_address,
                                        const SettlementRound& round, UnixTime now) {
  std::optional<Settlement> opened;
  if (cold_address.empty() || !round.is_above(terms.rules.cap)) return opened;
  const auto fee = sum(round.fee.base, round.fee.each);
  const auto done = store.transaction([&]() -> Result<void> {
    if (const auto held = store.journal().hold(); !held) return held;
    const auto amount = excess_of(store, terms, round.holdings, now);
    if (!amount) return amount.error();
    if (amount->is_zero() || !fee || is_too_dear(*fee, 1, *amount, terms.rules)) return {};
    opened = settlement_of(terms, cold_address, *amount, now);
    return open_settlement(store, terms.books, *opened, now);
  });
  if (!done) return done.error();
  return opened;
}

}  // namespace balans::api
