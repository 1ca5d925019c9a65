#include "api/ledger/iota/coin_queue.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/builder.hpp"
#include "tests/api/iota/wallet.hpp"

namespace balans::iota {
namespace {

using namespace test;

constexpr std::uint64_t kIota = 1'000'000'000;

std::vector<std::uint8_t> numbers_of(const Choice& choice) {
  std::vector<std::uint8_t> numbers;
  for (const Coin& each : std::get<Chosen>(choice).coins) numbers.push_back(each.ref.id.bytes[0]);
  return numbers;
}

/// Pays `nanos` with these coins as gas payment, signed by key 1.
SignedTransaction payment(std::vector<ObjectRef> coins, std::uint64_t nanos,
                          std::optional<std::uint64_t> last_epoch = {}) {
  const auto mine = key(1);
  Transaction transaction = transaction_with(*pay(std::vector<Payment>{{somebody(9), nanos}}));
  transaction.sender = transaction.gas.owner = address_of(mine->public_key());
  transaction.gas.payment = std::move(coins);
  transaction.last_epoch = last_epoch;
  return *sign(transaction, *mine);
}

Effects effects_of(const SignedTransaction& transaction, ObjectRef gas_coin, std::vector<ObjectRef> deleted = {}) {
  Effects effects;
  effects.transaction = transaction.digest;
  effects.outcome = Outcome::Success;
  effects.gas = {1'000, 500, 300, 0};
  effects.gas_coin = gas_coin;
  effects.mutated = {gas_coin};
  effects.deleted = std::move(deleted);
  return effects;
}

CoinQueue with_coins(const std::vector<Coin>& coins) {
  CoinQueue queue;
  EXPECT_TRUE(queue.refresh(coins));
  return queue;
}

TEST(CoinQueue, TakesTheSmallestCoinThatSuffices) {
  const CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 2 * kIota), coin(3, 9 * kIota)});
  EXPECT_EQ(numbers_of(queue.choose(kIota)), (std::vector<std::uint8_t>{2}));
  EXPECT_EQ(numbers_of(queue.choose(2 * kIota)), (std::vector<std::uint8_t>{2}));
  EXPECT_EQ(numbers_of(queue.choose(2 * kIota + 1)), (std::vector<std::uint8_t>{1}));
}

TEST(CoinQueue, TakesTheLargestCoinsWhereNoneSuffices) {
  const CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 2 * kIota), coin(3, 9 * kIota)});
  EXPECT_EQ(numbers_of(queue.choose(14 * kIota)), (std::vector<std::uint8_t>{3, 1}));
  EXPECT_EQ(numbers_of(queue.choose(16 * kIota)), (std::vector<std::uint8_t>{3, 1, 2}));
  EXPECT_EQ(std::get<Short>(queue.choose(17 * kIota)).nanos, 16 * kIota);
}

TEST(CoinQueue, MergesDustAlong) {
  const CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 7), coin(3, 2 * kIota), coin(4, 9)});
  EXPECT_EQ(numbers_of(queue.choose(kIota)), (std::vector<std::uint8_t>{3, 2, 4}));
}

TEST(CoinQueue, MergesOnlySoMuchDustAtOnce) {
  std::vector<Coin> coins{coin(255, 5 * kIota)};
  for (std::uint8_t i = 1; i <= 40; ++i) coins.push_back(coin(i, i));
  EXPECT_EQ(numbers_of(with_coins(coins).choose(kIota)).size(), 33U);
}

TEST(CoinQueue, NeverTakesMoreCoinsThanATransactionMayHave) {
  std::vector<Coin> coins;
  for (int i = 0; i < 300; ++i) {
    Coin each = coin(1, kIota);
    each.ref.id.bytes[5] = static_cast<std::uint8_t>(i);
    each.ref.id.bytes[6] = static_cast<std::uint8_t>(i >> 8);
    coins.push_back(each);
  }
  const CoinQueue queue = with_coins(coins);
  EXPECT_EQ(numbers_of(queue.choose(256 * kIota)).size(), 256U);
  EXPECT_FALSE(std::holds_alternative<Chosen>(queue.choose(257 * kIota)));
}

TEST(CoinQueue, NeverOffersACoinThatIsInFlight) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 6 * kIota)});
  const SignedTransaction first = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(first));
  EXPECT_EQ(numbers_of(queue.choose(kIota)), (std::vector<std::uint8_t>{2}));
  EXPECT_TRUE(std::holds_alternative<Busy>(queue.choose(7 * kIota)));
  EXPECT_TRUE(std::holds_alternative<Short>(queue.choose(12 * kIota)));
  EXPECT_EQ(queue.free_nanos(), 6 * kIota);
}

TEST(CoinQueue, RefusesToEquivocate) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 6 * kIota)});
  ASSERT_TRUE(queue.hold(payment({coin_ref(1)}, kIota)));
  const auto refused = queue.hold(payment({coin_ref(2), coin_ref(1)}, kIota));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("is held by transaction"), std::string::npos);
  EXPECT_EQ(queue.free_nanos(), 6 * kIota) << "what was refused holds nothing";
  EXPECT_EQ(queue.all_in_flight().size(), 1U);
}

TEST(CoinQueue, HoldsWhatIsNoGasCoinToo) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 6 * kIota)});
  const auto mine = key(1);
  Transaction merge = transaction_with(*merge_into_gas(std::vector{coin_ref(2)}));
  merge.sender = merge.gas.owner = address_of(mine->public_key());
  merge.gas.payment = {coin_ref(1)};
  ASSERT_TRUE(queue.hold(*sign(merge, *mine)));
  EXPECT_EQ(queue.free_nanos(), 0U);
  EXPECT_FALSE(queue.hold(payment({coin_ref(2)}, kIota)));
}

TEST(CoinQueue, HandsOverTheSameBytesAgain) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  const SignedTransaction signed_once = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(signed_once));
  EXPECT_TRUE(queue.hold(signed_once)) << "again is no other";
  ASSERT_NE(queue.in_flight(signed_once.digest), nullptr);
  EXPECT_EQ(*queue.in_flight(signed_once.digest), signed_once);
  SignedTransaction forged = payment({coin_ref(1)}, kIota + 1);
  forged.digest = signed_once.digest;
  EXPECT_FALSE(queue.hold(forged));
}

TEST(CoinQueue, TakesEffectsOver) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 7)});
  const SignedTransaction transaction = payment({coin_ref(1), coin_ref(2)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  ASSERT_TRUE(queue.settle(effects_of(transaction, coin_ref(1, 9), {coin_ref(2, 9)})));
  EXPECT_EQ(queue.free_nanos(), 5 * kIota + 7 - kIota - 1'200);
  EXPECT_EQ(std::get<Chosen>(queue.choose(1)).coins.front().ref, coin_ref(1, 9));
  EXPECT_EQ(queue.in_flight(transaction.digest), nullptr);
  EXPECT_FALSE(queue.settle(effects_of(transaction, coin_ref(1, 9)))) << "only once";
}

TEST(CoinQueue, AFailureCostsGasAndPaysNothing) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  Effects effects = effects_of(transaction, coin_ref(1, 9));
  effects.outcome = Outcome::Failure;
  ASSERT_TRUE(queue.settle(effects));
  EXPECT_EQ(queue.free_nanos(), 5 * kIota - 1'200);
}

TEST(CoinQueue, EffectsOfAnotherGasCoinAreRefused) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  EXPECT_FALSE(queue.settle(effects_of(transaction, coin_ref(2, 9))));
  EXPECT_NE(queue.in_flight(transaction.digest), nullptr);
}

TEST(CoinQueue, BelievesNoNodeThatLagsBehind) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota), coin(2, 7)});
  const SignedTransaction transaction = payment({coin_ref(1), coin_ref(2)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  ASSERT_TRUE(queue.settle(effects_of(transaction, coin_ref(1, 9), {coin_ref(2, 9)})));
  const std::uint64_t before = queue.free_nanos();
  ASSERT_TRUE(queue.refresh({coin(1, 5 * kIota), coin(2, 7)}));
  EXPECT_EQ(queue.free_nanos(), before);
  EXPECT_FALSE(queue.hold(payment({coin_ref(1)}, kIota))) << "an older version than is known";
  EXPECT_FALSE(queue.hold(payment({coin_ref(2)}, kIota))) << "gone";
}

TEST(CoinQueue, WhatIsInFlightStaysAsItIsWhateverIsListed) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  ASSERT_TRUE(queue.refresh({coin(1, 4 * kIota, 9)}));
  EXPECT_EQ(queue.free_nanos(), 0U) << "its effects are not known yet";
  ASSERT_TRUE(queue.refresh({}));
  ASSERT_TRUE(queue.settle(effects_of(transaction, coin_ref(1, 9))));
  EXPECT_EQ(queue.free_nanos(), 4 * kIota - 1'200);
}

TEST(CoinQueue, TakesOverWhatOthersHaveSentOrSpent) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  ASSERT_TRUE(queue.refresh({coin(2, 3), coin(1, 6 * kIota, 8)}));
  EXPECT_EQ(queue.free_nanos(), 6 * kIota + 3);
  ASSERT_TRUE(queue.refresh({coin(2, 3)}));
  EXPECT_EQ(queue.free_nanos(), 3U);
  ASSERT_TRUE(queue.refresh({coin(2, 3), coin(1, 5 * kIota, 7)}));
  EXPECT_EQ(queue.free_nanos(), 3U) << "older than it was known";
  ASSERT_TRUE(queue.refresh({coin(2, 3), coin(1, 6 * kIota, 8)}));
  EXPECT_EQ(queue.free_nanos(), 6 * kIota + 3) << "it was the node that lagged behind";
  ASSERT_TRUE(queue.refresh({coin(2, 3), coin(1, kIota, 20)}));
  EXPECT_EQ(queue.free_nanos(), kIota + 3);
}

TEST(CoinQueue, AfterARestartHoldsFirstAndLearnsBalancesThen) {
  CoinQueue queue;
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  EXPECT_TRUE(std::holds_alternative<Busy>(queue.choose(kIota)));
  ASSERT_TRUE(queue.refresh({coin(1, 5 * kIota)}));
  EXPECT_EQ(queue.free_nanos(), 0U);
  ASSERT_TRUE(queue.settle(effects_of(transaction, coin_ref(1, 9))));
  EXPECT_EQ(queue.free_nanos(), 4 * kIota - 1'200);
}

TEST(CoinQueue, WaitsForANodeWhereItCannotTellABalance) {
  CoinQueue queue;
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  ASSERT_TRUE(queue.settle(effects_of(transaction, coin_ref(1, 9))));
  EXPECT_TRUE(std::holds_alternative<Busy>(queue.choose(1)));
  ASSERT_TRUE(queue.refresh({coin(1, 7, 9)}));
  EXPECT_EQ(queue.free_nanos(), 7U);
}

TEST(CoinQueue, FreesWhatExpiredOnlyAfterItsLastEpoch) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota, 41);
  ASSERT_TRUE(queue.hold(transaction));
  EXPECT_FALSE(queue.expire(transaction.digest, 40));
  EXPECT_FALSE(queue.expire(transaction.digest, 41));
  EXPECT_EQ(queue.free_nanos(), 0U);
  ASSERT_TRUE(queue.expire(transaction.digest, 42));
  EXPECT_EQ(queue.free_nanos(), 5 * kIota);
  EXPECT_TRUE(queue.hold(payment({coin_ref(1)}, 2 * kIota)));
}

TEST(CoinQueue, WhatNeverExpiresIsNeverFreed) {
  CoinQueue queue = with_coins({coin(1, 5 * kIota)});
  const SignedTransaction transaction = payment({coin_ref(1)}, kIota);
  ASSERT_TRUE(queue.hold(transaction));
  EXPECT_FALSE(queue.expire(transaction.digest, ~0ULL));
}

TEST(CoinQueue, KeepsOnlySoManyCoins) {
  CoinQueue queue;
  EXPECT_FALSE(queue.refresh(std::vector<Coin>(CoinQueue::kMostCoins + 1)));
}

}  // namespace
}  // namespace balans::iota
