// Settlements between journal and chain, on both engines: what is owed is paid once, whatever stops.
#include <gtest/gtest.h>

#include "api/store/backup.hpp"
#include "tests/api/both_engines.hpp"
#include "tests/api/settlement_world.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

class SettlementLoop : public testing::TestWithParam<Kind> {
 protected:
  DatabaseAddress fresh(const std::string& name) { return fresh_database(GetParam(), folder, name); }
  /// A wallet with some coins, the operator's.
  void fund() {
    for (int i = 0; i < 5; ++i) world.chain.deposit("0xoperator", 10'000'000);
    world.rounds(1);
  }
  const Settlement& only() {
    found = world.all();
    EXPECT_EQ(found.size(), 1U);
    return found.front();
  }
  DepositKey only_suspended() {
    const auto waiting = *world.store->settlements().in_suspense(kChain, 10);
    EXPECT_EQ(waiting.size(), 1U);
    return waiting.front().key;
  }
  Folder folder;
  DatabaseAddress address = fresh("balans.sqlite");
  SettlementWorld world{address};
  std::vector<Settlement> found;
};

INSTANTIATE_TEST_SUITE_P(Engines, SettlementLoop, both_engines(), engine_of);

TEST_P(SettlementLoop, PaysWhatIsOwedAndBooksTheFeeByItself) {
  fund();
  world.earn(1, 500'000);
  world.earn(2, 300'000);
  world.pass(24 * 60 * 1_min);
  world.rounds(20);
  const Settlement& settlement = only();
  EXPECT_TRUE(std::holds_alternative<Settled>(settlement.state));
  EXPECT_EQ(settlement.payouts.size(), 2U);
  EXPECT_EQ(world.chain.received("0xp1"), 500'000);
  EXPECT_EQ(world.chain.received("0xp2"), 300'000);
  EXPECT_EQ(world.posted(id(1)), 0);
  EXPECT_EQ(world.fees(), 2000);
  EXPECT_EQ(world.custody(), world.chain.holdings());
}

TEST_P(SettlementLoop, LooksAtEachPayeeOnceAPeriod) {
  fund();
  world.earn(1, 500'000);
  world.rounds(10);
  EXPECT_EQ(world.all().size(), 0U) << "all were looked at in the first round";
  world.pass(24 * 60 * 1_min);
  world.rounds(10);
  EXPECT_EQ(world.all().size(), 1U);
}

TEST_P(SettlementLoop, SetsTheAmountAsideUntilItIsFinal) {
  fund();
  world.earn(1, 500'000);
  world.chain.is_down = false;
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  EXPECT_EQ(world.balances(id(1)).available(), 100'000);
  EXPECT_EQ(world.posted(id(1)), 500'000);
  world.chain.is_down = true;
  world.pass(1'000'000_s);
  EXPECT_FALSE(world.loop->round(*world.store, world.now).ok());
  EXPECT_EQ(world.balances(id(1)).available(), 100'000) << "a chain that is down costs nothing but time";
  world.chain.is_down = false;
  world.rounds(20);
  EXPECT_EQ(world.posted(id(1)), 100'000);
  EXPECT_EQ(world.chain.received("0xp1"), 400'000);
}

TEST_P(SettlementLoop, KeepsTheBytesBeforeItSubmitsThemAndSubmitsTheSameAgain) {
  fund();
  world.earn(1, 500'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  world.chain.lose_one_in = 2;
  for (int i = 0; i < 200 && is_open(only()); ++i) {
    world.pass(60'000_ms);
    world.chain.checkpoint();
    (void)world.loop->round(*world.store, world.now);
    for (const std::string& digest : world.chain.submitted())
      EXPECT_TRUE(*world.store->settlements().attempt(kChain, digest)) << "submitted, and not kept";
    if (i % 3 == 0) world.restart();
  }
  EXPECT_FALSE(is_open(only()));
  EXPECT_EQ(world.chain.received("0xp1"), 400'000);
  EXPECT_EQ(world.chain.changed_bytes(), 0U);
  EXPECT_EQ(world.chain.equivocations(), 0U);
}

TEST_P(SettlementLoop, SeveralAreUnderWayAtOnceAndShareNoCoin) {
  fund();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    world.earn(n, 500'000);
    ASSERT_TRUE(request_payout(*world.store, world.terms,
                               {id(800 + n), id(n), SettlementWorld::address_of(n), units(400'000), "ada"}, world.now)
                    .ok());
  }
  world.round();
  EXPECT_EQ(world.chain.waiting(), 3U);
  EXPECT_EQ(world.store->settlements().inputs_in_use(kChain)->size(), 3U);
  EXPECT_EQ(world.chain.equivocations(), 0U);
}

TEST_P(SettlementLoop, AnAttemptThatCannotBeAnyMoreIsFollowedByAnother) {
  fund();
  world.earn(1, 500'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  world.round();
  ASSERT_EQ(only().attempts.size(), 1U);
  world.chain.begin_epoch();
  world.chain.begin_epoch();
  world.rounds(20);
  ASSERT_GE(only().attempts.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Settled>(only().state));
  EXPECT_EQ(world.chain.received("0xp1"), 400'000);
}

TEST_P(SettlementLoop, WhatIsExecutedInVainThreeTimesIsGivenUpAndItsFeesAreBooked) {
  fund();
  world.earn(1, 500'000);
  world.chain.fail_one_in = 1;
  world.pass(24 * 60 * 1_min);
  world.rounds(60);
  const Settlement& settlement = only();
  EXPECT_EQ(settlement.attempts.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<GivenUp>(settlement.state));
  EXPECT_EQ(world.balances(id(1)).available(), 500'000) << "nothing is lost";
  EXPECT_EQ(world.fees(), 3 * 1500);
  EXPECT_EQ(world.custody(), world.chain.holdings());
  EXPECT_FALSE((*world.store->settlements().payee(kChain, "0xp1"))->held.empty()) << "somebody has to look first";
}

TEST_P(SettlementLoop, ATransactionThatIsTooDearIsNotSubmittedAndItsMoneyIsFree) {
  fund();
  world.earn(1, 100'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(100'000), "ada"}, world.now).ok());
  world.rounds(2);
  EXPECT_TRUE(std::holds_alternative<GivenUp>(only().state)) << "a fee of 1500 is more than a hundredth";
  EXPECT_TRUE(world.chain.submitted().empty());
  EXPECT_EQ(world.balances(id(1)).available(), 100'000);
}

TEST_P(SettlementLoop, CreditsADepositOnceAndPutsAStrangersInSuspense) {
  world.chain.deposit("0xp3", 70'000);
  world.chain.deposit("0xstranger", 80'000);
  world.rounds(2);
  world.restart();
  world.rounds(2);
  EXPECT_EQ(world.posted(id(3)), 70'000);
  EXPECT_EQ(world.suspense(), 80'000);
  EXPECT_EQ(world.custody(), 150'000);
  ASSERT_TRUE(assign_deposit(*world.store, world.terms, only_suspended(), id(4), world.now).ok());
  EXPECT_EQ(world.posted(id(4)), 80'000);
  EXPECT_EQ(world.suspense(), 0);
}

TEST_P(SettlementLoop, ReturnsADepositToWhereItCameFrom) {
  world.chain.deposit("0xstranger", 1'000'000);
  world.chain.deposit("0xp3", 90'000);
  world.rounds(1);
  const DepositKey key = only_suspended();
  const auto refund = return_deposit(*world.store, world.terms, key, "ada", world.now);
  ASSERT_TRUE(refund.ok()) << refund.error().message();
  EXPECT_FALSE(return_deposit(*world.store, world.terms, key, "ada", world.now + 1_s).ok()) << "it goes back already";
  EXPECT_FALSE(assign_deposit(*world.store, world.terms, key, id(4), world.now).ok());
  world.rounds(20);
  EXPECT_EQ(world.chain.received("0xstranger"), 1'000'000);
  EXPECT_EQ(world.suspense(), 0);
  EXPECT_EQ(world.custody(), world.chain.holdings());
}

TEST_P(SettlementLoop, ARefundThatIsWithdrawnIsInSuspenseAgain) {
  world.chain.deposit("0xstranger", 1'000'000);
  world.rounds(1);
  const DepositKey key = only_suspended();
  const auto refund = return_deposit(*world.store, world.terms, key, "ada", world.now);
  ASSERT_TRUE(refund.ok());
  ASSERT_TRUE(withdraw_settlement(*world.store, world.terms, refund->id, "bob", world.now).ok());
  EXPECT_EQ(only_suspended(), key);
  EXPECT_EQ(world.suspense(), 1'000'000);
}

TEST_P(SettlementLoop, ALargePayoutWaitsForAnotherPerson) {
  fund();
  world.earn(1, 5'000'000);
  const PayoutRequest request{id(800), id(1), "0xp1", units(5'000'000), "ada"};
  ASSERT_TRUE(request_payout(*world.store, world.terms, request, world.now).ok());
  ASSERT_TRUE(request_payout(*world.store, world.terms, request, world.now).ok()) << "the same again";
  PayoutRequest other = request;
  other.amount = units(4'000'000);
  EXPECT_FALSE(request_payout(*world.store, world.terms, other, world.now).ok()) << "its id is taken";
  EXPECT_EQ(world.round().held[Hold::Approval], 1U);
  EXPECT_TRUE(world.chain.submitted().empty());
  EXPECT_FALSE(approve_settlement(*world.store, id(800), "ada", world.now).ok()) << "the same person";
  EXPECT_TRUE(approve_settlement(*world.store, id(800), "bob", world.now).ok());
  EXPECT_FALSE(approve_settlement(*world.store, id(800), "eve", world.now).ok()) << "it has been approved";
  world.rounds(20);
  EXPECT_EQ(world.chain.received("0xp1"), 5'000'000);
}

TEST_P(SettlementLoop, SignsOnlySoMuchADay) {
  fund();
  world.terms.rules.daily_limit = units(1'000'000);
  world.earn(1, 700'000);
  world.earn(2, 600'000);
  for (std::uint64_t n = 1; n <= 2; ++n)
    ASSERT_TRUE(request_payout(*world.store, world.terms,
                               {id(800 + n), id(n), SettlementWorld::address_of(n), units(600'000), "ada"}, world.now)
                    .ok());
  world.rounds(20);
  EXPECT_EQ(world.chain.received("0xp1") + world.chain.received("0xp2"), 600'000);
  world.pass(24 * 60 * 1_min);
  world.rounds(20);
  EXPECT_EQ(world.chain.received("0xp1") + world.chain.received("0xp2"), 1'200'000);
}

TEST_P(SettlementLoop, ARequestThatIsNotCoveredIsRefused) {
  world.earn(1, 100);
  EXPECT_FALSE(request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(101), "ada"}, world.now).ok());
  EXPECT_FALSE(request_payout(*world.store, world.terms, {id(801), id(1), "0xp1", units(50), ""}, world.now).ok());
  const journal::Id derived = journal::id_from(world.now, "words");
  EXPECT_FALSE(request_payout(*world.store, world.terms, {derived, id(1), "0xp1", units(50), "ada"}, world.now).ok());
  EXPECT_FALSE(
      request_payout(*world.store, world.terms, {id(802), id(1), "0xp1", units(10'000'001), "ada"}, world.now).ok());
  EXPECT_EQ(world.balances(id(1)).available(), 100);
}

TEST_P(SettlementLoop, BelievesNothingOfAChainThatIsNotThePinnedOne) {
  fund();
  world.earn(1, 500'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  world.chain.identity.genesis = "genesis-2";
  EXPECT_FALSE(world.loop->round(*world.store, world.now).ok());
  world.terms.pinned = world.chain.identity;
  EXPECT_FALSE(world.loop->round(*world.store, world.now).ok()) << "the database is pinned too";
  world.terms = some_terms();
  world.chain.identity = world.terms.pinned;
  world.terms.books.deployment.bytes.fill(9);
  EXPECT_FALSE(world.loop->round(*world.store, world.now).ok()) << "another deployment";
  EXPECT_TRUE(world.chain.submitted().empty());
}

TEST_P(SettlementLoop, AfterAStartNothingIsSignedOnTheWordOfANodeThatIsBehind) {
  fund();
  world.earn(1, 500'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  world.restart();
  world.now = world.now + 10'000_ms;  // and the chain has no checkpoint since
  const auto early = world.loop->round(*world.store, world.now);
  ASSERT_TRUE(early.ok());
  EXPECT_EQ(early->reconciled, Reconciled::No);
  EXPECT_TRUE(only().attempts.empty());
  EXPECT_EQ(world.round().reconciled, Reconciled::Yes);
  EXPECT_EQ(only().attempts.size(), 1U);
}

TEST_P(SettlementLoop, APaymentByOtherHandsIsBookedToWhomItWasPaidOrToSuspense) {
  fund();
  world.earn(1, 50'000);
  world.earn(2, 10);
  for (const char* to : {"0xp1", "0xp2", "0xelsewhere"})
    for (int i = 0; i < 20 && world.chain.received(to) == 0; ++i) {
      world.chain.spend_by_hand(to, 20'000);
      world.round();
    }
  world.rounds(5);
  EXPECT_EQ(world.custody(), world.chain.holdings());
  EXPECT_EQ(world.posted(id(1)) + world.chain.received("0xp1"), 50'000) << "whoever was paid bears it";
  EXPECT_EQ(world.posted(id(2)), 10) << "as far as the account allows it";
  EXPECT_EQ(world.suspense(), -world.chain.received("0xp2") - world.chain.received("0xelsewhere"));
}

TEST_P(SettlementLoop, ARestoredCopyPaysNothingThatWasPaidAfterItWasMade) {
  fund();
  world.earn(1, 500'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  ASSERT_TRUE(back_up(address, folder / "copy.sqlite").ok());
  world.rounds(20);
  ASSERT_EQ(world.chain.received("0xp1"), 400'000);

  const DatabaseAddress other = fresh("restored.sqlite");
  ASSERT_TRUE(restore(folder / "copy.sqlite", other).ok());
  world.move_to(other);
  EXPECT_EQ(only().attempts.size(), 0U) << "the copy knows nothing of it";
  EXPECT_EQ(world.round().reconciled, Reconciled::No);
  world.rounds(5);
  EXPECT_TRUE(std::holds_alternative<Settled>(only().state)) << "the history has shown it";
  EXPECT_EQ(world.round().reconciled, Reconciled::No) << "something may still be executed that the copy has forgotten";
  world.chain.begin_epoch();
  world.rounds(2);
  EXPECT_EQ(world.round().reconciled, Reconciled::No);
  world.chain.begin_epoch();
  EXPECT_EQ(world.round().reconciled, Reconciled::Yes);
  world.rounds(20);
  EXPECT_EQ(world.chain.received("0xp1"), 400'000) << "paid once";
  EXPECT_EQ(world.posted(id(1)), 100'000);
  EXPECT_EQ(world.custody(), world.chain.holdings());
}

/// It does not even know that there is a chain.
TEST_P(SettlementLoop, ACopyOfBeforeTheFirstRoundWaitsToo) {
  ASSERT_TRUE(world.store->settlements().note_restored());
  ASSERT_TRUE(world.store->wallets().go_on(Restored::kUnasked, {std::nullopt, world.now})) << "wallets no longer wait";
  world.chain.deposit("0xoperator", 5'000'000);
  EXPECT_EQ(world.round().reconciled, Reconciled::No);
  EXPECT_EQ(world.round().reconciled, Reconciled::No);
  for (int i = 0; i < 2; ++i) world.chain.begin_epoch();
  EXPECT_EQ(world.round().reconciled, Reconciled::Yes);
}

TEST_P(SettlementLoop, ARestoredCopyWaitsForWhatIsStillUnderway) {
  fund();
  world.earn(1, 500'000);
  ASSERT_TRUE(
      request_payout(*world.store, world.terms, {id(800), id(1), "0xp1", units(400'000), "ada"}, world.now).ok());
  ASSERT_TRUE(back_up(address, folder / "copy.sqlite").ok());
  world.round();  // submitted, and not executed
  ASSERT_EQ(world.chain.waiting(), 1U);
  const DatabaseAddress other = fresh("restored.sqlite");
  ASSERT_TRUE(restore(folder / "copy.sqlite", other).ok());
  world.move_to(other);
  world.rounds(30);
  EXPECT_EQ(world.chain.received("0xp1"), 400'000);
  EXPECT_TRUE(std::holds_alternative<Settled>(only().state));
  EXPECT_EQ(world.chain.submitted().size(), 1U) << "no other transaction was ever signed";
}

}  // namespace
}  // namespace balans::api::test
