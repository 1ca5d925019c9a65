// What both engines promise of settlements, asked of each.
#include <gtest/gtest.h>

#include "tests/api/both_engines.hpp"
#include "tests/api/settlements.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

class SettlementRows : public OnBothEngines {
 protected:
  void SetUp() override {
    OnBothEngines::SetUp();
    rows = &store->settlements();
  }
  template <class Work>
  bool commit(Work work) {
    return store->transaction([&]() -> Result<void> { return work(); }).ok();
  }
  Settlement kept(Settlement settlement) {
    EXPECT_TRUE(commit([&] { return rows->add(settlement); }));
    return settlement;
  }
  void attempt(Settlement& settlement, Attempt made) {
    EXPECT_TRUE(commit([&] { return rows->add_attempt(settlement, made); }));
    settlement.attempts.push_back(std::move(made));
  }
  Settlement found(const journal::Id& id) { return (*rows->find(id)).value_or(Settlement()); }

  SettlementStore* rows = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Engines, SettlementRows, both_engines(), engine_of);

TEST_P(SettlementRows, ComeBackAsTheyWere) {
  Settlement settlement = settlement_of({payout(2, 5), payout(1, 7)});
  settlement.purpose = Purpose::Requested;
  settlement.requested_by = "ada";
  kept(settlement);
  EXPECT_EQ(found(settlement.id), settlement);
  EXPECT_EQ(found(id(1)), Settlement()) << "is not there";
  SignedTransaction raw = signed_one("d1", {{"a", 1}, {"b", 2}});
  raw.bytes = std::string("\0\xff\n\\", 4);
  attempt(settlement, {1, raw, kMonday + 1_s, Live{}});
  EXPECT_EQ(found(settlement.id), settlement);
  const std::vector<AttemptState> ends{DeadInVain{units(3), 4, "it's why"}, DeadByInput{{"x", 5}, "d9", 6},
                                       DeadByEpoch{7}, Paid{units(8), 9}};
  for (const AttemptState& end : ends) {
    settlement.attempts.back().state = end;
    EXPECT_TRUE(commit([&] { return rows->end_attempt(settlement.id, settlement.attempts.back()); }));
    EXPECT_EQ(found(settlement.id), settlement);
    if (std::holds_alternative<Paid>(end)) break;
    const auto next = static_cast<std::int64_t>(settlement.attempts.size()) + 1;
    SignedTransaction other = signed_one("d" + std::to_string(next), {{"a", next}}, 10, std::nullopt);
    attempt(settlement, {next, other, kMonday, Live{}});
  }
  settlement.state = Settled{kMonday + 9_s};
  EXPECT_TRUE(commit([&] { return rows->end(settlement.id, settlement.state); }));
  EXPECT_EQ(found(settlement.id), settlement);
  EXPECT_EQ((*rows->attempt(kChain, "d2"))->state, AttemptState(ends[1]));
  EXPECT_FALSE(*rows->attempt(kChain, "d77"));
}

TEST_P(SettlementRows, PayeesAreFoundByAccountAndListedByAddress) {
  for (const std::uint64_t n : {3U, 1U, 2U})
    ASSERT_TRUE(commit([&] {
      return rows->put_payee({kChain, "0xp" + std::to_string(n), id(n), PayoutMode::Periodic, "", UnixTime(0)});
    }));
  EXPECT_EQ((*rows->payee_of(kChain, id(2)))->address, "0xp2");
  EXPECT_FALSE(*rows->payee_of(kChain, id(4)));
  const auto page = *rows->payees(kChain, "", 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[1].account, id(2));
  EXPECT_EQ(rows->payees(kChain, "0xp2", 2)->front().account, id(3));
}

TEST_P(SettlementRows, AreListedByState) {
  for (std::uint64_t n = 1; n <= 3; ++n) kept(settlement_of({{id(n), "0xp", units(7), id(70 + n)}}, 900 + n));
  ASSERT_TRUE(commit([&] { return rows->end(id(902), GivenUp{kMonday, "why"}); }));
  ASSERT_TRUE(commit([&] { return rows->end(id(903), Settled{kMonday}); }));
  const auto listed = [&](const char* state) { return *rows->settlements(kChain, std::nullopt, 10, state); };
  EXPECT_EQ(listed("").size(), 3U);
  EXPECT_EQ(listed("open").front().id, id(901));
  EXPECT_EQ(listed("given-up").front().id, id(902));
  EXPECT_EQ(listed("settled").front().id, id(903));
  EXPECT_EQ(listed("settled").size(), 1U);
}

TEST_P(SettlementRows, TwoAttemptsThatCouldBothPayAreRefused) {
  Settlement settlement = kept(settlement_of({payout(1, 7)}));
  attempt(settlement, attempt_of(1, "d1"));
  EXPECT_FALSE(commit([&] { return rows->add_attempt(settlement, attempt_of(2, "d2")); }));
  settlement.attempts[0].state = Paid{units(1), 2};
  ASSERT_TRUE(commit([&] { return rows->end_attempt(settlement.id, settlement.attempts[0]); }));
  EXPECT_FALSE(commit([&] { return rows->add_attempt(settlement, attempt_of(2, "d2")); })) << "it has paid";
  EXPECT_EQ(found(settlement.id).attempts.size(), 1U);
}

TEST_P(SettlementRows, AnInputBelongsToOneLiveAttempt) {
  Settlement one = kept(settlement_of({payout(1, 7)}, 901)),
             two = kept(settlement_of({{id(2), "0xp2", units(7), id(77)}}, 902));
  attempt(one, attempt_of(1, "d1"));
  EXPECT_EQ(*rows->inputs_in_use(kChain), (std::vector{Input{"coin", 1}}));
  EXPECT_FALSE(commit([&] { return rows->add_attempt(two, attempt_of(1, "d2")); }));
  one.attempts[0].state = DeadByEpoch{9};
  ASSERT_TRUE(commit([&] { return rows->end_attempt(one.id, one.attempts[0]); }));
  EXPECT_TRUE(rows->inputs_in_use(kChain)->empty());
  EXPECT_TRUE(commit([&] { return rows->add_attempt(two, attempt_of(1, "d2")); })) << "it is free again";
  EXPECT_FALSE(commit([&] { return rows->end_attempt(one.id, one.attempts[0]); })) << "it has ended";
}

TEST_P(SettlementRows, WhatIsOverStaysSo) {
  const Settlement settlement = kept(settlement_of({payout(1, 7)}));
  EXPECT_FALSE(commit([&] { return rows->add(settlement); })) << "twice";
  EXPECT_FALSE(commit([&] { return rows->end(settlement.id, Open{}); }));
  EXPECT_TRUE(commit([&] { return rows->end(settlement.id, GivenUp{kMonday, "why"}); }));
  EXPECT_FALSE(commit([&] { return rows->end(settlement.id, Settled{kMonday}); }));
  EXPECT_FALSE(commit([&] { return rows->add_attempt(settlement, attempt_of(1, "d1")); }));
  EXPECT_FALSE(*rows->approve(settlement.id, {"bob", kMonday}));
  EXPECT_EQ(found(settlement.id).state, State(GivenUp{kMonday, "why"}));
}

TEST_P(SettlementRows, AreListedByAgeAndApprovedOnce) {
  std::vector<Settlement> all;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    // Two were made in one moment; the ids of others fall as their ages rise.
    Settlement made = settlement_of({{id(1), "0xp1", units(7), id(600 + n)}}, n <= 2 ? 900 + n : 900 - n);
    made.made = kMonday + Millis(n <= 2 ? 0 : static_cast<std::int64_t>(n));
    all.push_back(kept(made));
  }
  ASSERT_TRUE(commit([&] { return rows->end(all[1].id, Settled{kMonday}); }));
  all[1].state = Settled{kMonday};
  EXPECT_TRUE(*rows->approve(all[2].id, {"bob", kMonday}));
  EXPECT_FALSE(*rows->approve(all[2].id, {"eve", kMonday}));
  all[2].approval = Approval{"bob", kMonday};
  EXPECT_EQ(*rows->open_settlements(kChain, std::nullopt, 2), (std::vector{all[0], all[2]}));
  EXPECT_EQ(*rows->open_settlements(kChain, cursor_after(all[2]), 10), (std::vector{all[3], all[4]}));
  EXPECT_EQ(*rows->settlements(kChain, std::nullopt, 2), (std::vector{all[4], all[3]}));
  EXPECT_EQ(*rows->settlements(kChain, cursor_after(all[3]), 10), (std::vector{all[2], all[1], all[0]}));
  EXPECT_TRUE(rows->settlements(*ChainName::parse("other"), std::nullopt, 10)->empty());
}

TEST_P(SettlementRows, WhatWasSignedIsAddedUpByItsFirstSignature) {
  Settlement one = kept(settlement_of({payout(1, 7)}, 901)), two = kept(settlement_of({payout(2, 5)}, 902));
  Attempt early = attempt_of(1, "d1"), late = attempt_of(2, "d2");
  attempt(one, early);
  early.state = DeadByEpoch{9};
  ASSERT_TRUE(commit([&] { return rows->end_attempt(one.id, early); }));
  late.made = kMonday + 10_s;
  attempt(one, late);
  Attempt other = attempt_of(1, "d3");
  other.transaction.inputs = {{"z", 1}};
  attempt(two, other);
  EXPECT_EQ(*rows->signed_since(kChain, kMonday - 1_ms, id(1)), units(12));
  EXPECT_EQ(*rows->signed_since(kChain, kMonday - 1_ms, two.id), units(7));
  EXPECT_EQ(*rows->signed_since(kChain, kMonday, id(1)), units(0)) << "it was first signed before";
}

TEST_P(SettlementRows, PayeesHaveTheirTurnOnceAndAnAccountHasOneAddress) {
  const auto payee = [](std::uint64_t n, PayoutMode mode, std::int64_t planned) {
    return Payee{kChain, "0xp" + std::to_string(n), id(n), mode, "", UnixTime(planned)};
  };
  const std::vector<Payee> all{payee(1, PayoutMode::Periodic, 50), payee(2, PayoutMode::OnRequest, 0),
                               payee(3, PayoutMode::Leaving, 20), payee(4, PayoutMode::Periodic, 100)};
  for (const Payee& each : all) ASSERT_TRUE(commit([&] { return rows->put_payee(each); }));
  EXPECT_EQ(*rows->due_payees(kChain, UnixTime(100), 10), (std::vector{all[2], all[0]}));
  EXPECT_EQ(*rows->due_payees(kChain, UnixTime(100), 1), (std::vector{all[2]}));
  Payee held = all[2];
  held.held = "look";
  ASSERT_TRUE(commit([&] { return rows->put_payee(held); }));
  EXPECT_EQ(*rows->due_payees(kChain, UnixTime(100), 10), (std::vector{all[0]}));
  EXPECT_EQ(**rows->payee(kChain, "0xp3"), held);
  Payee second = all[0];
  second.address = "0xelse";
  EXPECT_FALSE(commit([&] { return rows->put_payee(second); })) << "it has an address";
  ASSERT_TRUE(commit([&] { return rows->forget_payee(kChain, "0xp1"); }));
  EXPECT_TRUE(commit([&] { return rows->put_payee(second); }));
}

TEST_P(SettlementRows, ADepositIsThereOnceAndLeavesSuspenseOnce) {
  const Deposit deposit{{kChain, "d1", 3}, "0xs", units(9), 5, kMonday, std::nullopt, std::nullopt};
  ASSERT_TRUE(commit([&] { return rows->add(deposit); }));
  EXPECT_FALSE(commit([&] { return rows->add(deposit); }));
  EXPECT_EQ(**rows->deposit(deposit.key), deposit);
  EXPECT_EQ(*rows->in_suspense(kChain, 10), (std::vector{deposit}));
  Deposit back = deposit;
  back.returned = id(900);
  ASSERT_TRUE(commit([&] { return rows->settle(back); }));
  EXPECT_TRUE(rows->in_suspense(kChain, 10)->empty());
  EXPECT_EQ(**rows->returned_by(id(900)), back);
  ASSERT_TRUE(commit([&] { return rows->settle(deposit); })) << "it did not go back";
  Deposit mine = deposit;
  mine.account = id(1);
  ASSERT_TRUE(commit([&] { return rows->settle(mine); }));
  EXPECT_FALSE(commit([&] { return rows->settle(deposit); })) << "it has been credited";
}

TEST_P(SettlementRows, AChainKeepsItsPin) {
  LedgerCursor cursor{kChain, {{}, {"mainnet", "g1"}}, "", std::nullopt};
  cursor.pin.deployment.bytes.fill(3);
  EXPECT_FALSE(*rows->cursor(kChain));
  ASSERT_TRUE(commit([&] { return rows->put_cursor(cursor); }));
  LedgerCursor later = cursor;
  later.pin.chain.id = "testnet";
  later.position = "17";
  ASSERT_TRUE(commit([&] { return rows->put_cursor(later); }));
  later.pin = cursor.pin;
  EXPECT_EQ(**rows->cursor(kChain), later);
  for (const char* each : {"0xours", "0xother"}) {
    LedgerCursor found = later;
    found.address = each;
    ASSERT_TRUE(commit([&] { return rows->put_cursor(found); }));
    EXPECT_EQ((*rows->cursor(kChain))->address, "0xours") << "the first that there is";
  }
  later.address = "0xours";
  ASSERT_TRUE(commit([&] { return rows->put_cursor(later); }));
  ASSERT_TRUE(commit([&] { return rows->note_restored(); }));
  EXPECT_EQ((*rows->cursor(kChain))->wait_epoch, LedgerCursor::kUnasked);
  ASSERT_TRUE(commit([&] { return rows->put_position(kChain, "18"); }));
  later.position = "18";
  later.wait_epoch = LedgerCursor::kUnasked;
  EXPECT_EQ(**rows->cursor(kChain), later);
}

TEST_P(SettlementRows, WhatIsNotedOfAPayeeChangesNothingElse) {
  Payee payee{kChain, "0xp1", id(1), PayoutMode::Leaving, "", UnixTime(0)};
  ASSERT_TRUE(commit([&] { return rows->put_payee(payee); }));
  ASSERT_TRUE(commit([&] { return rows->hold_payee(kChain, "0xp1", id(2), "look at it"); }));
  ASSERT_TRUE(commit([&] { return rows->note_planned(kChain, "0xp1", kMonday); }));
  payee.planned = kMonday;
  EXPECT_EQ(**rows->payee(kChain, "0xp1"), payee) << "it is not that account's";
  ASSERT_TRUE(commit([&] { return rows->hold_payee(kChain, "0xp1", id(1), "look at it"); }));
  payee.held = "look at it";
  EXPECT_EQ(**rows->payee(kChain, "0xp1"), payee);
  ASSERT_TRUE(commit([&] { return rows->forget_payee(kChain, "0xp1"); }));
  ASSERT_TRUE(commit([&] { return rows->note_planned(kChain, "0xp1", kMonday); }));
  ASSERT_TRUE(commit([&] { return rows->hold_payee(kChain, "0xp1", id(1), "look at it"); }));
  EXPECT_FALSE(*rows->payee(kChain, "0xp1"));
}

}  // namespace
}  // namespace balans::api::test
