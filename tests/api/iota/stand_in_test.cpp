// The adapter against a real process that reads its bytes, checks its signatures and makes its digests with the
// official SDK: keys, client and coins, over real connections.
#include <gtest/gtest.h>

#include <map>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/builder.hpp"
#include "api/ledger/iota/client.hpp"
#include "api/ledger/iota/coin_queue.hpp"
#include "api/ledger/iota/gas.hpp"
#include "api/ledger/shell/http_transport.hpp"
#include "tests/api/iota/wallet.hpp"
#include "tests/support/iota_node.hpp"

namespace balans::iota {
namespace {

using namespace test;
using balans::test::IotaNode;

constexpr std::uint64_t kIota = 1'000'000'000;
constexpr std::uint64_t kCoinStorage = 980'400;
constexpr std::uint64_t kMostTried = 400'000'000;  ///< gas of a dry run

class StandIn : public ::testing::Test {
 protected:
  static IotaNode& node() {
    static IotaNode one({"--checkpoint-ms", "0"});
    return one;
  }
  void SetUp() override {
    node().control(R"({"lose_requests":0,"lose_answers":0,"http_503":0,"transient":0,"stall":0,"fail":0,)"
                   R"("delay_checkpoints":0,"lag":0,"down":false,"numbers":false})");
    mine_ = make_ed25519_signer(Bytes32{++made_, 77});
    own_ = address_of(mine_->public_key());
  }
  /// New coins, and the queue knows them.
  void fund(std::initializer_list<std::uint64_t> amounts) {
    for (const std::uint64_t nanos : amounts) node().fund(to_text(own_), nanos);
    refresh();
  }
  void refresh() {
    const auto coins = client_.coins(own_);
    ASSERT_TRUE(coins) << coins.error().message();
    ASSERT_TRUE(queue_.refresh(*coins));
  }
  std::uint64_t balance(const Address& owner) {
    const auto balance = client_.balance(owner);
    EXPECT_TRUE(balance) << balance.error().message();
    return balance ? balance->nanos : 0;
  }
  /// With a budget that a dry run has told.
  Transaction transaction(Programmable body, std::uint64_t spends) {
    const Choice choice = queue_.choose(spends + kMostTried);
    Transaction made{std::move(body), own_, {{}, own_, *client_.reference_gas_price(), kMostTried}, {}};
    if (const auto* chosen = std::get_if<Chosen>(&choice))
      for (const Coin& coin : chosen->coins) made.gas.payment.push_back(coin.ref);
    made.last_epoch = client_.system_state()->epoch + 1;
    const auto tried = client_.dry_run(made);
    EXPECT_TRUE(tried) << tried.error().message();
    if (tried) made.gas.budget = *budget_of(tried->effects.gas, made.gas.price);
    return made;
  }
  SignedTransaction held(const Transaction& made) {
    SignedTransaction done = *sign(made, *mine_);
    EXPECT_TRUE(queue_.hold(done));
    return done;
  }
  Effects executed(const SignedTransaction& done) {
    const auto outcome = client_.execute(done);
    EXPECT_TRUE(outcome) << outcome.error().message();
    if (!outcome || !outcome->effects) return {};
    EXPECT_TRUE(queue_.settle(*outcome->effects));
    return *outcome->effects;
  }
  /// What the queue works out from effects is what the node lists.
  void expect_queue_is_right() { EXPECT_EQ(queue_.free_nanos(), balance(own_)); }

  HttpTransport transport_;
  Client client_{{node().url()}, transport_, [](Millis) {}};
  CoinQueue queue_;
  std::unique_ptr<Signer> mine_;
  Address own_;

 private:
  static inline std::uint8_t made_ = 0;
};

std::vector<Payment> payments(std::size_t count) {
  std::vector<Payment> list;
  for (std::size_t i = 0; i < count; ++i) {
    Address to;
    to.bytes.fill(static_cast<std::uint8_t>(count));
    to.bytes[0] = static_cast<std::uint8_t>(i);
    list.push_back({to, 1'000'000 + i});
  }
  return list;
}

TEST_F(StandIn, SaysWhichChainItIs) {
  EXPECT_EQ(*client_.chain_identifier(), node().chain());
  EXPECT_EQ(*client_.reference_gas_price(), 1000U);
  const auto state = client_.system_state();
  ASSERT_TRUE(state) << state.error().message();
  EXPECT_EQ(state->epoch_duration_ms, 86'400'000U);
  const auto newest = client_.latest_checkpoint();
  ASSERT_TRUE(newest) << newest.error().message();
  EXPECT_EQ(client_.checkpoint(*newest)->epoch, state->epoch);
  EXPECT_FALSE(client_.checkpoint(*newest + 1'000'000));
}

TEST_F(StandIn, TakesAPaymentAndAgreesWithTheQueue) {
  fund({5 * kIota});
  const SignedTransaction done = held(transaction(*pay(std::vector<Payment>{{somebody(150), 2 * kIota}}), 2 * kIota));
  const Effects effects = executed(done);
  EXPECT_EQ(effects.outcome, Outcome::Success) << effects.error;
  EXPECT_EQ(effects.gas, (GasUsed{1'000'000, 2 * kCoinStorage, kCoinStorage, 0}));
  EXPECT_EQ(balance(somebody(150)), 2 * kIota);
  EXPECT_EQ(balance(own_), 3 * kIota - 1'000'000 - kCoinStorage);
  expect_queue_is_right();
  const auto final = client_.transaction(done.digest);
  ASSERT_TRUE(final && *final) << "it is known";
  EXPECT_TRUE((*final)->checkpoint);
}

TEST_F(StandIn, PaysAHundredAndTheMost) {
  fund({50 * kIota});
  for (const std::size_t count : {std::size_t{100}, kMostPayments}) {
    const std::vector<Payment> list = payments(count);
    const Effects effects = executed(held(transaction(*pay(list), kIota)));
    ASSERT_EQ(effects.outcome, Outcome::Success) << effects.error;
    EXPECT_EQ(effects.created.size(), count);
    for (const Payment& payment : list) EXPECT_EQ(balance(payment.to), payment.nanos);
    expect_queue_is_right();
  }
}

TEST_F(StandIn, TakesASponsorsGas) {
  fund({3 * kIota});
  const auto sponsor = key(201);
  const Address paying = address_of(sponsor->public_key());
  node().fund(to_text(paying), kIota);
  Transaction made{
      *pay_from(client_.coins(own_)->front().ref, std::vector<Payment>{{somebody(151), kIota}}), own_, {}, {}};
  made.gas = {{client_.coins(paying)->front().ref}, paying, 1000, 10'000'000};
  EXPECT_FALSE(sign(made, *mine_)) << "the sponsor has to sign too";
  const auto outcome = client_.execute(*sign_sponsored(made, *mine_, *sponsor));
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->effects->outcome, Outcome::Success) << outcome->effects->error;
  EXPECT_EQ(balance(somebody(151)), kIota);
  EXPECT_EQ(balance(own_), 2 * kIota);
  EXPECT_EQ(balance(paying), kIota - 1'000'000 - kCoinStorage);
}

TEST_F(StandIn, MergesDustAlongWithAPayment) {
  fund({5 * kIota, 1'000, 2'000, 3'000, 4'000});
  const Transaction made = transaction(*pay(std::vector<Payment>{{somebody(152), 1}}), 1);
  ASSERT_EQ(made.gas.payment.size(), 5U);
  const Effects effects = executed(held(made));
  EXPECT_EQ(effects.deleted.size(), 4U);
  EXPECT_EQ(*charged(effects.gas), 1'000'000 - 3 * static_cast<std::int64_t>(kCoinStorage));
  EXPECT_EQ(client_.balance(own_)->coins, 1U);
  expect_queue_is_right();
}

TEST_F(StandIn, AFailureCostsGasAndTheQueueKnowsIt) {
  fund({2 * kIota});
  node().control(R"({"fail":1})");
  const Effects effects = executed(held(transaction(*pay(std::vector<Payment>{{somebody(153), kIota}}), kIota)));
  EXPECT_EQ(effects.outcome, Outcome::Failure);
  EXPECT_NE(effects.error, "");
  EXPECT_EQ(balance(somebody(153)), 0U);
  EXPECT_EQ(balance(own_), 2 * kIota - 1'000'000);
  expect_queue_is_right();
}

TEST_F(StandIn, RefusesOthersBytesForACoinThatIsUsed) {
  fund({5 * kIota});
  const Transaction first = transaction(*pay(std::vector<Payment>{{somebody(154), 1}}), 1);
  Transaction second = first;
  second.gas.budget += 1;
  executed(held(first));
  EXPECT_FALSE(queue_.hold(*sign(second, *mine_))) << "the queue would not either";
  const auto refused = client_.execute(*sign(second, *mine_));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("-32002"), std::string::npos) << refused.error().message();
  EXPECT_NE(refused.error().message().find("is not available for consumption"), std::string::npos);
}

TEST_F(StandIn, RefusesWhatAStalledOneHoldsUntilTheEpochEnds) {
  fund({5 * kIota});
  const SignedTransaction first = held(transaction(*pay(std::vector<Payment>{{somebody(155), 1}}), 1));
  node().control(R"({"stall":1})");
  EXPECT_FALSE(client_.execute(first));
  node().control(R"({"stall":0})");
  Transaction other = *decode_transaction(first.bytes);
  other.gas.budget += 1;
  const auto refused = client_.execute(*sign(other, *mine_));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find(to_base58(first.digest)), std::string::npos) << refused.error().message();
  EXPECT_FALSE(*client_.transaction(first.digest)) << "nobody knows it";
  EXPECT_EQ(executed(first).outcome, Outcome::Success) << "the same bytes may go on";
}

TEST_F(StandIn, NothingIsExecutedAfterItsLastEpoch) {
  fund({5 * kIota});
  const SignedTransaction done = held(transaction(*pay(std::vector<Payment>{{somebody(156), 1}}), 1));
  node().control(R"({"next_epoch":true})");
  node().control(R"({"next_epoch":true})");
  const auto refused = client_.execute(done);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("Expired"), std::string::npos) << refused.error().message();
  ASSERT_TRUE(queue_.expire(done.digest, client_.system_state()->epoch));
  expect_queue_is_right();
}

TEST_F(StandIn, LostAnswersAndTheSameBytesAgain) {
  fund({20 * kIota});
  for (std::uint64_t round = 1; round <= 10; ++round) {
    const SignedTransaction done = held(transaction(*pay(std::vector<Payment>{{somebody(157), kIota}}), kIota));
    node().control(R"({"lose_answers":2,"lose_requests":4,"http_503":5,"transient":5})");
    std::vector<Effects> all;
    for (int tries = 0; tries < 200 && all.size() < 3; ++tries)
      if (const auto outcome = client_.execute(done)) all.push_back(*outcome->effects);
    ASSERT_EQ(all.size(), 3U);
    node().control(R"({"lose_answers":0,"lose_requests":0,"http_503":0,"transient":0})");
    EXPECT_EQ(all[0].gas_coin, all[1].gas_coin);
    EXPECT_EQ(all[0].gas_coin, all[2].gas_coin);
    ASSERT_TRUE(queue_.settle(all[0]));
    EXPECT_EQ(balance(somebody(157)), round * kIota) << "paid once";
  }
  expect_queue_is_right();
}

TEST_F(StandIn, KilledAndStartedAgainItHasForgottenNothing) {
  fund({5 * kIota});
  const SignedTransaction done = held(transaction(*pay(std::vector<Payment>{{somebody(158), kIota}}), kIota));
  executed(done);
  const auto before = client_.coins(own_);
  node().kill();
  EXPECT_FALSE(client_.execute(done));
  node().start();
  EXPECT_EQ(*client_.coins(own_), *before);
  EXPECT_EQ(client_.execute(done)->effects->gas_coin, before->front().ref);
  EXPECT_EQ(balance(somebody(158)), kIota);
}

TEST_F(StandIn, ItsNumbersMayBeNumbers) {
  node().control(R"({"numbers":true})");
  fund({5 * kIota, kIota});
  EXPECT_EQ(executed(held(transaction(*pay(std::vector<Payment>{{somebody(159), kIota}}), kIota))).outcome,
            Outcome::Success);
  expect_queue_is_right();
  const auto page = client_.transactions(Direction::To, own_, {});
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->transactions.size(), 3U);
}

TEST_F(StandIn, TellsTheHistoryOfAnAddress) {
  fund({5 * kIota, 7});
  const SignedTransaction done = held(transaction(*pay(std::vector<Payment>{{somebody(160), kIota}}), kIota));
  executed(done);
  const auto to = client_.transactions(Direction::To, own_, {});
  ASSERT_TRUE(to && to->transactions.size() == 3U);
  EXPECT_EQ(deposit_to(own_, to->transactions[0])->nanos, 5 * kIota);
  EXPECT_EQ(deposit_to(own_, to->transactions[1])->nanos, 7U);
  EXPECT_FALSE(deposit_to(own_, to->transactions[2])) << "our own payment";
  const auto from = client_.transactions(Direction::From, own_, {});
  ASSERT_TRUE(from && from->transactions.size() == 1U);
  EXPECT_EQ(from->transactions[0].digest, done.digest);
}

}  // namespace
}  // namespace balans::iota
