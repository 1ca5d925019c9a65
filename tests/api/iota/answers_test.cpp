#include "api/ledger/iota/answers.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/transport.hpp"
#include "tests/api/iota/node.hpp"

namespace balans::iota {
namespace {

using namespace test;

const std::string kDigest = std::string(31, '1') + "2";

std::string reply(const std::string& result) { return R"({"jsonrpc":"2.0","id":1,"result":)" + result + "}"; }

template <class T>
const T& value_of(const Reply<T>& reply) {
  if (!reply) throw std::runtime_error(reply.error().message());
  return std::get<T>(*reply);
}

template <class T>
std::string fault_of(const Reply<T>& reply) {
  return reply ? "" : reply.error().message();
}

std::string coin_json(const std::string& version, const std::string& balance) {
  return R"({"coinType":"0x2::iota::IOTA","coinObjectId":")" + id_text('a') + R"(","version":)" + version +
         R"(,"digest":")" + kDigest + R"(","balance":)" + balance + R"(,"previousTransaction":")" + kDigest + R"("})";
}

std::string page_json(const std::string& items, const std::string& more = "false", const std::string& cursor = "null") {
  return R"({"data":[)" + items + R"(],"nextCursor":)" + cursor + R"(,"hasNextPage":)" + more + "}";
}

TEST(Answers, NumbersMayBeNumbersOrTexts) {
  for (const char* version : {"18446744073709551615", "\"18446744073709551615\""}) {
    const auto read = answer::coins(reply(page_json(coin_json(version, "\"5\""))));
    EXPECT_EQ(value_of(read).coins.front().ref.version, 18446744073709551615U);
  }
  EXPECT_EQ(value_of(answer::reference_gas_price(reply("\"1000\""))), 1000U);
  EXPECT_EQ(value_of(answer::reference_gas_price(reply("1000"))), 1000U);
}

TEST(Answers, NumbersAreRefusedWhereTheyAreNone) {
  for (const char* number : {"-1", "\"-1\"", "1.5", "1e3", "\"1e3\"", "\"01\"", "\"+1\"", "\"\"", "\" 1\"", "null",
                             "true", "18446744073709551616", "\"18446744073709551616\""})
    EXPECT_EQ(fault_of(answer::reference_gas_price(reply(number))).substr(0, 7), "/result") << number;
}

TEST(Answers, SayWhereTheyAreWrong) {
  EXPECT_EQ(fault_of(answer::coins(reply(page_json(coin_json("1", "\"5\"") + "," + coin_json("1", "\"x\""))))),
            "/result/data/1/balance: expected a whole number of 64 bits, as a number or a decimal string");
  EXPECT_EQ(fault_of(answer::coins(reply(R"({"nextCursor":null,"hasNextPage":false})"))), "/result/data: missing");
  EXPECT_EQ(fault_of(answer::checkpoint(reply("[]"))), "/result: expected an object, got an array");
  EXPECT_EQ(fault_of(answer::checkpoint(R"({"jsonrpc":"2.0","id":2,"result":{}})")), "/id: 2 is outside 1..1");
  EXPECT_EQ(fault_of(answer::checkpoint(R"({"jsonrpc":"1.0","id":1,"result":{}})")), "/jsonrpc: expected 2.0");
}

TEST(Answers, AreBounded) {
  const std::string large = reply("\"" + std::string(kMostAnswerBytes, '1') + "\"");
  EXPECT_NE(fault_of(answer::chain_identifier(large)), "");
  std::string many = coin_json("1", "\"5\"");
  for (int i = 0; i < 1000; ++i) many += "," + coin_json("1", "\"5\"");
  EXPECT_EQ(fault_of(answer::coins(reply(page_json(many)))), "/result/data: more than 1000 elements");
}

TEST(Answers, ThatAreNoJsonAreRefused) {
  for (const char* body :
       {"", "<html>busy</html>", "{}", "null", R"({"jsonrpc":"2.0","id":1})", "{\"jsonrpc\":\"2.0\""})
    EXPECT_NE(fault_of(answer::chain_identifier(body)), "") << body;
}

TEST(Answers, RefusalsAreNoErrors) {
  const auto no = answer::chain_identifier(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no such"}})");
  ASSERT_TRUE(no);
  EXPECT_EQ(std::get<Refusal>(*no).code, -32602);
  EXPECT_EQ(std::get<Refusal>(*no).message, "no such");
}

TEST(Answers, RefusalsThatPassAreTold) {
  EXPECT_TRUE(is_passing({-32050, "Transaction timed out before reaching finality"}));
  EXPECT_FALSE(is_passing({-32002, "Transaction execution failed due to issues with transaction inputs"}));
  EXPECT_TRUE(is_unknown_transaction({-32602, "Could not find the referenced transaction [TransactionDigest(x)]"}));
  EXPECT_TRUE(is_unknown_transaction({-32003, ""}));
  EXPECT_FALSE(is_unknown_transaction({-32602, "Deserialization error"}));
}

TEST(Answers, CoinsOfAnotherKindAreRefused) {
  std::string other = coin_json("1", "\"5\"");
  other.replace(other.find("iota::IOTA"), 10, "usdt::USDT");
  EXPECT_EQ(fault_of(answer::coins(reply(page_json(other)))), "/result/data/0/coinType: expected 0x2::iota::IOTA");
}

TEST(Answers, EffectsAreRead) {
  const auto read = answer::transaction(reply(executed_json(kDigest)));
  const Executed& executed = value_of(read);
  EXPECT_EQ(to_base58(executed.digest), kDigest);
  EXPECT_EQ(executed.checkpoint, 1234U);
  EXPECT_EQ(executed.timestamp_ms, 1747000000000U);
  ASSERT_TRUE(executed.effects);
  EXPECT_EQ(executed.effects->outcome, Outcome::Success);
  EXPECT_EQ(executed.effects->epoch, 7U);
  EXPECT_EQ(executed.effects->gas, (GasUsed{1'000'000, 1'960'800, 980'400, 0}));
  EXPECT_EQ(to_text(executed.effects->gas_coin.id), id_text('a'));
  EXPECT_EQ(executed.effects->gas_coin.version, 9U);
  EXPECT_EQ(executed.effects->mutated.size(), 1U);
  EXPECT_EQ(executed.effects->deleted.size(), 1U);
  EXPECT_TRUE(executed.effects->created.empty());
}

TEST(Answers, OnlyChangesOfTheIotaCoinAndOfAddressesCount) {
  const auto read = answer::transaction(reply(executed_json(kDigest)));
  const auto& changes = *value_of(read).changes;
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].nanos, -1'980'900);
  const auto deposit = deposit_to(*parse_address(id_text('d')), value_of(read));
  ASSERT_TRUE(deposit);
  EXPECT_EQ(deposit->nanos, 500U);
  EXPECT_EQ(deposit->payers, std::vector{*parse_address(id_text('b'))});
}

TEST(Answers, FailuresAreRead) {
  const std::string effects = effects_json(kDigest, R"({"status":"failure","error":"InsufficientGas"})");
  const auto read = answer::transaction(reply(R"({"digest":")" + kDigest + R"(","effects":)" + effects + "}"));
  EXPECT_EQ(value_of(read).effects->outcome, Outcome::Failure);
  EXPECT_EQ(value_of(read).effects->error, "InsufficientGas");
  EXPECT_FALSE(value_of(read).checkpoint);
  EXPECT_FALSE(value_of(read).changes);
  const std::string odd = effects_json(kDigest, R"({"status":"maybe"})");
  EXPECT_EQ(fault_of(answer::transaction(reply(R"({"digest":")" + kDigest + R"(","effects":)" + odd + "}"))),
            "/result/effects/status/status: expected success or failure");
}

TEST(Answers, EffectsOfAnotherTransactionAreRefused) {
  const std::string other = std::string(31, '1') + "3";
  EXPECT_EQ(
      fault_of(answer::transaction(reply(R"({"digest":")" + kDigest + R"(","effects":)" + effects_json(other) + "}"))),
      "/result/effects: are of another transaction");
}

TEST(Answers, PagesOfTransactionsHoldEffectsAndChanges) {
  const auto read = answer::transactions(reply(page_json(listed_json(kDigest), "true", "\"" + kDigest + "\"")));
  ASSERT_EQ(value_of(read).transactions.size(), 1U);
  EXPECT_EQ(value_of(read).transactions[0].sender, parse_address(id_text('b')).value());
  EXPECT_EQ(value_of(read).last, kDigest);
  EXPECT_TRUE(value_of(read).has_more);
  EXPECT_EQ(fault_of(answer::transactions(reply(page_json(R"({"digest":")" + kDigest + R"("})")))),
            "/result/data/0/effects: missing");
  EXPECT_EQ(fault_of(answer::transactions(reply(page_json(executed_json(kDigest))))),
            "/result/data/0/transaction: missing")
      << "whose it is says whether it is a deposit";
}

TEST(Answers, ObjectsMayBeGone) {
  const auto gone = answer::object(reply(R"({"error":{"code":"notExists","object_id":"0x1"}})"));
  EXPECT_FALSE(value_of(gone));
  const auto there = answer::object(reply(R"({"data":{"objectId":")" + id_text('a') + R"(","version":"9","digest":")" +
                                          kDigest + R"(","owner":{"AddressOwner":")" + id_text('b') +
                                          R"("},"previousTransaction":")" + kDigest + R"("}})"));
  ASSERT_TRUE(value_of(there));
  EXPECT_EQ(value_of(there)->ref.version, 9U);
  EXPECT_EQ(to_text(*value_of(there)->owner), id_text('b'));
  EXPECT_NE(fault_of(answer::object(reply(R"({"error":{"code":"unknown"}})"))), "");
}

TEST(Answers, StatesOfTheSystemAreRead) {
  for (const std::string version : {"V1", "V2"}) {
    const auto state = answer::system_state(
        reply("{\"" + version +
              R"(":{"epoch":"77","protocolVersion":"12","referenceGasPrice":"1000",)"
              R"("epochStartTimestampMs":"1747000000000","epochDurationMs":"86400000","activeValidators":[{}]}})"));
    EXPECT_EQ(value_of(state).epoch, 77U);
    EXPECT_EQ(value_of(state).reference_gas_price, 1000U);
    EXPECT_EQ(value_of(state).epoch_duration_ms, 86'400'000U);
  }
  EXPECT_EQ(fault_of(answer::system_state(reply("{}"))), "/result/V2: missing");
  const auto checkpoint = answer::checkpoint(
      reply(R"({"epoch":"77","sequenceNumber":"5","timestampMs":"9","digest":")" + kDigest + R"("})"));
  EXPECT_EQ(value_of(checkpoint).number, 5U);
  EXPECT_EQ(value_of(checkpoint).digest, *digest_from_base58(kDigest));
  const auto balance =
      answer::balance(reply(R"({"coinType":"0x2::iota::IOTA","coinObjectCount":3,"totalBalance":"12"})"));
  EXPECT_EQ(value_of(balance).nanos, 12U);
  EXPECT_EQ(value_of(balance).coins, 3U);
}

TEST(Answers, ASumOfOneOwnerTwiceIsRefused) {
  std::string twice = executed_json(kDigest);
  const std::size_t at = twice.find(id_text('d'));
  twice.replace(at, 66, id_text('b'));
  EXPECT_EQ(fault_of(answer::transaction(reply(twice))),
            "/result/balanceChanges/1/owner: stands in two changes of one coin");
}

}  // namespace
}  // namespace balans::iota
