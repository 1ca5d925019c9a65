#pragma once
// A journal on either engine, the loop of settlements, the adapter and its HTTP transport, and a node of IOTA that is a
// process of its own: all of it but the network.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "api/app/journal.hpp"
#include "api/app/settlement_requests.hpp"
#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/keys.hpp"
#include "api/ledger/iota_ledger.hpp"
#include "api/ledger/shell/http_transport.hpp"
#include "api/store/open.hpp"
#include "tests/api/faulty_store.hpp"
#include "tests/api/settlements.hpp"
#include "tests/support/iota_node.hpp"

namespace balans::api::test {

inline constexpr std::int64_t kIota = 1'000'000'000;

/// A key that may also be spent from by others.
struct TestKey {
  explicit TestKey(std::uint8_t number) : seed{number, 42} {
    signer = make_ed25519_signer(seed);
    address = iota::to_text(iota::address_of(signer->public_key()));
  }
  [[nodiscard]] std::string secret() const { return iota::private_key_text(Secret<32>(seed)); }
  Bytes32 seed;
  std::unique_ptr<Signer> signer;
  std::string address;
};

/// Sees every transaction before it is handed over.
class WatchedTransport final : public iota::Transport {
 public:
  Result<std::string> post(const std::string& endpoint, const std::string& body) override {
    if (body.find("\"iota_executeTransactionBlock\"") != std::string::npos && on_submit) on_submit(body);
    return inner_.post(endpoint, body);
  }
  std::function<void(const std::string& body)> on_submit;

 private:
  iota::HttpTransport inner_{
      {std::chrono::milliseconds(2000), std::chrono::milliseconds(10'000), 1 << 20, 4 << 20, {}}};
};

/// Accounts 1 to `kPayees` have an address each; 99 pays them, and 98 is the operator's, whose address is the faucet's.
class IotaWorld {
 public:
  static constexpr std::uint64_t kPayees = 6, kStrangers = 2, kOperator = 98, kPayer = 99;

  IotaWorld(DatabaseAddress database, std::mt19937_64& random)
      : node({"--manual-clock", std::to_string(kMonday.ms()), "--checkpoint-ms", "999999999999999", "--epoch-ms",
              "999999999999999", "--seed", std::to_string(random() % 1'000'000)}),
        database_(std::move(database)),
        random_(random) {
    for (std::uint64_t n = 0; n <= kPayees + kStrangers; ++n) keys_.emplace_back(static_cast<std::uint8_t>(n));
    network = {{node.url()}, node.chain(), node.genesis(), ""};
    terms.books = some_books();
    terms.pinned = {node.chain(), node.genesis()};
    terms.rules.threshold = units(kIota);
    terms.rules.period = 60 * 1_min;
    terms.rules.cap = units(100'000 * kIota);
    terms.rules.daily_limit = units(100'000 * kIota);
    terms.rules.approve_above = units(20 * kIota);
    EXPECT_TRUE(migrate(database_).ok());
    restart();
    open_accounts();
    // The history is read on from a coin of everybody's, and strangers have something to send.
    for (std::size_t n = 1; n < keys_.size(); ++n) node.fund(keys_[n].address, 500 * kIota);
    for (int i = 0; i < 4; ++i) node.fund(wallet().address, 200 * kIota);
    node.control(R"({"checkpoints":1})");
  }

  /// The process ends here, and another one begins.
  void restart() {
    loop.reset();
    ledger.reset();
    if (store) rolled_back += store->rolled_back, unanswered += store->unanswered;
    store.reset();
    auto opened = open_store(database_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store = std::make_unique<FaultyStore>(*std::move(opened), random_);
    ledger.emplace(network, transport, *wallet().signer);
    loop.emplace(terms, *ledger);
  }
  void pass(Millis time) {
    now = now + time;
    node.control(R"({"now_ms":)" + std::to_string(now.ms()) + "}");
  }
  void checkpoint() { node.control(R"({"checkpoints":1})"); }

  /// Key 0 is the hot wallet's, then come the payees', then strangers'.
  [[nodiscard]] const TestKey& wallet() const { return keys_[0]; }
  [[nodiscard]] const TestKey& key(std::uint64_t n) const { return keys_[n]; }
  void put_payee(std::uint64_t n, settlement::PayoutMode mode) { put({kChain, key(n).address, id(n), mode, "", now}); }
  /// Whatever the database does meanwhile.
  void put(const settlement::Payee& payee) {
    for (int tries = 0; tries < 50; ++tries)
      if (store->transaction([&] { return store->settlements().put_payee(payee); })) return;
    ADD_FAILURE() << "the database never answers";
  }

  [[nodiscard]] journal::Balances balances(const journal::Id& account) const {
    return *store->journal().balance((*store->journal().account(account))->number, {});
  }
  [[nodiscard]] std::int64_t custody() const { return -balances(settlement::custody_of(terms.books)).posted(); }
  /// As the node says, by address.
  std::int64_t on_chain(const std::string& address) {
    const auto balance = client().balance(*iota::parse_address(address));
    EXPECT_TRUE(balance) << balance.error().message();
    return balance ? static_cast<std::int64_t>(balance->nanos) : 0;
  }
  /// All that the wallet has to do with, read from the beginning by an adapter of its own.
  std::vector<settlement::Movement> movements() {
    IotaLedger reader(network, transport, *wallet().signer);
    std::vector<settlement::Movement> all;
    std::string position;
    for (int pages = 0; pages < 10'000; ++pages) {
      const auto page = reader.history(position, 1000);
      EXPECT_TRUE(page) << page.error().message();
      if (!page) break;
      all.insert(all.end(), page->movements.begin(), page->movements.end());
      if (page->is_complete) break;
      EXPECT_NE(page->position, position) << "it does not go on";
      position = page->position;
    }
    return all;
  }
  iota::Client client() {
    return {network.endpoints, transport, [](Millis) {}, {1, 0_ms, 0_ms}};
  }

  balans::test::IotaNode node;
  iota::Network network;
  WatchedTransport transport;
  SettlementTerms terms{{}, {}, {}};
  std::unique_ptr<FaultyStore> store;
  std::optional<IotaLedger> ledger;
  std::optional<Settlements> loop;
  UnixTime now = kMonday;
  std::size_t rolled_back = 0, unanswered = 0;

 private:
  void open_accounts() {
    journal::Batch batch;
    for (std::uint64_t n = 1; n <= kPayees; ++n) batch.accounts.push_back(bounded(n, 0, trade::Asset::Iota));
    batch.accounts.push_back(unbounded(kOperator, trade::Asset::Iota));
    batch.accounts.push_back(unbounded(kPayer, trade::Asset::Iota));
    EXPECT_TRUE(post_transfers(*store, {&batch, 1}, now)->front().all_there());
    put({kChain, node.faucet(), id(kOperator), settlement::PayoutMode::OnRequest, "", now});
    for (std::uint64_t n = 1; n <= kPayees; ++n) put_payee(n, settlement::PayoutMode::Periodic);
  }

  DatabaseAddress database_;
  std::mt19937_64& random_;
  std::vector<TestKey> keys_;
};

}  // namespace balans::api::test
