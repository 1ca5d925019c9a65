// The loop of settlements as it runs beside requests: who runs it, what is told, and what is above the cap.
#include "api/app/settlement_rounds.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "api/app/settlement_plan.hpp"
#include "api/store/joined_store.hpp"
#include "tests/api/both_engines.hpp"
#include "tests/api/settlement_world.hpp"
#include "tests/api/two_writers.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

/// A chain that runs something else before it answers what is to be built.
class Interrupted final : public Ledger {
 public:
  Interrupted(Ledger& chain, std::function<void()> meanwhile) : chain_(chain), meanwhile_(std::move(meanwhile)) {}
  Result<Tip> tip() override { return chain_.tip(); }
  Result<SignedTransaction> build(std::span<const Payment> payments, std::span<const Input> in_use,
                                  std::int64_t last_epoch) override {
    meanwhile_();
    return chain_.build(payments, in_use, last_epoch);
  }
  Result<void> submit(const SignedTransaction& transaction) override { return chain_.submit(transaction); }
  Result<Status> status(const SignedTransaction& transaction) override { return chain_.status(transaction); }
  Result<History> history(const std::string& position, std::size_t limit) override {
    return chain_.history(position, limit);
  }

 private:
  Ledger& chain_;
  std::function<void()> meanwhile_;
};

class Rounds : public testing::TestWithParam<Kind> {
 protected:
  SettlementRounds rounds_of(const std::string& cold = "") {
    return {world.terms, {"0xours", cold}, 10_s, world.chain, *events, metrics};
  }
  Millis step(SettlementRounds& rounds, Millis later = 60'000_ms) {
    world.pass(later);
    world.chain.checkpoint();
    return rounds.step(*world.store, world.now);
  }
  /// One after the other, where a file belongs to one process.
  template <class First, class Second>
  void in_turn(First first, Second second) {
    EXPECT_TRUE(world.store->transaction(first));
    second();
  }
  [[nodiscard]] int told(const std::string& event) const {
    std::ifstream file(folder / "events.jsonl");
    int count = 0;
    for (std::string line; std::getline(file, line);)
      if (line.find("\"event\":\"" + event + "\"") != std::string::npos) ++count;
    return count;
  }
  [[nodiscard]] bool measured(const std::string& line) const {
    return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
  }
  [[nodiscard]] std::vector<Settlement> sweeps() const {
    std::vector<Settlement> found;
    for (const Settlement& each : world.all())
      if (each.payouts.front().address == "0xcold") found.push_back(each);
    return found;
  }

  const Folder folder;
  const DatabaseAddress address = fresh_database(GetParam(), folder);
  SettlementWorld world{address};
  const TestClock clock;
  std::unique_ptr<EventLog> events = *EventLog::open(folder / "events.jsonl", clock);
  Metrics metrics{api_families()};
};

INSTANTIATE_TEST_SUITE_P(Engines, Rounds, both_engines(), engine_of);

TEST_P(Rounds, PayAndAreMeasured) {
  world.chain.deposit("0xoperator", 5'000'000);
  world.earn(1, 500'000);
  SettlementRounds rounds = rounds_of();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(step(rounds), 10_s);
  EXPECT_EQ(world.chain.received("0xp1"), 500'000);
  EXPECT_EQ(told("settlement-settled"), 1);
  EXPECT_TRUE(measured("balans_settlement_open{chain=\"iota\"} 0"));
  EXPECT_TRUE(
      measured("balans_settlement_holdings_nanos{chain=\"iota\"} " + std::to_string(world.chain.holdings()) + ".0") ||
      metrics.text().find("balans_settlement_holdings_nanos{chain=\"iota\"} 4498500") != std::string::npos)
      << metrics.text();
}

TEST_P(Rounds, SayWhatLastsOnce) {
  world.earn(1, 500'000);  // and the wallet has nothing
  SettlementRounds rounds = rounds_of();
  for (int i = 0; i < 5; ++i) step(rounds);
  EXPECT_EQ(told("settlement-not-built"), 1);
}

TEST_P(Rounds, WaitLongerWhileTheChainIsSilentAndSaySoOnce) {
  SettlementRounds rounds = rounds_of();
  world.chain.is_down = true;
  for (const Millis expected : {10_s, 20_s, 40_s, 80_s, 160_s, 300_s, 300_s}) EXPECT_EQ(step(rounds), expected);
  EXPECT_EQ(told("settlement-fails"), 1);
  world.chain.is_down = false;
  EXPECT_EQ(step(rounds), 10_s);
  EXPECT_EQ(told("settlement-works"), 1);
  world.chain.is_down = true;
  EXPECT_EQ(step(rounds), 20_s);
  EXPECT_EQ(told("settlement-fails"), 2);
}

TEST_P(Rounds, OneOfTwoProcessesRunsThem) {
  if (GetParam() == Kind::Sqlite) {
    EXPECT_TRUE(*world.store->settlements().lead(kChain)) << "its file belongs to one process";
    return;
  }
  SettlementRounds second = rounds_of();
  auto other = *open_store(address);
  ASSERT_TRUE(*world.store->settlements().lead(kChain));
  world.earn(1, 500'000);
  world.chain.deposit("0xoperator", 5'000'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(second.step(*other, world.now), 10_s);
  EXPECT_FALSE(*world.store->settlements().cursor(kChain)) << "the second has done nothing";
  EXPECT_EQ(told("settlement-stands-by"), 1);
  world.restart();  // the first one's connection ends
  for (int i = 0; i < 3; ++i) {
    world.pass(60'000_ms);
    world.chain.checkpoint();
    second.step(*other, world.now);
  }
  EXPECT_FALSE(*world.store->settlements().lead(kChain));
  EXPECT_EQ(told("settlement-leads"), 1);
  EXPECT_EQ(world.all().size(), 1U);
}

TEST_P(Rounds, TwoLoopsTogetherSignNoMoreThanTheDailyLimit) {
  for (int i = 0; i < 2; ++i) world.chain.deposit("0xoperator", 20'000'000);
  const auto ask = [&](std::uint64_t number, std::int64_t amount) {
    const PayoutRequest request{id(number), id(SettlementWorld::kPayer), "0xq", units(amount), "ada"};
    ASSERT_TRUE(request_payout(*world.store, world.terms, request, world.now));
  };
  world.terms.rules.approve_above = units(10'000'000);
  SettlementTerms careful = world.terms;
  careful.rules.approve_above = units(5'000'000);  // so that it leaves the first settlement to the other
  auto other = *open_store(address);
  Settlements first(careful, world.chain);
  // The second one has seen that nothing was signed today; before its attempt is kept the first signs another.
  Interrupted chain(world.chain, [&] {
    ask(701, 4'500'000);
    EXPECT_TRUE(first.round(*other, world.now));
  });
  Settlements second(world.terms, chain);
  world.round();
  ASSERT_TRUE(first.round(*other, world.now));
  ASSERT_TRUE(second.round(*world.store, world.now));
  ask(700, 6'000'000);
  const auto round = second.round(*world.store, world.now);
  ASSERT_TRUE(round) << round.error().message();
  EXPECT_EQ(round->held.at(Hold::DailyLimit), 1U);
  EXPECT_TRUE((*world.store->settlements().find(id(700)))->attempts.empty());
  EXPECT_EQ((*world.store->settlements().find(id(701)))->attempts.size(), 1U);
}

TEST_P(Rounds, WhatIsBeingSignedIsNotTakenBack) {
  world.round();
  const PayoutRequest request{id(700), id(SettlementWorld::kPayer), "0xq", units(500'000), "ada"};
  const auto made = request_payout(*world.store, world.terms, request, world.now);
  ASSERT_TRUE(made);
  const auto sign = [&]() -> Result<void> {
    if (auto held = world.store->journal().hold(); !held) return held;
    return world.store->settlements().add_attempt(*made, attempt_of(1, "d1"));
  };
  auto other = *open_store(address);
  const auto take_back = [&] { EXPECT_FALSE(withdraw_settlement(*other, world.terms, id(700), "bob", world.now)); };
  if (GetParam() == Kind::Postgres)
    meet(*world.store, std::get<PostgresUri>(address).text, sign, take_back);
  else
    in_turn(sign, take_back);
  EXPECT_TRUE(is_open(**world.store->settlements().find(id(700))));
}

TEST_P(Rounds, ADepositGoesBackOnceWhoeverAsks) {
  world.chain.deposit("0xstranger", 900'000);
  world.rounds(2);
  const DepositKey key = world.store->settlements().in_suspense(kChain, 1)->front().key;
  auto other = *open_store(address);
  const auto again = [&] { EXPECT_FALSE(return_deposit(*other, world.terms, key, "bob", world.now + 1_s)); };
  const auto first = [&]() -> Result<void> {
    JoinedStore joined(*world.store);
    const auto made = return_deposit(joined, world.terms, key, "ada", world.now);
    return made ? Result<void>() : made.error();
  };
  if (GetParam() == Kind::Postgres)
    meet(*world.store, std::get<PostgresUri>(address).text, first, again);
  else
    in_turn(first, again);
  EXPECT_EQ(world.all().size(), 1U);
}

TEST_P(Rounds, WhatIsAboveTheCapGoesToTheColdWalletAndTheBooksAgree) {
  world.chain.deposit("0xoperator", 60'000'000);  // the cap is 50,000,000
  SettlementRounds rounds = rounds_of("0xcold");
  for (int i = 0; i < 3; ++i) step(rounds);
  EXPECT_EQ(told("wallet-above-cap"), 1);
  EXPECT_TRUE(measured("balans_settlement_above_cap{chain=\"iota\"} 1"));
  ASSERT_EQ(sweeps().size(), 1U) << "one at a time";
  EXPECT_EQ(total_of(sweeps()[0]), units(5'000'000)) << "half of the day's limit is the payees'";
  EXPECT_TRUE(sweeps()[0].attempts.empty()) << "it waits for a person, being more than 2,000,000";
  ASSERT_TRUE(approve_settlement(*world.store, sweeps()[0].id, "bob", world.now));
  for (int i = 0; i < 12; ++i) step(rounds);
  EXPECT_EQ(world.chain.received("0xcold"), 5'000'000);
  EXPECT_EQ(world.posted(cold_of(world.terms.books)), -5'000'000);
  EXPECT_EQ(world.custody(), world.chain.holdings());
  EXPECT_EQ(sweeps().size(), 1U) << "no more today";
}

TEST_P(Rounds, OneThatWaitsForAPersonIsNotFollowedByAnother) {
  world.chain.deposit("0xoperator", 60'000'000);
  SettlementRounds rounds = rounds_of("0xcold");
  for (int i = 0; i < 8; ++i) step(rounds, 30 * 1_min);
  EXPECT_EQ(sweeps().size(), 1U);
}

TEST_P(Rounds, WhatIsToBePaidAnywayIsNotSwept) {
  world.chain.deposit("0xoperator", 60'000'000);
  world.round();
  const PayoutRequest request{id(700), id(SettlementWorld::kPayer), "0xq", units(8'000'000), "ada"};
  ASSERT_TRUE(request_payout(*world.store, world.terms, request, world.now));  // and waits for a person
  SettlementRounds rounds = rounds_of("0xcold");
  for (int i = 0; i < 3; ++i) step(rounds);
  ASSERT_EQ(sweeps().size(), 1U);
  EXPECT_EQ(total_of(sweeps()[0]), units(2'000'000));
}

TEST_P(Rounds, WhatIsTooLittleForItsFeeIsNotSwept) {
  world.chain.deposit("0xoperator", 50'100'000);
  SettlementRounds rounds = rounds_of("0xcold");
  for (int i = 0; i < 3; ++i) step(rounds);
  EXPECT_EQ(told("wallet-above-cap"), 1);
  EXPECT_TRUE(world.all().empty());
}

TEST_P(Rounds, TheRestIsSweptTheNextDayUntilTheCapIsReached) {
  world.terms.rules.approve_above = units(10'000'000);
  world.chain.deposit("0xoperator", 57'000'000);
  SettlementRounds rounds = rounds_of("0xcold");
  for (int i = 0; i < 3 * 24 * 2; ++i) step(rounds, 30 * 1_min);
  EXPECT_LE(world.chain.holdings(), 50'000'000);
  EXPECT_GT(world.chain.holdings(), 49'900'000);
  EXPECT_EQ(sweeps().size(), 2U);
  EXPECT_EQ(told("wallet-within-cap"), 1);
  EXPECT_EQ(world.custody(), world.chain.holdings());
}

TEST_P(Rounds, WithoutAColdWalletSomebodyIsTold) {
  world.chain.deposit("0xoperator", 60'000'000);
  SettlementRounds rounds = rounds_of();
  for (int i = 0; i < 3; ++i) step(rounds);
  EXPECT_EQ(told("wallet-above-cap"), 1);
  EXPECT_TRUE(world.all().empty());
}

TEST_P(Rounds, WhatComesBackFromTheColdWalletIsTheOperators) {
  SettlementRounds rounds = rounds_of("0xcold");
  step(rounds);
  world.chain.deposit("0xcold", 300'000);
  world.chain.deposit("0xours", 400);
  for (int i = 0; i < 2; ++i) step(rounds);
  EXPECT_EQ(world.posted(cold_of(world.terms.books)), 300'000);
  EXPECT_EQ(world.posted(fees_of(world.terms.books)), 400) << "what the wallet gains by itself lessens its fees";
  EXPECT_EQ(world.suspense(), 0);
}

TEST_P(Rounds, AnotherKeyIsAnotherWalletAndSignsNothing) {
  world.chain.deposit("0xoperator", 5'000'000);
  SettlementRounds rounds = rounds_of();
  for (int i = 0; i < 3; ++i) step(rounds);
  EXPECT_EQ((*world.store->settlements().cursor(kChain))->address, "0xours");
  world.earn(1, 500'000);
  world.chain.own_address = "0xother";
  const auto round = world.loop->round(*world.store, world.now);
  ASSERT_FALSE(round);
  EXPECT_EQ(round.error().message(),
            "chain iota: this database's hot wallet is 0xours, and the key that is here is of 0xother: nothing is "
            "signed");
  SettlementRounds other(world.terms, {"0xother", ""}, 10_s, world.chain, *events, metrics);
  step(other);
  EXPECT_EQ(told("settlement-fails"), 1);
  EXPECT_EQ((*world.store->settlements().payee_of(kChain, fees_of(world.terms.books)))->address, "0xours");
  EXPECT_TRUE(world.all().empty());
}

TEST_P(Rounds, AWalletThatWasKnownBeforeItWasPinnedIsNotReplaced) {
  const OwnWallets other{"0xother", ""};
  ASSERT_TRUE(know_own_wallets(*world.store, world.terms.books, {"0xours", "0xcold"}));
  const auto known = know_own_wallets(*world.store, world.terms.books, other);
  ASSERT_FALSE(known);
  EXPECT_NE(known.error().message().find("was 0xours, and the key that is here is of 0xother"), std::string::npos);
  EXPECT_TRUE(know_own_wallets(*world.store, world.terms.books, {"0xours", "0xcold2"})) << "its key is elsewhere";
}

TEST_P(Rounds, AnAddressThatIsAWalletsIsNotTheOperators) {
  wallet::Wallet taken;
  taken.id = id(7);
  taken.account = id(SettlementWorld::kPayer);
  taken.chain = kChain;
  taken.address = "0xours";
  ASSERT_TRUE(world.store->transaction([&]() -> Result<void> {
    if (auto added = world.store->wallets().add(taken, "on-request"); !added) return added;
    return world.store->settlements().forget_payee(kChain, "0xours");
  }));
  world.chain.deposit("0xours", 400);
  SettlementRounds rounds = rounds_of();
  for (int i = 0; i < 2; ++i) step(rounds);
  EXPECT_EQ(told("settlement-fails"), 1);
  EXPECT_FALSE(*world.store->settlements().cursor(kChain)) << "nothing is booked before it is known whose it is";
}

TEST_P(Rounds, BeginAnewOnceTheConnectionWasLost) {
  if (GetParam() == Kind::Sqlite) {
    EXPECT_EQ(*world.store->settlements().lead(kChain), 0) << "a file is not lost";
    return;
  }
  world.chain.deposit("0xoperator", 5'000'000);
  SettlementRounds rounds = rounds_of();
  for (int i = 0; i < 2; ++i) step(rounds);
  const auto server = *postgres::Connection::open(std::get<PostgresUri>(address).text);
  ASSERT_TRUE(server->run("cut",
                          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                          "current_database() AND pid <> pg_backend_pid()"));
  while (!world.store->ready()) std::this_thread::yield();
  const PayoutRequest request{id(700), id(SettlementWorld::kPayer), "0xq", units(500'000), "ada"};
  ASSERT_TRUE(request_payout(*world.store, world.terms, request, world.now));
  world.pass(10_s);
  EXPECT_EQ(rounds.step(*world.store, world.now), 10_s);
  EXPECT_EQ(told("settlement-leads"), 1);
  EXPECT_TRUE((*world.store->settlements().find(id(700)))->attempts.empty()) << "no history since";
  step(rounds);
  EXPECT_EQ((*world.store->settlements().find(id(700)))->attempts.size(), 1U);
}

TEST_P(Rounds, WhoeverSaysThatSomethingWasLostIsHeardWithoutARestart) {
  world.chain.deposit("0xoperator", 5'000'000);
  EXPECT_EQ(world.round().reconciled, Reconciled::Yes);
  ASSERT_TRUE(world.store->settlements().note_restored());
  EXPECT_EQ(world.round().reconciled, Reconciled::No);
  EXPECT_EQ(world.round().reconciled, Reconciled::No);
  for (int i = 0; i < 2; ++i) world.chain.begin_epoch();
  EXPECT_EQ(world.round().reconciled, Reconciled::Yes);
}

TEST_P(Rounds, WhatIsSaidWhileAPageIsTakenIsKept) {
  world.round();
  world.chain.deposit("0xoperator", 5'000'000);
  world.chain.checkpoint();
  auto other = *open_store(address);
  const auto say = [&] { return world.store->settlements().note_restored(); };
  const auto take = [&] { EXPECT_TRUE(world.loop->round(*other, world.now + 60_s)); };
  if (GetParam() == Kind::Postgres)
    meet(*world.store, std::get<PostgresUri>(address).text, say, take);
  else
    in_turn(say, take);
  EXPECT_TRUE((*world.store->settlements().cursor(kChain))->wait_epoch);
}

TEST_P(Rounds, WhoeverIsHeldOrGoneMeanwhileIsNotPaid) {
  world.round();
  for (std::uint64_t n = 1; n <= 3; ++n) world.earn(n, 500'000);
  world.pass(24 * 60 * 1_min);
  auto other = *open_store(address);
  SettlementStore& all = world.store->settlements();
  const auto change = [&]() -> Result<void> {
    if (auto held = world.store->journal().hold(); !held) return held;
    if (auto gone = all.forget_payee(kChain, "0xp1"); !gone) return gone;
    return all.hold_payee(kChain, "0xp2", id(2), "look at it");
  };
  const FeeQuote fee{units(1000), units(500)};
  const auto plan = [&] { EXPECT_TRUE(plan_payouts(*other, world.terms.books, world.terms.rules, fee, world.now)); };
  if (GetParam() == Kind::Postgres)
    meet(*world.store, std::get<PostgresUri>(address).text, change, plan);
  else
    in_turn(change, plan);
  EXPECT_FALSE(*all.payee(kChain, "0xp1"));
  EXPECT_EQ((*all.payee(kChain, "0xp2"))->held, "look at it");
  ASSERT_EQ(world.all().size(), 1U);
  ASSERT_EQ(world.all()[0].payouts.size(), 1U);
  EXPECT_EQ(world.all()[0].payouts[0].address, "0xp3");
}

}  // namespace
}  // namespace balans::api::test
