#include "api/ledger/iota/transaction.hpp"

#include <gtest/gtest.h>

#include <random>

#include "api/ledger/iota/builder.hpp"
#include "api/ledger/iota/effects.hpp"
#include "api/ledger/iota/gas.hpp"
#include "api/ledger/iota/gas_coin_use.hpp"
#include "api/ledger/iota/signing.hpp"
#include "common/crypto/base64.hpp"
#include "tests/api/iota/wallet.hpp"

namespace balans::iota {
namespace {

using namespace test;

TEST(Builder, PaysOneTo256AndNoMore) {
  EXPECT_FALSE(pay({}));
  EXPECT_TRUE(pay(std::vector<Payment>(1, {somebody(1), 5})));
  EXPECT_TRUE(check(transaction_with(*pay(std::vector<Payment>(256, {somebody(1), 5})))));
  EXPECT_FALSE(pay(std::vector<Payment>(257, {somebody(1), 5})));
}

TEST(Builder, MergesCoinsIntoTheGasCoin) {
  EXPECT_FALSE(merge_into_gas({}));
  const auto body = merge_into_gas(std::vector{coin_ref(1), coin_ref(2)});
  ASSERT_TRUE(body);
  EXPECT_TRUE(check(transaction_with(*body)));
  EXPECT_EQ(std::get<MergeCoins>(body->commands.front()).sources.size(), 2U);
}

/// A transaction with everything in it that we can write.
Transaction with_everything() {
  Builder builder;
  const Argument coin = builder.object(Owned{coin_ref(1)});
  const Argument shared = builder.object(Shared{well_known_object(6), 1, Access::Read});
  const Argument received = builder.object(Receiving{coin_ref(2)});
  const auto parts = builder.split(GasCoin{}, {builder.pure_u64(1), builder.pure_u64(2)});
  builder.merge(coin, {parts[0], received});
  const Argument list = builder.make_vector(*parse_type_tag("0x2::coin::Coin<0x2::iota::IOTA>"), {parts[1]});
  const Argument result = builder.call(
      {well_known_object(3), "module_name", "call_it", {*parse_type_tag("vector<u8>"), iota_coin()}, {shared, list}});
  builder.transfer({result, coin}, builder.pure_address(somebody(9)));
  Transaction transaction = transaction_with(builder.take());
  transaction.last_epoch = 77;
  return transaction;
}

TEST(Transactions, AreReadBackWithAllThatTheyHold) {
  const Transaction transaction = with_everything();
  ASSERT_TRUE(check(transaction)) << check(transaction).error().message();
  const auto read = decode_transaction(encode(transaction));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, transaction);
}

TEST(Transactions, OfRandomBytesAreRefusedOrWrittenTheSameAgain) {
  constexpr unsigned kSeed = 4218;
  std::mt19937 random(kSeed);
  const std::string good = encode(with_everything());
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (int changes = static_cast<int>(random() % 3); changes >= 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    const auto transaction = decode_transaction(bytes);
    if (!transaction) continue;
    ++read;
    ASSERT_EQ(encode(*transaction), bytes) << "seed " << kSeed << ", try " << i;
  }
  EXPECT_GT(read, 1000);
}

/// The message of `check`; empty where it has none.
template <class Change>
std::string fault_of(Change&& change) {
  Transaction transaction = with_everything();
  change(transaction);
  const auto sound = check(transaction);
  return sound ? "" : sound.error().message();
}

TEST(Transactions, AreCheckedAgainstTheLimitsOfTheProtocol) {
  EXPECT_EQ(fault_of([](Transaction&) {}), "");
  EXPECT_EQ(fault_of([](Transaction& t) { t.body.commands.clear(); }), "transaction, commands: there are none");
  EXPECT_EQ(fault_of([](Transaction& t) { t.body.inputs[3] = Pure{std::string(16'385, 'x')}; }),
            "transaction, input 3: bytes: 16385, at most 16384 are allowed");
  EXPECT_EQ(fault_of([](Transaction& t) { t.gas.payment.push_back(t.gas.payment.front()); }),
            "transaction, gas payment: " + to_text(coin_ref(100).id) + " is used twice");
  EXPECT_EQ(fault_of([](Transaction& t) { t.body.inputs.push_back(Owned{t.gas.payment.front()}); }),
            "transaction, input 6: " + to_text(coin_ref(100).id) + " is used twice");
  EXPECT_EQ(fault_of([](Transaction& t) { std::get<MoveCall>(t.body.commands[3]).function = "no function"; }),
            "transaction, command 3: module or function is no name of Move");
  EXPECT_EQ(fault_of([](Transaction& t) { std::get<MoveCall>(t.body.commands[3]).arguments = {FromCommand{3}}; }),
            "transaction, command 3: an argument is no input and no result of an earlier command");
  EXPECT_EQ(fault_of([](Transaction& t) { std::get<SplitCoins>(t.body.commands[0]).amounts = {FromInput{6}}; }),
            "transaction, command 0: an argument is no input and no result of an earlier command");
  EXPECT_EQ(fault_of([](Transaction& t) { std::get<SplitCoins>(t.body.commands[0]).amounts.clear(); }),
            "transaction, command 0: no arguments");
  EXPECT_EQ(
      fault_of([](Transaction& t) { std::get<MergeCoins>(t.body.commands[1]).sources.assign(513, FromInput{0}); }),
      "transaction, command 1: arguments: 513, at most 512 are allowed");
  EXPECT_NE(fault_of([](Transaction& t) { t.body.commands.resize(1025, t.body.commands.back()); }), "");
}

TEST(Transactions, ThatPublishCodeAreRefused) {
  std::string bytes = encode(transaction_with({{}, {MakeVector{{}, {GasCoin{}}}}}));
  ASSERT_TRUE(decode_transaction(bytes));
  ASSERT_EQ(bytes[4], '\x05');  // version, kind, no inputs, one command
  bytes[4] = '\x04';
  EXPECT_EQ(decode_transaction(bytes).error().message(),
            "transaction, byte 5: command 4 publishes code, which is not supported");
}

TEST(Signing, WantsTheKeysOfSenderAndGasOwner) {
  const auto mine = key(1), other = key(2);
  Transaction transaction = transaction_with(*pay(std::vector<Payment>{{somebody(1), 5}}));
  transaction.sender = transaction.gas.owner = address_of(mine->public_key());
  EXPECT_TRUE(sign(transaction, *mine));
  EXPECT_FALSE(sign(transaction, *other));
  EXPECT_FALSE(sign_sponsored(transaction, *mine, *other));
  transaction.gas.owner = address_of(other->public_key());
  EXPECT_FALSE(sign(transaction, *mine));
  const auto sponsored = sign_sponsored(transaction, *mine, *other);
  ASSERT_TRUE(sponsored);
  EXPECT_EQ(*verify_transaction(sponsored->bytes, sponsored->signatures[1]), transaction.gas.owner);
}

TEST(Signing, WantsAGasCoin) {
  const auto mine = key(1);
  Transaction transaction = transaction_with(*pay(std::vector<Payment>{{somebody(1), 5}}));
  transaction.sender = transaction.gas.owner = address_of(mine->public_key());
  transaction.gas.payment.clear();
  EXPECT_FALSE(sign(transaction, *mine));
}

TEST(GasCoinUse, IsTheSumOfWhatIsSplitOff) {
  EXPECT_EQ(split_off_gas_coin(*pay(std::vector<Payment>{{somebody(1), 5}, {somebody(2), 7}})), 12U);
  EXPECT_EQ(split_off_gas_coin(*pay_from(coin_ref(1), std::vector<Payment>{{somebody(1), 5}})), 0U);
  EXPECT_EQ(split_off_gas_coin(*merge_into_gas(std::vector{coin_ref(1)})), std::nullopt);
  const std::uint64_t half = 1ULL << 63;
  EXPECT_EQ(split_off_gas_coin(*pay(std::vector<Payment>{{somebody(1), half}, {somebody(2), half}})), std::nullopt);
}

TEST(GasBudget, IsTheDryRunWithAnOverheadAndAllStorage) {
  EXPECT_EQ(*budget_of({1'000'000, 1'960'800, 980'400, 0}, 1'000), 1'000'000U + 1'000'000U + 1'960'800U);
  EXPECT_EQ(*budget_of({1, 0, 5'000, 0}, 0), 1U);
  EXPECT_EQ(*budget_of({kMostBudget - 1'000'000, 0, 0, 0}, 1'000), kMostBudget);
  EXPECT_FALSE(budget_of({kMostBudget, 0, 0, 0}, 1'000));
  EXPECT_FALSE(budget_of({~0ULL, ~0ULL, 0, 0}, ~0ULL));
}

TEST(GasBudget, IsNeverBelowWhatTheOfficialSdkTakes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    const GasUsed used{random() % 10'000'000, random() % 10'000'000, random() % 10'000'000, 0};
    const std::int64_t price = 1'000, base = static_cast<std::int64_t>(used.computation) + 1'000 * price;
    const std::int64_t net = base + static_cast<std::int64_t>(used.storage) - static_cast<std::int64_t>(used.rebate);
    EXPECT_GE(static_cast<std::int64_t>(*budget_of(used, 1'000)), std::max(base, net));
  }
}

TEST(GasCharged, MayBeBelowZero) {
  EXPECT_EQ(*charged({10, 5, 3, 0}), 12);
  EXPECT_EQ(*charged({10, 5, 300, 0}), -285);
  EXPECT_FALSE(charged({~0ULL, ~0ULL, 0, 0}));
}

Executed paid_to(const Address& own, std::int64_t nanos) {
  Executed executed;
  executed.effects = Effects{};
  executed.effects->outcome = Outcome::Success;
  executed.changes = {{{somebody(5), -nanos - 3}, {own, nanos}}};
  executed.checkpoint = 12;
  return executed;
}

TEST(Deposits, AreFinalSuccessfulAndMoreThanBefore) {
  const Address own = somebody(1);
  const auto deposit = deposit_to(own, paid_to(own, 500));
  ASSERT_TRUE(deposit);
  EXPECT_EQ(deposit->nanos, 500U);
  EXPECT_EQ(deposit->checkpoint, 12U);
  EXPECT_EQ(deposit->payers, std::vector{somebody(5)});
  EXPECT_FALSE(deposit_to(somebody(2), paid_to(own, 500)));
  EXPECT_FALSE(deposit_to(own, paid_to(own, -2)));
  for (const auto spoil : std::vector<void (*)(Executed&)>{
           [](Executed& e) { e.checkpoint.reset(); }, [](Executed& e) { e.changes.reset(); },
           [](Executed& e) { e.effects.reset(); }, [](Executed& e) { e.effects->outcome = Outcome::Failure; }}) {
    Executed executed = paid_to(own, 500);
    spoil(executed);
    EXPECT_FALSE(deposit_to(own, executed));
  }
}

}  // namespace
}  // namespace balans::iota
