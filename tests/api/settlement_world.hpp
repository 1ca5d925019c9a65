#pragma once
// A journal, a chain in memory and the loop between them, on either engine.

#include <gtest/gtest.h>

#include "api/app/journal.hpp"
#include "api/app/settlement_requests.hpp"
#include "api/store/open.hpp"
#include "tests/api/model_chain.hpp"
#include "tests/api/settlements.hpp"

namespace balans::api::test {

inline SettlementTerms some_terms() { return {some_books(), {"model-1", "genesis-1"}, some_rules()}; }

/// Accounts 1 to `kPayees` belong to the addresses 0xp1 …; account 99 pays them, and 98 is the operator's own,
/// 0xoperator. Neither of those has a bound.
class SettlementWorld {
 public:
  static constexpr std::uint64_t kPayees = 8, kOperator = 98, kPayer = 99;

  explicit SettlementWorld(DatabaseAddress address, std::uint64_t seed = 1)
      : chain(seed), address_(std::move(address)) {
    EXPECT_TRUE(migrate(address_).ok());
    restart();
    journal::Batch batch;
    for (std::uint64_t n = 1; n <= kPayees; ++n) batch.accounts.push_back(bounded(n, 0, trade::Asset::Iota));
    batch.accounts.push_back(unbounded(kOperator, trade::Asset::Iota));
    batch.accounts.push_back(unbounded(kPayer, trade::Asset::Iota));
    EXPECT_TRUE(post_transfers(*store, {&batch, 1}, now)->front().all_there());
    put({kChain, "0xoperator", id(kOperator), settlement::PayoutMode::OnRequest, "", UnixTime(0)});
    for (std::uint64_t n = 1; n <= kPayees; ++n) put_payee(n, settlement::PayoutMode::Periodic);
    chain.now = now;
  }

  /// The process ends here, and another one begins.
  void restart() {
    loop.reset();
    store.reset();
    auto opened = open_store(address_);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    store = *std::move(opened);
    loop.emplace(terms, chain);
  }
  void move_to(DatabaseAddress address) {
    address_ = std::move(address);
    restart();
  }
  /// With a checkpoint before it, so that the chain's clock goes on.
  SettlementRound round(Millis later = 60'000_ms) {
    pass(later);
    chain.checkpoint();
    const auto done = loop->round(*store, now);
    EXPECT_TRUE(done.ok()) << done.error().message();
    return done ? *done : SettlementRound();
  }
  void rounds(int count) {
    for (; count > 0; --count) round();
  }
  void pass(Millis time) {
    now = now + time;
    chain.now = now;
  }
  static std::string address_of(std::uint64_t payee) { return "0xp" + std::to_string(payee); }
  void put_payee(std::uint64_t n, settlement::PayoutMode mode) {
    put({kChain, address_of(n), id(n), mode, "", UnixTime(0)});
  }
  void put(const settlement::Payee& payee) {
    EXPECT_TRUE(store->transaction([&] { return store->settlements().put_payee(payee); }).ok());
  }
  void earn(std::uint64_t payee, std::int64_t amount) {
    journal::Batch batch;
    batch.transfers.push_back(pay(10'000 + ++earned_, kPayer, payee, amount));
    EXPECT_TRUE(post_transfers(*store, {&batch, 1}, now)->front().all_there());
  }
  journal::Balances balances(const journal::Id& account) const {
    const auto found = store->journal().account(account);
    EXPECT_TRUE(found.ok() && *found) << to_text(account);
    return *store->journal().balance((*found)->number, {});
  }
  std::int64_t posted(const journal::Id& account) const { return balances(account).posted(); }
  /// What the journal says that the wallet holds.
  std::int64_t custody() const { return -posted(settlement::custody_of(terms.books)); }
  std::int64_t suspense() const { return posted(settlement::suspense_of(terms.books)); }
  std::int64_t fees() const { return -posted(settlement::fees_of(terms.books)); }
  std::vector<settlement::Settlement> all() const {
    return *store->settlements().settlements(kChain, std::nullopt, 1'000'000);
  }

  SettlementTerms terms = some_terms();
  ModelChain chain;
  std::unique_ptr<Store> store;
  std::optional<Settlements> loop;
  UnixTime now = kMonday;

 private:
  DatabaseAddress address_;
  std::uint64_t earned_ = 0;
};

}  // namespace balans::api::test
