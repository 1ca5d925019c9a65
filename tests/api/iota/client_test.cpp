#include "api/ledger/iota/client.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/builder.hpp"
#include "common/crypto/base64.hpp"
#include "tests/api/iota/node.hpp"
#include "tests/api/iota/wallet.hpp"

namespace balans::iota {
namespace {

using namespace test;

const std::string kDigest = std::string(31, '1') + "2";

/// A client of nodes a, b and c.
class ClientOfThree : public ::testing::Test {
 protected:
  FakeNodes nodes;
  std::vector<Millis> pauses;
  Client client{{"a", "b", "c"}, nodes, [this](Millis pause) { pauses.push_back(pause); }, {7, 100_ms, 300_ms}};

  [[nodiscard]] std::string endpoints() const {
    std::string all;
    for (const auto& asked : nodes.asked) all += asked.endpoint;
    return all;
  }
};

TEST(Retry, AsksAllInTurnAndPausesBetweenRounds) {
  const RetryRules rules{8, 100_ms, 300_ms};
  const std::vector<Try> expected{{1, 0_ms}, {2, 0_ms}, {0, 0_ms},   {1, 100_ms},
                                  {2, 0_ms}, {0, 0_ms}, {1, 200_ms}, {2, 0_ms}};
  for (int made = 0; made < 8; ++made)
    EXPECT_EQ(next_try(rules, 3, 1, made), expected[static_cast<std::size_t>(made)]) << made;
  EXPECT_EQ(next_try(rules, 3, 1, 8), std::nullopt);
  EXPECT_EQ(next_try(rules, 0, 0, 0), std::nullopt);
}

TEST(Retry, NeverPausesLongerThanItMay) {
  const RetryRules rules{1000, 100_ms, 300_ms};
  EXPECT_EQ(next_try(rules, 1, 0, 1)->wait, 100_ms);
  EXPECT_EQ(next_try(rules, 1, 0, 2)->wait, 200_ms);
  EXPECT_EQ(next_try(rules, 1, 0, 3)->wait, 300_ms);
  EXPECT_EQ(next_try(rules, 1, 0, 999)->wait, 300_ms);
}

TEST_F(ClientOfThree, GoesOnToTheNextNodeAndStaysThere) {
  nodes.be_silent();
  nodes.answers.emplace_back("<html>");
  nodes.answer("\"1000\"");
  nodes.answer("\"1001\"");
  EXPECT_EQ(*client.reference_gas_price(), 1000U);
  EXPECT_EQ(*client.reference_gas_price(), 1001U);
  EXPECT_EQ(endpoints(), "abcc");
  EXPECT_TRUE(pauses.empty());
}

TEST_F(ClientOfThree, PausesBeforeASecondRoundAndGivesUpInTheEnd) {
  const auto price = client.reference_gas_price();
  ASSERT_FALSE(price);
  EXPECT_EQ(price.error().message(), "iotax_getReferenceGasPrice, a: no answer was planned");
  EXPECT_EQ(endpoints(), "abcabca");
  EXPECT_EQ(pauses, (std::vector<Millis>{100_ms, 200_ms}));
}

TEST_F(ClientOfThree, AsksElsewhereWhereANodeIsBusyAndNotWhereItRefuses) {
  nodes.refuse(-32050, "overloaded");
  nodes.refuse(-32602, "Invalid params");
  const auto price = client.reference_gas_price();
  ASSERT_FALSE(price);
  EXPECT_EQ(price.error().message(), "iotax_getReferenceGasPrice: refused with -32602: Invalid params");
  EXPECT_EQ(endpoints(), "ab");
}

TEST_F(ClientOfThree, SaysWhichMethodAndWhere) {
  for (int i = 0; i < 7; ++i) nodes.answer("{}");
  EXPECT_EQ(client.balance(somebody(1)).error().message(), "iotax_getBalance of a, /result/coinType: missing");
}

TEST_F(ClientOfThree, FollowsThePagesOfCoins) {
  const auto page = [](char digit, const char* more) {
    return R"({"data":[{"coinType":"0x2::iota::IOTA","coinObjectId":")" + id_text(digit) +
           R"(","version":"1","digest":")" + kDigest + R"(","balance":"5"}],"nextCursor":")" + id_text(digit) +
           R"(","hasNextPage":)" + more + "}";
  };
  nodes.answer(page('a', "true"));
  nodes.answer(page('b', "false"));
  const auto coins = client.coins(somebody(1));
  ASSERT_TRUE(coins);
  EXPECT_EQ(coins->size(), 2U);
  EXPECT_NE(nodes.asked[0].body.find("\"0x2::iota::IOTA\",null,50]"), std::string::npos) << nodes.asked[0].body;
  EXPECT_NE(nodes.asked[1].body.find("\"0x2::iota::IOTA\",\"" + id_text('a') + "\",50]"), std::string::npos);
  nodes.answer(page('a', "true"));
  nodes.answer(page('a', "true"));
  EXPECT_FALSE(client.coins(somebody(1))) << "the same page again, for ever";
}

SignedTransaction payment() {
  const auto mine = key(1);
  Transaction transaction = transaction_with(*pay(std::vector<Payment>{{somebody(9), 5}}));
  transaction.sender = transaction.gas.owner = address_of(mine->public_key());
  return *sign(transaction, *mine);
}

TEST_F(ClientOfThree, HandsOverTheSameBytesAgain) {
  const SignedTransaction transaction = payment();
  nodes.be_silent();
  nodes.answer(executed_json(to_base58(transaction.digest), "null"));
  const auto executed = client.execute(transaction);
  ASSERT_TRUE(executed) << executed.error().message();
  EXPECT_FALSE(executed->checkpoint);
  EXPECT_EQ(nodes.asked[0].body, nodes.asked[1].body);
  EXPECT_EQ(nodes.asked[0].body, R"({"jsonrpc":"2.0","id":1,"method":"iota_executeTransactionBlock","params":[")" +
                                     to_base64(transaction.bytes) + R"(",[")" + transaction.signatures[0] +
                                     R"("],{"showEffects":true,"showBalanceChanges":true}]})");
}

TEST_F(ClientOfThree, BelievesNoAnswerAboutAnother) {
  const SignedTransaction transaction = payment();
  nodes.answer(executed_json(kDigest));
  EXPECT_FALSE(client.execute(transaction));
  nodes.answer(executed_json(kDigest));
  EXPECT_FALSE(client.transaction(transaction.digest));
  nodes.answer(R"({"epoch":"77","sequenceNumber":"5","timestampMs":"9","digest":")" + kDigest + R"("})");
  EXPECT_FALSE(client.checkpoint(6));
}

TEST_F(ClientOfThree, ATransactionIsUnknownOnlyWhereAllWereAsked) {
  for (int i = 0; i < 3; ++i) nodes.refuse(i == 1 ? -32003 : -32602, "Could not find the referenced transaction [x]");
  const auto none = client.transaction(*digest_from_base58(kDigest));
  ASSERT_TRUE(none) << none.error().message();
  EXPECT_FALSE(*none);
  EXPECT_EQ(endpoints(), "abc");
  nodes.refuse(-32602, "Could not find the referenced transaction [x]");
  nodes.answer(executed_json(kDigest));
  const auto found = client.transaction(*digest_from_base58(kDigest));
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found);
}

TEST_F(ClientOfThree, AsksForTransactionsOldestFirst) {
  nodes.answer(R"({"data":[],"nextCursor":null,"hasNextPage":false})");
  ASSERT_TRUE(client.transactions(Direction::To, somebody(1), kDigest));
  EXPECT_EQ(nodes.asked[0].body,
            R"({"jsonrpc":"2.0","id":1,"method":"iotax_queryTransactionBlocks","params":[{"filter":{"ToAddress":")" +
                to_text(somebody(1)) +
                R"("},"options":{"showInput":true,"showEffects":true,"showBalanceChanges":true}},")" + kDigest +
                R"(",50,false]})");
}

TEST_F(ClientOfThree, AsksForTransactionsNewestFirst) {
  nodes.answer(R"({"data":[],"nextCursor":null,"hasNextPage":false})");
  ASSERT_TRUE(client.transactions(Direction::From, somebody(1), {}, 50, Order::NewestFirst));
  EXPECT_TRUE(nodes.asked[0].body.ends_with(R"(,null,50,true]})")) << nodes.asked[0].body;
}

TEST_F(ClientOfThree, DryRunsWhatIsNotSignedYet) {
  nodes.answer(R"({"effects":)" + effects_json(kDigest) +
               R"(,"events":[],"objectChanges":[],"balanceChanges":[],"input":{},"suggestedGasPrice":null})");
  const auto run = client.dry_run(transaction_with(*pay(std::vector<Payment>{{somebody(9), 5}})));
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(run->effects.gas.computation, 1'000'000U);
  EXPECT_FALSE(client.dry_run(Transaction{})) << "not even sent";
  EXPECT_EQ(nodes.asked.size(), 1U);
}

TEST(Client, WithoutEndpointsSaysSo) {
  FakeNodes nodes;
  Client client({}, nodes, [](Millis) {});
  EXPECT_EQ(client.chain_identifier().error().message(), "iota_getChainIdentifier: there is no endpoint to ask");
}

}  // namespace
}  // namespace balans::iota
