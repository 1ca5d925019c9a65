// What comes next for a settlement: never two attempts that could both pay.
#include <gtest/gtest.h>

#include "api/core/settlement/reconcile.hpp"
#include "tests/api/settlements.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

View reconciled() {
  View view;
  view.reconciled = Reconciled::Yes;
  return view;
}
View seen(Status status) {
  View view = reconciled();
  view.status = std::move(status);
  return view;
}
Action next_for(const Settlement& settlement, const View& view) {
  return next(settlement, view, some_rules(), kMonday);
}

class Next : public testing::Test {
 protected:
  Next() { live.attempts.push_back(attempt_of(1, "d1")); }
  Settlement fresh = settlement_of({payout(1, 500'000), payout(2, 300'000)});
  Settlement live = fresh;
};

TEST_F(Next, SignsNothingBeforeTheHistoryIsReconciled) {
  EXPECT_EQ(next_for(fresh, View()), Action(Wait{Hold::Unreconciled}));
  EXPECT_EQ(next_for(fresh, reconciled()), Action(Build{}));
  View view = seen(Unknown{7});
  view.reconciled = Reconciled::No;
  EXPECT_EQ(next_for(live, view), Action(Wait{Hold::Unreconciled})) << "nor is anything submitted";
}

TEST_F(Next, GivesNothingUpBeforeTheHistoryIsReconciled) {
  for (std::int64_t n = 1; n <= 3; ++n)
    fresh.attempts.push_back(attempt_of(n, "d" + std::to_string(n), DeadInVain{units(1), 5, "no"}));
  EXPECT_EQ(next_for(fresh, View()), Action(Wait{Hold::Unreconciled}));
  EXPECT_TRUE(std::holds_alternative<GiveUp>(next_for(fresh, reconciled())));
}

TEST_F(Next, AsksBeforeItSubmits) {
  EXPECT_EQ(next_for(live, reconciled()), Action(Ask{}));
  EXPECT_EQ(next_for(live, seen(Unknown{7})), Action(Submit{}));
  EXPECT_EQ(next_for(live, seen(Pending{})), Action(Wait{Hold::Underway}));
}

TEST_F(Next, SubmitsTheSameAgainOnlyAfterAWhile) {
  View view = seen(Unknown{7});
  view.submitted = kMonday - 29'999_ms;
  EXPECT_EQ(next_for(live, view), Action(Wait{Hold::JustSubmitted}));
  view.submitted = kMonday - 30'000_ms;
  EXPECT_EQ(next_for(live, view), Action(Submit{}));
  view.submitted = kMonday + 1_s;
  EXPECT_EQ(next_for(live, view), Action(Submit{})) << "the clock was set back";
}

TEST_F(Next, FinishesWithWhatTheChainSays) {
  EXPECT_EQ(next_for(live, seen(Executed{units(900), 55})), Action(Finish{{units(900), 55}}));
  live.state = Settled{kMonday};
  EXPECT_EQ(next_for(live, seen(Executed{units(900), 55})), Action(Wait{Hold::Ended}));
}

TEST_F(Next, AnAttemptIsDeadWhenItWasExecutedInVain) {
  EXPECT_EQ(next_for(live, seen(ExecutedInVain{units(900), 55, "why"})),
            Action(Bury{DeadInVain{units(900), 55, "why"}}));
}

TEST_F(Next, AnAttemptIsDeadWhenAnotherOneHasUsedItsInput) {
  EXPECT_EQ(next_for(live, seen(InputUsed{{"coin", 1}, "other", 55})),
            Action(Bury{DeadByInput{{"coin", 1}, "other", 55}}));
  EXPECT_EQ(next_for(live, seen(InputUsed{{"coin", 2}, "other", 55})), Action(Wait{Hold::Contradiction}))
      << "it is none of its inputs";
  EXPECT_EQ(next_for(live, seen(InputUsed{{"coin", 1}, "d1", 55})), Action(Wait{Hold::Contradiction}))
      << "it has used it itself";
}

TEST_F(Next, AnAttemptIsDeadWhenItsLastEpochIsOver) {
  EXPECT_EQ(next_for(live, seen(Unknown{8})), Action(Submit{})) << "it may be executed in its last epoch";
  EXPECT_EQ(next_for(live, seen(Unknown{9})), Action(Bury{DeadByEpoch{9}}));
  live.attempts[0].transaction.expiry_epoch.reset();
  EXPECT_EQ(next_for(live, seen(Unknown{1000})), Action(Submit{})) << "it does not expire";
}

TEST_F(Next, AnotherAttemptIsMadeOnlyWhenAllAreDead) {
  live.attempts[0].state = DeadByEpoch{9};
  EXPECT_EQ(next_for(live, reconciled()), Action(Build{}));
  live.attempts.push_back(attempt_of(2, "d2"));
  EXPECT_EQ(next_for(live, reconciled()), Action(Ask{}));
}

TEST_F(Next, GivesUpAfterFailuresThatCostButNotAfterThoseThatDoNot) {
  for (std::int64_t n = 1; n <= 2; ++n)
    fresh.attempts.push_back(attempt_of(n, "d" + std::to_string(n), DeadInVain{units(1), 5, "no"}));
  for (std::int64_t n = 3; n <= 20; ++n)
    fresh.attempts.push_back(attempt_of(n, "d" + std::to_string(n), DeadByEpoch{n}));
  EXPECT_EQ(next_for(fresh, reconciled()), Action(Build{}));
  fresh.attempts.push_back(attempt_of(21, "d21", DeadInVain{units(1), 5, "no coin"}));
  EXPECT_EQ(next_for(fresh, reconciled()), Action(GiveUp{"executed 3 times and never paid; last: no coin"}));
}

TEST_F(Next, ALargeOneWaitsForASecondPerson) {
  fresh.payouts = {payout(1, 2'000'000)};
  EXPECT_EQ(next_for(fresh, reconciled()), Action(Build{}));
  fresh.payouts.push_back(payout(2, 1));
  EXPECT_EQ(next_for(fresh, reconciled()), Action(Wait{Hold::Approval}));
  fresh.approval = Approval{"somebody", kMonday};
  EXPECT_EQ(next_for(fresh, reconciled()), Action(Build{}));
}

TEST_F(Next, WaitsWhereTheDaysLimitIsUsedUp) {
  View view = reconciled();
  view.signed_today = units(10'000'000 - 800'000);
  EXPECT_EQ(next_for(fresh, view), Action(Build{}));
  view.signed_today = units(10'000'000 - 800'000 + 1);
  EXPECT_EQ(next_for(fresh, view), Action(Wait{Hold::DailyLimit}));
  view.signed_today = units(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(next_for(fresh, view), Action(Wait{Hold::DailyLimit}));
}

TEST_F(Next, ChecksWhatWasBuiltBeforeItIsKept) {
  const SignedTransaction good = signed_one("d9", {{"coin", 9}});
  EXPECT_TRUE(check_built(live, good, {{"coin", 8}}, 8).ok());
  EXPECT_FALSE(check_built(live, good, {{"coin", 9}}, 8).ok()) << "an input of another one";
  EXPECT_FALSE(check_built(live, good, {}, 7).ok()) << "it expires too late";
  EXPECT_FALSE(check_built(live, signed_one("d1", {{"coin", 9}}), {}, 8).ok()) << "it is there already";
  EXPECT_FALSE(check_built(live, signed_one("d9", {}), {}, 8).ok()) << "nothing could prove it dead";
  SignedTransaction large = good;
  large.bytes.resize(kMostTransactionBytes + 1);
  EXPECT_FALSE(check_built(live, large, {}, 8).ok());
}

TEST_F(Next, AnotherChainOrGenesisIsRefused) {
  const Pin pin{{}, {"mainnet", "g1"}};
  EXPECT_TRUE(check(pin, {"mainnet", "g1"}).ok());
  EXPECT_FALSE(check(pin, {"testnet", "g1"}).ok());
  EXPECT_FALSE(check(pin, {"mainnet", "g2"}).ok());
}

// ---- what an unknown transaction of our own keys is ----

Movement unknown_one(std::vector<Output> outputs) {
  return {"dx", 5, Origin::Ours, "0xours", units(700), std::move(outputs)};
}

TEST_F(Next, AnUnknownPaymentOfTheSameAmountsIsTheSettlementsOwn) {
  const Movement same = unknown_one({{0, "0xp2", units(300'000)}, {1, "0xp1", units(500'000)}});
  EXPECT_EQ(judge_unknown(same, {fresh}), Verdict(Adopt{fresh.id}));
  EXPECT_EQ(judge_unknown(same, {live}), Verdict(AskFirst{live.id})) << "its attempt may still be executed";
  EXPECT_EQ(judge_unknown(same, {live, fresh}), Verdict(Adopt{fresh.id}));
  EXPECT_EQ(judge_unknown(unknown_one({{0, "0xp1", units(500'000)}}), {fresh}), Verdict(Charged{}));
  EXPECT_EQ(judge_unknown(unknown_one({}), {fresh}), Verdict(Charged{}));
}

TEST_F(Next, WhatNoChainSaysIsRefused) {
  EXPECT_TRUE(check(unknown_one({{0, "0xp1", units(1)}})).ok());
  EXPECT_FALSE(check(unknown_one({{0, "0xp1", units(1)}, {0, "0xp2", units(1)}})).ok()) << "one output twice";
  EXPECT_FALSE(check(unknown_one({{0, std::string(kMostAddress + 1, 'a'), units(1)}})).ok());
  EXPECT_FALSE(check(unknown_one({{0, "a\nb", units(1)}})).ok());
}

}  // namespace
}  // namespace balans::api::test
