// One wallet on IOTA as the loop of settlements sees it: what it signs, what it believes, and what it refuses.
#include "api/ledger/iota_ledger.hpp"

#include <gtest/gtest.h>

#include "common/crypto/base64.hpp"
#include "tests/api/iota/scripted_nodes.hpp"
#include "tests/api/iota/wallet.hpp"

namespace balans::api {
namespace {

using namespace settlement;
using namespace iota::test;

constexpr std::uint64_t kIota = 1'000'000'000;

Amount units(std::int64_t count) { return *Amount::of(count); }
Payment to_somebody(std::int64_t nanos) { return {to_text(somebody(9)), units(nanos)}; }

/// A wallet with key 1 and nodes a and b of one network. Both list three coins: of 5, 3 and 1 IOTA.
class LedgerOfTwo : public ::testing::Test {
 protected:
  LedgerOfTwo() {
    for (const char* name : {"a", "b"}) {
      iota::test::NodeState& node = nodes.nodes[name];
      node.holdings = 9 * kIota;
      node.coins = {coin(1, 5 * kIota), coin(2, 3 * kIota), coin(3, kIota)};
      for (const iota::Coin& each : node.coins) node.objects[each.ref.id] = {each.ref, text_of(50)};
    }
    restart();
  }
  void restart() { ledger.emplace(network, nodes, *mine); }
  iota::test::NodeState& a() { return nodes.nodes["a"]; }
  iota::test::NodeState& b() { return nodes.nodes["b"]; }

  settlement::SignedTransaction built(std::int64_t nanos = 100'000'000, std::vector<Input> in_use = {}) {
    const Payment payment = to_somebody(nanos);
    auto made = ledger->build({&payment, 1}, in_use, 8);
    EXPECT_TRUE(made) << made.error().message();
    return made ? *made : settlement::SignedTransaction();
  }
  static iota::Transaction decoded(const settlement::SignedTransaction& transaction) {
    return *iota::decode_transaction(transaction.bytes);
  }
  Result<Status> status_of(const settlement::SignedTransaction& transaction) { return ledger->status(transaction); }
  /// As it is once a node has executed it in this checkpoint.
  iota::test::Listed executed(const settlement::SignedTransaction& transaction,
                              std::optional<std::uint64_t> checkpoint) const {
    const auto gas_coin = decoded(transaction).gas.payment.front();
    iota::ObjectRef next = gas_coin;
    next.version += 1;
    return {transaction.digest,
            checkpoint,
            ledger->address(),
            {{ledger->address(), -100'000'000 - 1'980'400}, {somebody(9), 100'000'000}},
            false,
            {{gas_coin.id, gas_coin.version}},
            next};
  }

  ScriptedNodes nodes;
  std::unique_ptr<Signer> mine = key(1);
  iota::Network network{{"a", "b"}, "09090909", text_of(9), ""};
  std::optional<IotaLedger> ledger;
};

// ---- which chain it is ----

TEST_F(LedgerOfTwo, TellsWhatTheWalletHoldsAndWhatItCosts) {
  const auto tip = ledger->tip();
  ASSERT_TRUE(tip) << tip.error().message();
  EXPECT_EQ(tip->chain, (ChainIdentity{"09090909", text_of(9)}));
  EXPECT_EQ(tip->epoch, 7);
  EXPECT_EQ(tip->holdings, units(9 * kIota));
  EXPECT_EQ(tip->fee, (FeeQuote{units(2'980'400), units(1'000'400)}));
}

TEST_F(LedgerOfTwo, ANodeOfAnotherNetworkIsAskedNothingElse) {
  a().genesis = text_of(10);
  ASSERT_TRUE(ledger->tip());
  EXPECT_EQ(nodes.asked[0], "a iota_getCheckpoint");
  EXPECT_EQ(std::count_if(nodes.asked.begin(), nodes.asked.end(), [](const auto& each) { return each[0] == 'a'; }), 1);
  b().genesis = text_of(10);
  const auto tip = ledger->tip();
  ASSERT_FALSE(tip);
  EXPECT_NE(tip.error().message().find("another network: genesis " + text_of(10)), std::string::npos);
  EXPECT_FALSE(ledger->history("", 10));
}

TEST_F(LedgerOfTwo, EachRoundANodeHasToProveItselfAnew) {
  ASSERT_TRUE(ledger->tip());
  ASSERT_TRUE(ledger->history("", 10));
  EXPECT_EQ(nodes.count("a iota_getCheckpoint"), 2U) << "the first and the newest";
  a().genesis = text_of(10);
  ASSERT_TRUE(ledger->tip());
  EXPECT_EQ(nodes.asked.back(), "b iotax_getBalance");
}

TEST_F(LedgerOfTwo, TheIdentifierIsHowTheGenesisBegins) {
  a().identifier = b().identifier = "09090908";
  const auto tip = ledger->tip();
  ASSERT_FALSE(tip);
  EXPECT_EQ(tip.error().message(), "chain identifier: '09090908' is not how the genesis begins: expected 09090909");
}

TEST_F(LedgerOfTwo, TheNextNodeAnswersWhatTheFirstDoesNot) {
  a().silent_methods = {"iotax_getBalance"};
  EXPECT_TRUE(ledger->tip());
  b().is_silent = true;
  EXPECT_FALSE(ledger->tip());
}

// ---- what it signs ----

TEST_F(LedgerOfTwo, PaysOutOfTheSmallestCoinThatSuffices) {
  const auto transaction = built();
  const iota::Transaction read = decoded(transaction);
  EXPECT_EQ(read.sender, ledger->address());
  EXPECT_EQ(read.gas.payment, std::vector{coin_ref(3)});
  EXPECT_EQ(transaction.inputs, (std::vector<Input>{{to_text(coin_ref(3).id), 5}}));
  EXPECT_EQ(read.gas.budget, 1'000'000U + 1'000'000U + 1'960'800U) << "computation, overhead and storage";
  EXPECT_EQ(transaction.most_fee, units(3'960'800));
  EXPECT_EQ(iota::verify_transaction(transaction.bytes, to_base64(transaction.signature)).value(), ledger->address());
}

TEST_F(LedgerOfTwo, AlwaysExpires) {
  const auto transaction = built();
  EXPECT_EQ(transaction.expiry_epoch, 8);
  EXPECT_EQ(decoded(transaction).last_epoch, 8U);
  const Payment payment = to_somebody(1);
  EXPECT_FALSE(ledger->build({&payment, 1}, {}, 6)) << "it is epoch 7 already";
}

TEST_F(LedgerOfTwo, ChoosesNoCoinThatIsInUse) {
  const Input third{to_text(coin_ref(3).id), 5};
  EXPECT_EQ(decoded(built(100'000'000, {third})).gas.payment, std::vector{coin_ref(2)});
  const Input older{to_text(coin_ref(3).id), 4};
  EXPECT_EQ(decoded(built(100'000'000, {older})).gas.payment, std::vector{coin_ref(2)}) << "in whatever version";
  const Payment payment = to_somebody(100'000'000);
  const std::vector<Input> all{third, {to_text(coin_ref(1).id), 5}, {to_text(coin_ref(2).id), 5}};
  const auto none = ledger->build({&payment, 1}, all, 8);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message(), "coins: there is enough once what is under way is settled");
}

TEST_F(LedgerOfTwo, TakesOtherCoinsWhereTheGasIsMore) {
  for (auto* node : {&a(), &b()}) node->dry_run.computation = 900'000'000;
  const auto transaction = built();
  EXPECT_EQ(decoded(transaction).gas.payment, std::vector{coin_ref(2)});
  EXPECT_EQ(nodes.count("a iota_dryRunTransactionBlock"), 2U) << "with the coins that pay";
}

TEST_F(LedgerOfTwo, RefusesMoreThanItHas) {
  const Payment payment = to_somebody(9 * kIota);
  const auto made = ledger->build({&payment, 1}, {}, 8);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("they are too few"), std::string::npos) << made.error().message();
}

TEST_F(LedgerOfTwo, RefusesWhomItCannotPay) {
  for (const std::string& address : {to_text(ledger->address()), to_text(iota::Address{}), std::string("0x12")}) {
    const Payment payment{address, units(100)};
    EXPECT_FALSE(ledger->build({&payment, 1}, {}, 8)) << address;
  }
  const Payment nothing = to_somebody(0);
  EXPECT_FALSE(ledger->build({&nothing, 1}, {}, 8));
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::vector<Payment> all{to_somebody(kMost), to_somebody(1)};
  EXPECT_EQ(ledger->build(all, {}, 8).error().message(), "payments: are more than 63 bits together");
  EXPECT_TRUE(nodes.asked.empty());
}

TEST_F(LedgerOfTwo, SignsNothingThatTheDryRunRefuses) {
  a().dry_run_fails = b().dry_run_fails = true;
  const Payment payment = to_somebody(100'000'000);
  EXPECT_EQ(ledger->build({&payment, 1}, {}, 8).error().message(), "dry run: it would not");
}

// ---- what it hands over ----

TEST_F(LedgerOfTwo, HandsOverWhatWasKeptAndHoldsItsCoins) {
  const auto transaction = built();
  a().executed = transaction.digest;
  ASSERT_TRUE(ledger->submit(transaction));
  EXPECT_NE(nodes.bodies.back().find(to_base64(transaction.bytes)), std::string::npos);
  ASSERT_TRUE(ledger->submit(transaction)) << "the same bytes, as often as one likes";
  EXPECT_EQ(decoded(built()).gas.payment, std::vector{coin_ref(2)});
}

TEST_F(LedgerOfTwo, NeverHandsOverTwoThatUseOneCoin) {
  const auto first = built(100'000'000), second = built(200'000'000);
  ASSERT_EQ(first.inputs, second.inputs);
  a().executed = first.digest;
  restart();  // only what is submitted is known to it
  ASSERT_TRUE(ledger->submit(first));
  const std::size_t before = nodes.asked.size();
  EXPECT_FALSE(ledger->submit(second));
  EXPECT_EQ(nodes.asked.size(), before);
}

TEST_F(LedgerOfTwo, HoldsCoinsOfWhatHadNoAnswer) {
  const auto transaction = built();
  a().silent_methods = b().silent_methods = {"iota_executeTransactionBlock"};
  EXPECT_FALSE(ledger->submit(transaction));
  EXPECT_EQ(decoded(built()).gas.payment, std::vector{coin_ref(2)}) << "it may have been executed";
}

TEST_F(LedgerOfTwo, HandsOverNothingThatItHasNotSigned) {
  auto transaction = built();
  transaction.bytes.back() ^= 1;
  EXPECT_FALSE(ledger->submit(transaction));
  auto foreign = built();
  const auto other = key(2);
  foreign.signature = *from_base64(iota::sign_bytes(*other, foreign.bytes), 97);
  EXPECT_FALSE(ledger->submit(foreign));
  EXPECT_EQ(nodes.count("a iota_executeTransactionBlock"), 0U);
}

// ---- what became of it ----

TEST_F(LedgerOfTwo, AsksForTheEpochBeforeTheTransactionAndBothOfTheSameNode) {
  const auto transaction = built();
  nodes.asked.clear();
  a().epoch = 9;
  b().epoch = 8;
  const auto status = status_of(transaction);
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_EQ(std::get<Unknown>(*status).epoch, 9);
  const std::vector<std::string> expected{"a iotax_getLatestIotaSystemStateV2",
                                          "a iota_getLatestCheckpointSequenceNumber",
                                          "a iota_getCheckpoint",
                                          "a iota_getTransactionBlock",
                                          "a iota_getObject",
                                          "b iota_getCheckpoint",
                                          "b iotax_getLatestIotaSystemStateV2",
                                          "b iota_getTransactionBlock",
                                          "b iota_getObject"};
  EXPECT_EQ(nodes.asked, expected);
}

TEST_F(LedgerOfTwo, AnEpochOfOneNodeProvesNothingForAnother) {
  const auto transaction = built();
  a().epoch = 9;
  a().silent_methods = {"iota_getTransactionBlock"};
  b().epoch = 8;
  const auto status = status_of(transaction);
  ASSERT_TRUE(status);
  EXPECT_EQ(std::get<Unknown>(*status).epoch, 8);
  b().is_silent = true;
  EXPECT_FALSE(status_of(transaction)) << "nobody has answered both";
}

TEST_F(LedgerOfTwo, AnEpochThatHasJustBegunProvesNoMoreThanTheOneBefore) {
  const auto transaction = built();
  b().is_silent = true;
  a().epoch = 9;
  a().newest.timestamp_ms = a().epoch_start_ms = 1'760'000'000'000;
  const auto known = [&]() -> std::int64_t {
    const auto status = status_of(transaction);
    return status ? std::get<Unknown>(*status).epoch : -1;
  };
  EXPECT_EQ(known(), 8) << "its last, in which it may have been executed";
  a().newest.timestamp_ms -= 1;
  EXPECT_EQ(known(), 8) << "a checkpoint of before it began";
  a().newest.timestamp_ms = a().epoch_start_ms + 299'999;
  EXPECT_EQ(known(), 8);
  a().newest.timestamp_ms += 1;
  EXPECT_EQ(known(), 9);
  a().newest.timestamp_ms = a().epoch_start_ms;
  a().epoch = 10;
  EXPECT_EQ(known(), 9) << "the whole of 9 is over";
  a().silent_methods = {"iota_getLatestCheckpointSequenceNumber"};
  EXPECT_FALSE(status_of(transaction));
}

TEST_F(LedgerOfTwo, WhoKnowsItIsBelieved) {
  const auto transaction = built();
  a().epoch = 20;
  b().transactions[transaction.digest] = executed(transaction, 90);
  const auto status = status_of(transaction);
  ASSERT_TRUE(status) << status.error().message();
  const auto paid = std::get<settlement::Executed>(*status);
  EXPECT_EQ(paid.fee, units(1'980'400));
  EXPECT_EQ(paid.checkpoint, 90);
}

TEST_F(LedgerOfTwo, WithoutACheckpointNothingIsFinal) {
  const auto transaction = built();
  a().transactions[transaction.digest] = executed(transaction, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<Pending>(*status_of(transaction)));
}

TEST_F(LedgerOfTwo, AFailureHasCostItsFee) {
  const auto transaction = built();
  auto vain = executed(transaction, 90);
  vain.failed = true;
  vain.changes = {{ledger->address(), -1'000'000}};
  a().transactions[transaction.digest] = vain;
  const auto failed = std::get<ExecutedInVain>(*status_of(transaction));
  EXPECT_EQ(failed.fee, units(1'000'000));
  EXPECT_EQ(failed.why, "it would not");
}

TEST_F(LedgerOfTwo, AnotherTransactionThatUsedItsCoinIsAProof) {
  const auto transaction = built();
  for (auto* node : {&a(), &b()}) {
    iota::ObjectRef next = coin_ref(3, 6);
    node->objects[next.id] = {next, text_of(60)};
    node->transactions[text_of(60)] = {text_of(60), 95, somebody(1), {}, false, {{next.id, 5}}, next};
  }
  const auto used = std::get<InputUsed>(*status_of(transaction));
  EXPECT_EQ(used.input, (Input{to_text(coin_ref(3).id), 5}));
  EXPECT_EQ(used.by, text_of(60));
  EXPECT_EQ(used.checkpoint, 95);
}

TEST_F(LedgerOfTwo, ACoinThatHasMovedOnTwiceProvesNothing) {
  const auto transaction = built();
  b().is_silent = true;
  iota::ObjectRef next = coin_ref(3, 7);
  a().objects[next.id] = {next, text_of(60)};
  auto& other = a().transactions[text_of(60)];
  other = {text_of(60), 95, somebody(1), {}, false, {{next.id, 6}}, next};
  EXPECT_FALSE(status_of(transaction)) << "ours may have used version 5, and be forgotten";
  other.used_up = {{next.id, 5}};
  EXPECT_TRUE(status_of(transaction));
  other.checkpoint.reset();
  EXPECT_FALSE(status_of(transaction)) << "not final";
  a().objects.erase(next.id);
  EXPECT_FALSE(status_of(transaction)) << "gone";
}

/// Then whoever used it is among what the wallet has sent.
TEST_F(LedgerOfTwo, WhoHasUsedACoinIsFoundHoweverOftenItHasMovedOnSince) {
  const auto transaction = built();
  b().is_silent = true;
  a().page = 2;
  for (std::uint64_t i = 0; i < 5; ++i) {
    const std::string digest = text_of(static_cast<std::uint8_t>(60 + i));
    a().transactions[digest] = {digest, 95 + i, ledger->address(), {}, false, {{coin_ref(3).id, 5 + i}}, coin_ref(3)};
    a().from.push_back(digest);
  }
  const auto user = [&] { return std::get<InputUsed>(*status_of(transaction)).by; };
  a().objects[coin_ref(3).id] = {coin_ref(3, 10), text_of(64)};
  EXPECT_EQ(user(), text_of(60));
  a().objects.erase(coin_ref(3).id);
  EXPECT_EQ(user(), text_of(60)) << "also where it is gone";
  a().transactions[text_of(60)].checkpoint.reset();
  EXPECT_FALSE(status_of(transaction)) << "not final";
}

TEST_F(LedgerOfTwo, ItsOwnUseOfACoinIsNoProofAgainstIt) {
  const auto transaction = built();
  b().is_silent = true;
  a().epoch = 30;
  a().objects.erase(coin_ref(3).id);
  a().from = {transaction.digest};
  a().unknown_by_digest = transaction.digest;
  a().transactions[transaction.digest] = executed(transaction, 90);
  EXPECT_TRUE(std::holds_alternative<Pending>(*status_of(transaction))) << "a node that lists what it does not find";
}

TEST_F(LedgerOfTwo, ANodeThatHasForgottenItIsToldByItsCoin) {
  const auto transaction = built();
  b().is_silent = true;
  a().epoch = 30;
  a().objects[coin_ref(3).id] = {coin_ref(3, 6), transaction.digest};
  EXPECT_TRUE(std::holds_alternative<Pending>(*status_of(transaction))) << "never dead";
}

TEST_F(LedgerOfTwo, CoinsAreFreeAgainOnceItCanNeverBeExecuted) {
  const auto transaction = built();
  a().executed = transaction.digest;
  ASSERT_TRUE(ledger->submit(transaction));
  a().epoch = b().epoch = 8;
  ASSERT_TRUE(status_of(transaction));
  const Payment payment = to_somebody(100'000'000);
  EXPECT_EQ(decoded(*ledger->build({&payment, 1}, {}, 9)).gas.payment, std::vector{coin_ref(2)});
  a().epoch = b().epoch = 9;
  ASSERT_TRUE(status_of(transaction));
  EXPECT_EQ(decoded(*ledger->build({&payment, 1}, {}, 9)).gas.payment, std::vector{coin_ref(3)});
}

TEST_F(LedgerOfTwo, AfterItsExecutionACoinIsUsedInItsNewVersion) {
  const auto transaction = built();
  a().executed = transaction.digest;
  ASSERT_TRUE(ledger->submit(transaction));
  a().transactions[transaction.digest] = executed(transaction, 90);
  ASSERT_TRUE(status_of(transaction));
  EXPECT_EQ(decoded(built()).gas.payment.front().version, 6U) << "though the node still lists version 5";
}

}  // namespace
}  // namespace balans::api
