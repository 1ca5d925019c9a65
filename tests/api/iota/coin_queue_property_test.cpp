// A wallet on a chain of its own: random payments, lost answers, nodes that lag behind, restarts, epochs that end. No
// version of a coin is ever signed for twice while both could be executed, and nothing is lost.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "api/ledger/iota/builder.hpp"
#include "api/ledger/iota/coin_queue.hpp"
#include "tests/api/iota/wallet.hpp"
#include "tests/support/environment.hpp"

namespace balans::iota {
namespace {

using namespace test;

constexpr std::uint64_t kBudget = 5'000;

/// What the network would do with payments.
class Chain {
 public:
  /// A coin that was not there before.
  void fund(std::uint64_t nanos) {
    Coin coin{{{}, ++version_, {}}, nanos};
    for (std::size_t i = 0; i < 8; ++i)
      coin.ref.id.bytes[i] = static_cast<std::uint8_t>(version_ * 0x9e3779b9 >> (4 * i));
    coins_[coin.ref.id] = coin;
    history_.push_back(coins_);
  }
  void next_epoch() { ++epoch_, locks_.clear(); }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  /// What a node lists that is so many changes behind.
  [[nodiscard]] std::vector<Coin> listed(std::size_t behind) const {
    std::vector<Coin> coins;
    for (const auto& [id, coin] : history_[history_.size() - 1 - std::min(behind, history_.size() - 1)])
      coins.push_back(coin);
    return coins;
  }

  /// A validator locks each version for the first transaction that it sees: a second one is what must never happen.
  void submit(const SignedTransaction& transaction) {
    const Transaction decoded = *decode_transaction(transaction.bytes);
    if (executed_.contains(transaction.digest.bytes) || epoch_ > decoded.last_epoch.value_or(~0ULL)) return;
    for (const ObjectRef& ref : decoded.gas.payment)
      if (const auto known = coins_.find(ref.id); known == coins_.end() || known->second.ref != ref) {
        ++refused_;
        return;
      }
    for (const ObjectRef& ref : decoded.gas.payment) {
      const auto [lock, is_new] = locks_.try_emplace({ref.id, ref.version}, transaction.digest.bytes);
      ASSERT_EQ(lock->second, transaction.digest.bytes) << "equivocated";
    }
    execute(decoded, transaction.digest);
  }
  /// For using a version that is not there any more: it costs time, but locks nothing.
  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] const Effects* find(const Digest& digest) const {
    const auto found = executed_.find(digest.bytes);
    return found == executed_.end() ? nullptr : &found->second;
  }

 private:
  void execute(const Transaction& transaction, const Digest& digest) {
    const auto amount = bytes_to_amount(std::get<Pure>(transaction.body.inputs.front()).bytes);
    Effects effects;
    effects.transaction = digest;
    effects.outcome = digest.bytes[0] % 8 == 0 ? Outcome::Failure : Outcome::Success;
    effects.gas = {1'000, 700, 900 * transaction.gas.payment.size(), 0};
    ++version_;
    Coin gas = coins_.at(transaction.gas.payment.front().id);
    gas.nanos = 0;
    for (const ObjectRef& ref : transaction.gas.payment) {
      gas.nanos += coins_.at(ref.id).nanos;
      if (ref.id != gas.ref.id) effects.deleted.push_back({ref.id, version_, {}});
      coins_.erase(ref.id);
    }
    gas.nanos += effects.gas.rebate - effects.gas.computation - effects.gas.storage;
    if (effects.outcome == Outcome::Success) gas.nanos -= amount;
    gas.ref.version = version_;
    gas.ref.digest = digest;
    coins_[gas.ref.id] = gas;
    history_.push_back(coins_);
    effects.gas_coin = gas.ref;
    effects.mutated = {gas.ref};
    executed_[digest.bytes] = effects;
  }
  static std::uint64_t bytes_to_amount(const std::string& bytes) {
    std::uint64_t amount = 0;
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte)
      amount = amount << 8 | static_cast<unsigned char>(*byte);
    return amount;
  }

  std::map<ObjectId, Coin> coins_;
  std::vector<std::map<ObjectId, Coin>> history_;
  std::map<std::pair<ObjectId, std::uint64_t>, Bytes32> locks_;
  std::map<Bytes32, Effects> executed_;
  std::uint64_t version_ = 1'000, epoch_ = 1;
  int refused_ = 0;
};

enum class Life : std::uint8_t { Uninterrupted, WithRestarts };

class Wallet {
 public:
  Wallet(unsigned seed, Chain& chain, Life life) : random_(seed), chain_(chain), life_(life) { refresh(0); }

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
        return pay_somebody();
      case 2:
        return hand_over_again();
      case 3:
        return look_up();
      case 4:
        return refresh(random_() % 4);
      case 5:
        if (life_ == Life::WithRestarts) restart();
        return;
      case 6:
        if (random_() % 10 == 0) chain_.next_epoch();
        return;
      default:
        chain_.fund(1 + random_() % 40'000'000);
    }
  }

  /// Everything is settled, and balances are the chain's.
  void come_to_rest() {
    for (const auto& [digest, transaction] : stored_) chain_.submit(transaction);
    look_up();
    chain_.next_epoch(), chain_.next_epoch(), chain_.next_epoch(), chain_.next_epoch();
    look_up();
    refresh(0);
    std::uint64_t sum = 0;
    for (const Coin& each : chain_.listed(0)) sum += each.nanos;
    EXPECT_EQ(queue_.free_nanos(), sum);
    EXPECT_TRUE(queue_.all_in_flight().empty());
  }
  [[nodiscard]] int paid() const { return paid_; }

 private:
  void pay_somebody() {
    const std::uint64_t nanos = 1 + random_() % 30'000'000;
    const Choice choice = queue_.choose(nanos + kBudget);
    const auto* chosen = std::get_if<Chosen>(&choice);
    if (chosen == nullptr) return;
    Transaction transaction = transaction_with(*pay(std::vector<Payment>{{somebody(9), nanos}}));
    transaction.sender = transaction.gas.owner = address_of(key_->public_key());
    transaction.gas.payment.clear();
    for (const Coin& each : chosen->coins) transaction.gas.payment.push_back(each.ref);
    transaction.last_epoch = chain_.epoch() + random_() % 3;
    const SignedTransaction done = *sign(transaction, *key_);
    ASSERT_TRUE(queue_.hold(done));
    stored_.emplace(done.digest.bytes, done);
    ++paid_;
    if (random_() % 3 != 0) chain_.submit(done);  // else it was lost on its way
  }
  void hand_over_again() {
    for (const Digest& digest : queue_.all_in_flight()) chain_.submit(*queue_.in_flight(digest));
  }
  void look_up() {
    for (const Digest& digest : queue_.all_in_flight()) {
      if (const Effects* effects = chain_.find(digest)) {
        ASSERT_TRUE(queue_.settle(*effects));
        stored_.erase(digest.bytes);
      } else if (queue_.expire(digest, chain_.epoch())) {
        stored_.erase(digest.bytes);
      }
    }
  }
  void refresh(std::size_t behind) { ASSERT_TRUE(queue_.refresh(chain_.listed(behind))); }
  /// Nothing is left but what was stored; a node that is up to date is asked first, as the book of payments demands.
  void restart() {
    queue_ = CoinQueue();
    for (const auto& [digest, transaction] : stored_) ASSERT_TRUE(queue_.hold(transaction));
    look_up();
    refresh(0);
  }

  std::mt19937 random_;
  Chain& chain_;
  Life life_;
  std::unique_ptr<Signer> key_ = key(1);
  CoinQueue queue_;
  std::map<Bytes32, SignedTransaction> stored_;
  int paid_ = 0;
};

void live(Life life) {
  const std::int64_t runs = number_from_environment("BALANS_RUNS", 30);
  int paid = 0;
  for (unsigned seed = 1; seed <= runs && !::testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chain chain;
    chain.fund(400'000'000);
    chain.fund(50'000'000);
    Wallet wallet(seed, chain, life);
    for (int i = 0; i < 300 && !::testing::Test::HasFatalFailure(); ++i) wallet.step();
    wallet.come_to_rest();
    if (life == Life::Uninterrupted) {
      EXPECT_EQ(chain.refused(), 0) << "it remembers what is gone, whatever nodes list";
    }
    paid += wallet.paid();
  }
  EXPECT_GT(paid, runs * 20);
}

TEST(CoinQueueProperty, NeverEquivocatesAndLosesNothing) { live(Life::Uninterrupted); }

/// A node that lags behind may then offer what is gone: the network refuses it, and it expires.
TEST(CoinQueueProperty, NeitherDoesItWhereItIsStartedAgain) { live(Life::WithRestarts); }

}  // namespace
}  // namespace balans::iota
