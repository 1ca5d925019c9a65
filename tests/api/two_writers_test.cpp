// Two processes on one PostgreSQL: each period is billed once with what the one before it carried, and an owner has one
// account, whoever comes second; each try at a wallet's password counts.
#include "tests/api/two_writers.hpp"

#include "api/app/allocate_energy.hpp"
#include "api/app/local_energy.hpp"
#include "api/core/rfc3339.hpp"
#include "api/core/wallet/next.hpp"
#include "api/store/open.hpp"
#include "api/store/postgres_connection.hpp"
#include "api/store/sql_energy.hpp"
#include "tests/api/energy_quarters.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

const SiteId kElm = *SiteId::parse("elm");
const UnixTime kNoon = *parse_rfc3339("2024-05-06T12:00:00Z");

/// Does something before its second query.
class Interrupted final : public sql::Connection {
 public:
  Interrupted(const std::string& uri, std::function<void()> meanwhile)
      : connection_(*postgres::Connection::open(uri)), meanwhile_(std::move(meanwhile)) {}
  [[nodiscard]] sql::Engine engine() const override { return connection_.engine(); }
  using sql::Connection::query;
  using sql::Connection::run;
  Result<std::unique_ptr<sql::Rows>> query(std::string_view purpose, std::string_view statement,
                                           std::span<const sql::Value> values) override {
    if (++queries_ == 2) meanwhile_();
    return connection_.query(purpose, statement, values);
  }
  Result<std::int64_t> run(std::string_view purpose, std::string_view statement,
                           std::span<const sql::Value> values) override {
    return connection_.run(purpose, statement, values);
  }
  Result<void> begin() override { return connection_.begin(); }
  Result<void> commit() override { return connection_.commit(); }
  void roll_back() override { connection_.roll_back(); }

 private:
  PostgresConnection connection_;
  const std::function<void()> meanwhile_;
  int queries_ = 0;
};

class TwoWriters : public testing::Test {
 protected:
  TwoWriters() {
    EXPECT_TRUE(migrate(PostgresUri{uri}).ok());
    one = *open_store(PostgresUri{uri});
    other = *open_store(PostgresUri{uri});
    wallet.deployment.bytes.fill(7);
    wallet.credit_limit = 1'000'000'000;
    rules.run_after = Millis();
    const auto put = one->transaction([&]() -> Result<void> {
      for (const std::string station : {"car", "roof"}) {
        const energy::Station each{*AgentId::parse(station), station + "-owner", {}};
        if (const auto done = LocalRegistration(one->energy()).put(kElm, each); !done) return done;
      }
      return put_quarters(*one, kElm, kNoon, {{"car", 1500}, {"roof", 0, 1500}});
    });
    EXPECT_TRUE(put.ok()) << put.error().message();
    EXPECT_TRUE(run_payments(*one, kElm, rules, wallet, kNoon + 10_min)->bill);
    EXPECT_TRUE(allocate_some(*one, {}, kNoon + 15_min, 10).ok());
  }
  Result<void> pay(Store& store, const std::string& id, UnixTime now) {
    const energy::Payment payment{"bank", "anna", *trade::Amount::of(5), journal::Code::Deposit, "x"};
    LocalWallet purse(store.journal(), wallet, now);
    const auto refused =
        purse.enter(energy::WireTransfers{kElm, {{*journal::parse_id(id), payment, trade::Asset::Eur}}});
    if (!refused) return refused.error();
    return *refused ? Error{"journal", (*refused)->what} : Result<void>();
  }

  const std::string uri = balans::test::postgres_cluster().fresh_database();
  std::unique_ptr<Store> one, other;
  energy::BillingRules rules;
  WalletRules wallet;
};

TEST_F(TwoWriters, ReadNoOlderCarryThanThatOfTheRunThatIsRead) {
  std::optional<energy::PeriodBill> meanwhile;
  Interrupted connection(uri, [&] { meanwhile = run_payments(*one, kElm, rules, wallet, kNoon + 20_min)->bill; });
  const auto progress = SqlEnergy(connection).progress(kElm);
  ASSERT_TRUE(progress.ok()) << progress.error().message();
  ASSERT_TRUE(meanwhile);
  ASSERT_NE(meanwhile->carried, energy::AllCarried());
  EXPECT_TRUE(progress->last != meanwhile->period || progress->carried == meanwhile->carried);
}

TEST_F(TwoWriters, MakeARunOneAfterTheOther) {
  std::optional<energy::PeriodBill> first;
  std::optional<Result<PaymentStep>> second;
  meet(
      *one, uri,
      [&]() -> Result<void> {
        LocalStrategy strategy(one->energy(), rules);
        LocalStorage storage(*one);
        LocalRegistration registration(one->energy());
        LocalWallet purse(one->journal(), wallet, kNoon + 20_min);
        PaymentRuns runs(
            {strategy, storage, registration, purse}, [](const auto& work) { return work(); }, Paying::Together);
        const auto made = runs.next(kElm, kNoon + 20_min);
        if (!made) return made.error();
        first = made->bill;
        return {};
      },
      [&] { second = run_payments(*other, kElm, rules, wallet, kNoon + 30_min); });
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(second->ok()) << second->error().message();
  ASSERT_TRUE((*second)->bill);
  EXPECT_EQ((*second)->bill->period.from, first->period.to);
  EXPECT_EQ((*second)->bill->carried, first->carried) << "nothing was used in it";
}

TEST_F(TwoWriters, OpenOneAccountForAnOwner) {
  std::optional<Result<void>> second;
  meet(
      *one, uri, [&] { return pay(*one, "018f0000000000000000000000000001", kNoon); },
      [&] {
        second = other->transaction([&] { return pay(*other, "018f0000000000000000000000000002", kNoon + 1_ms); });
      });
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->ok()) << second->error().message();
  const auto accounts = one->journal().accounts({"anna", kElm, {}, 0, 10});
  ASSERT_TRUE(accounts.ok());
  ASSERT_EQ(accounts->size(), 1U);
  EXPECT_EQ(one->journal().balance(accounts->front().number, {})->posted(), 10);
}

/// As a password is tried: by two tokens, or by one.
TEST_F(TwoWriters, CountEachTryAtAWallet) {
  wallet::Wallet tried;
  tried.id = tried.account = *journal::parse_id("018f0000000000000000000000000003");
  tried.chain = *settlement::ChainName::parse("iota");
  tried.address = "0x1";
  ASSERT_TRUE(one->transaction([&] { return one->wallets().add(tried, {}); }).ok());
  const auto count = [&](Store& store, const std::string& who) -> Result<void> {
    const auto own = store.wallets().tries_of(tried.id, who);
    if (!own) return own.error();
    const auto found = store.wallets().find(tried.id);
    if (!found) return found.error();
    const auto put = store.wallets().put_strangers(tried.id, wallet::one_more((*found)->strangers, kNoon));
    return put ? store.wallets().put_tries(tried.id, who, {{own->tries.wrong + 1, kNoon}, false}) : put;
  };
  for (const std::string second : {"token 2", "token 1"})
    meet(
        *one, uri, [&] { return count(*one, "token 1"); },
        [&] { EXPECT_TRUE(other->transaction([&] { return count(*other, second); }).ok()); });
  EXPECT_EQ((*one->wallets().find(tried.id))->strangers.count, 4);
  EXPECT_EQ(one->wallets().tries_of(tried.id, "token 1")->tries.wrong, 3);
  EXPECT_EQ(one->wallets().tries_of(tried.id, "token 2")->tries.wrong, 1);
}

TEST_F(TwoWriters, LoseNoMarkOfARestore) {
  ASSERT_TRUE(one->settlements().note_restored());
  ASSERT_TRUE(one->wallets().go_on(Restored::kUnasked, {7, kNoon}));
  meet(
      *one, uri, [&] { return one->settlements().note_restored(); },
      [&] {
        EXPECT_TRUE(other->transaction([&] { return other->wallets().go_on(7, {std::nullopt, kNoon}); }).ok());
      });
  EXPECT_EQ(*one->wallets().restored(), (Restored{Restored::kUnasked, kNoon}));
}

}  // namespace
}  // namespace balans::api::test
