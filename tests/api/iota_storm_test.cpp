// Random operations between journal and a node of IOTA that is a process and reads every byte with the official SDK:
// the node down, killed, behind, busy; answers lost; other hands on our key; executions in vain and such that lock
// their coins and do not come about; epochs that end; our own process stopped anywhere. Nothing is paid twice and
// nothing is lost, as the chain itself says.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <iostream>
#include <random>

#include "api/app/journal_audit.hpp"
#include "common/crypto/base64.hpp"
#include "tests/api/both_engines.hpp"
#include "tests/api/iota_world.hpp"
#include "tests/support/environment.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

class IotaStorm {
 public:
  IotaStorm(Kind kind, std::uint64_t seed) : random_(seed), world_(fresh_database(kind, folder_), random_) {
    world_.transport.on_submit = [this](const std::string& body) { see(body); };
    world_.store->fail_one_in = 20;
  }

  void run(std::int64_t operations) {
    for (std::int64_t i = 1; i <= operations; ++i) {
      operate();
      operations_ = i;
      if (i % 100 == 0) check_now();
      if (testing::Test::HasFailure()) return;
    }
    calm();
    if (!testing::Test::HasFatalFailure()) check_at_the_end();
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  std::uint64_t payee() { return 1 + below(IotaWorld::kPayees); }
  std::int64_t milli_iota(std::uint64_t most) { return 1'000'000 * static_cast<std::int64_t>(1 + below(most)); }

  void operate() {
    const std::uint64_t what = below(100);
    if (what < 40) return go_round();
    if (what < 58) return step_chain();
    if (what < 69) return earn();
    if (what < 76) return deposit();
    if (what < 83) return ask();
    if (what < 86) return reopen();
    if (what < 90) return spend_by_hand();
    if (what < 94) return change_weather();
    if (what < 96) return change_payee();
    if (what < 98) return look_at_suspense();
    kill_node();
  }

  void reopen() {
    world_.restart();
    world_.store->fail_one_in = 20;
    ++counts_["our restarts"];
  }
  void kill_node() {
    world_.node.kill();
    if (one_in(2)) go_round();
    world_.node.start();
    world_.node.control(weather_);
    world_.pass(0_ms);
    ++counts_["node restarts"];
  }
  void go_round() {
    const auto done = world_.loop->round(*world_.store, world_.now);
    ++counts_[done ? "rounds" : "rounds without an answer"];
    if (!done && done.error().message().find("dead") != std::string::npos) ADD_FAILURE() << done.error().message();
    for (const SettlementNotice& notice : done ? done->notices : std::vector<SettlementNotice>())
      ++counts_[notice.what];
  }
  void step_chain() {
    world_.pass(Millis(static_cast<std::int64_t>(below(1'200'000))));
    if (!one_in(12)) return world_.checkpoint();
    world_.node.control(R"({"next_epoch":true})");
    ++counts_["epochs"];
  }
  void change_weather() {
    const auto rarely = [&](std::uint64_t count) { return std::to_string(one_in(2) ? 0 : count); };
    weather_ = R"({"down":)" + std::string(one_in(6) ? "true" : "false") + R"(,"lose_requests":)" + rarely(60) +
               R"(,"lose_answers":)" + rarely(40) + R"(,"http_503":)" + rarely(60) + R"(,"transient":)" + rarely(5) +
               R"(,"stall":)" + rarely(4) + R"(,"fail":)" + rarely(4) + R"(,"delay_checkpoints":)" +
               std::to_string(below(3)) + R"(,"lag":)" + std::to_string(below(4)) + R"(,"numbers":)" +
               (one_in(2) ? "true" : "false") + "}";
    world_.node.control(weather_);
  }
  void earn() {
    journal::Batch batch;
    const std::uint64_t account = payee();
    const std::int64_t amount = milli_iota(one_in(10) ? 30'000 : 3'000);
    batch.transfers.push_back(pay(20'000 + ++made_, IotaWorld::kPayer, account, amount));
    for (int tries = 0; tries < 50; ++tries)
      if (const auto done = post_transfers(*world_.store, {&batch, 1}, world_.now); done) {
        EXPECT_TRUE(done->front().all_there());
        earned_[id(account)] += amount;
        return;
      }
    ADD_FAILURE() << "the database never answers";
  }
  void deposit() {
    if (one_in(6)) return world_.node.fund(world_.wallet().address, 100 * kIota);
    const std::uint64_t from = 1 + below(IotaWorld::kPayees + IotaWorld::kStrangers);
    const auto amount = static_cast<std::uint64_t>(milli_iota(9'000));
    if (world_.node.spend(world_.key(from).secret(), world_.wallet().address, amount)) ++counts_["deposits"];
  }
  void spend_by_hand() {
    const std::string to = one_in(2) ? world_.key(payee()).address : "0x" + std::string(64, 'e');
    const bool done = world_.node.spend(world_.wallet().secret(), to, 500'000'000, below(4));
    ++counts_[done ? "payments by other hands" : "payments by other hands refused"];
  }
  void ask() {
    const std::uint64_t account = payee();
    const PayoutRequest request{id(500'000 + ++made_), id(account), world_.key(account).address,
                                units(milli_iota(one_in(5) ? 30'000 : 4'000)), "ada"};
    // Also without an answer: it is there, or it is not.
    (void)request_payout(*world_.store, world_.terms, request, world_.now);
    const auto open = *world_.store->settlements().open_settlements(kChain, std::nullopt, 20);
    if (open.empty()) return;
    if (one_in(2)) approve_all();
    if (one_in(8))
      (void)withdraw_settlement(*world_.store, world_.terms, open[below(open.size())].id, "bob", world_.now);
  }
  void approve_all() {
    for (const Settlement& each : *world_.store->settlements().open_settlements(kChain, std::nullopt, 1000))
      (void)approve_settlement(*world_.store, each.id, "bob", world_.now);
  }
  void change_payee() { world_.put_payee(payee(), kPayoutModes.at(below(3))); }
  void look_at_suspense() {
    const auto waiting = *world_.store->settlements().in_suspense(kChain, 20);
    if (waiting.empty()) return;
    const DepositKey& key = waiting[below(waiting.size())].key;
    if (one_in(2))
      (void)assign_deposit(*world_.store, world_.terms, key, id(payee()), world_.now);
    else
      (void)return_deposit(*world_.store, world_.terms, key, "ada", world_.now);
  }

  /// What is handed over: the same bytes under one digest, and no coin in one version for two that could both be
  /// executed.
  void see(const std::string& body) {
    const boost::json::value question = boost::json::parse(body);
    const std::string bytes = *from_base64(std::string(question.at("params").at(0).as_string()), kMostTransactionBytes);
    const std::string digest = iota::to_base58(iota::digest_of(bytes));
    EXPECT_EQ(submitted_.emplace(digest, body).first->second, body) << "other bytes than before";
    ++counts_["submissions"];
    const auto transaction = iota::decode_transaction(bytes);
    ASSERT_TRUE(transaction) << transaction.error().message();
    for (const iota::ObjectRef& ref : transaction->gas.payment) {
      auto& others = used_by_[{iota::to_text(ref.id), ref.version}];
      for (const std::string& other : others) {
        if (other == digest) continue;
        const auto attempt = *world_.store->settlements().attempt(kChain, other);
        EXPECT_TRUE(attempt && !std::holds_alternative<Live>(attempt->state))
            << other << " and " << digest << (attempt ? ", live" : ", not kept");
      }
      others.insert(digest);
    }
  }

  void be_fair() {
    world_.node.control(R"({"down":false,"lose_requests":0,"lose_answers":0,"http_503":0,"transient":0,"stall":0,)"
                        R"("fail":0,"delay_checkpoints":0,"lag":0,"numbers":false})");
    world_.node.control(R"({"checkpoints":5})");
  }

  /// Until nothing is open or under way any more.
  void calm() {
    be_fair();
    reopen();
    world_.store->fail_one_in = 0;
    for (std::uint64_t n = 1; n <= IotaWorld::kPayees; ++n) world_.put_payee(n, PayoutMode::OnRequest);
    for (int i = 0; i < 3; ++i) world_.node.fund(world_.wallet().address, 2'000 * kIota);
    for (int i = 0; i < 500; ++i) {
      approve_all();
      world_.pass(10 * 60 * 1_min);
      i % 5 == 4 ? world_.node.control(R"({"next_epoch":true})") : world_.checkpoint();
      const auto done = world_.loop->round(*world_.store, world_.now);
      ASSERT_TRUE(done.ok()) << done.error().message();
      if (done->open == 0 && i > 12) return;
    }
    ADD_FAILURE() << "it never came to rest";
  }

  // ---- what has to be true ----

  /// What has happened on the chain and is not in the journal yet: out less in.
  std::int64_t underway(const std::vector<Movement>& movements) {
    std::int64_t out = 0;
    for (const Movement& movement : movements) {
      std::int64_t moved = movement.fee.units();
      for (const Output& output : movement.outputs) moved += output.amount.units();
      if (movement.origin == Origin::Others) {
        if (!*world_.store->settlements().deposit({kChain, movement.digest, 0})) out -= moved;
      } else if (!is_booked(movement)) {
        out += moved;
      }
    }
    return out;
  }
  bool is_booked(const Movement& movement) {
    const auto attempt = *world_.store->settlements().attempt(kChain, movement.digest);
    if (attempt) return !std::holds_alternative<Live>(attempt->state);
    const journal::Id fee = charging_fee(world_.terms.books, movement).transfers.front().id;
    return world_.store->journal().transfer(fee)->has_value();
  }
  void check_now() {
    be_fair();
    if (*world_.store->settlements().cursor(kChain)) {
      ASSERT_EQ(world_.custody(), world_.on_chain(world_.wallet().address) + underway(world_.movements()));
    }
    world_.node.control(weather_);
  }

  void check_at_the_end() {
    const std::vector<Movement> movements = world_.movements();
    EXPECT_EQ(underway(movements), 0);
    EXPECT_EQ(world_.custody(), world_.on_chain(world_.wallet().address));
    check_settlements(movements);
    check_accounts(movements);
    const auto report = audit_journal(*world_.store);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->open_reserves, 0);
    counts_["rolled back"] = world_.rolled_back, counts_["commits unanswered"] = world_.unanswered;
    for (const auto& [what, count] : counts_) std::cout << count << " " << what << ", ";
    std::cout << movements.size() << " movements" << std::endl;
    EXPECT_GT(counts_["settlement-settled"], 0U) << "this proves little";
    if (operations_ < 1000) return;
    for (const char* seen : {"settlement-opened", "settlement-not-taken", "settlement-attempt-dead", "payment-unknown",
                             "deposit-in-suspense", "payments by other hands", "payments by other hands refused",
                             "epochs", "node restarts", "our restarts", "rolled back", "commits unanswered"})
      EXPECT_GT(counts_[seen], 0U) << seen << ": this proves little";
  }

  /// Each settlement that is settled was paid by one transaction, and each transaction of ours belongs to one or was
  /// made by other hands. What went to whom is asked of the node's balances of changes, by digest.
  void check_settlements(const std::vector<Movement>& movements) {
    std::set<std::string> paying;
    for (const Settlement& settlement : *world_.store->settlements().settlements(kChain, std::nullopt, 1'000'000)) {
      ASSERT_FALSE(is_open(settlement));
      std::size_t executed = 0;
      for (const Attempt& attempt : settlement.attempts) {
        const std::string& digest = attempt.transaction.digest;
        ASSERT_TRUE(paying.insert(digest).second) << digest << " belongs to two";
        const auto found = *world_.client().transaction(*iota::digest_from_base58(digest));
        const bool has_paid = found && found->effects->outcome == iota::Outcome::Success;
        ASSERT_EQ(std::holds_alternative<Paid>(attempt.state), has_paid) << digest;
        if (has_paid) ++executed, expect_paid(settlement, *found);
      }
      ASSERT_EQ(executed, std::holds_alternative<Settled>(settlement.state) ? 1U : 0U) << to_text(settlement.id);
      if (executed == 1)
        for (const Payout& payout : settlement.payouts) paid_out_[payout.account] += payout.amount.units();
    }
    for (const Movement& movement : movements) {
      if (movement.origin == Origin::Others || paying.contains(movement.digest)) continue;
      ASSERT_FALSE(submitted_.contains(movement.digest)) << movement.digest << " is lost";
      for (const Output& output : movement.outputs) charge(movement, output);
    }
  }
  void expect_paid(const Settlement& settlement, const iota::Executed& executed) {
    std::map<std::string, std::int64_t> expected, found;
    for (const Payout& payout : settlement.payouts) expected[payout.address] += payout.amount.units();
    for (const iota::BalanceChange& change : *executed.changes)
      if (iota::to_text(change.owner) != world_.wallet().address) found[iota::to_text(change.owner)] += change.nanos;
    EXPECT_EQ(found, expected) << to_text(settlement.id);
  }
  void charge(const Movement& movement, const Output& output) {
    const Charge charge{output.number, {}, output.amount};
    const auto entry =
        *world_.store->journal().transfer(charging(world_.terms.books, movement, charge).transfers.front().id);
    ASSERT_TRUE(entry) << movement.digest << " is not booked";
    paid_out_by_number_[entry->entry.debit] += output.amount.units();
  }

  /// Everybody has what they earned and deposited, less what was paid to them.
  void check_accounts(const std::vector<Movement>& movements) {
    std::map<journal::Id, std::int64_t> expected = earned_;
    for (const Movement& movement : movements) {
      if (movement.origin == Origin::Ours) continue;
      const auto deposit = *world_.store->settlements().deposit({kChain, movement.digest, 0});
      ASSERT_TRUE(deposit) << movement.digest << " is lost";
      EXPECT_EQ(deposit->amount, movement.outputs.front().amount);
      expected[deposit->account.value_or(suspense_of(world_.terms.books))] += deposit->amount.units();
    }
    for (const auto& [account, amount] : expected) {
      const std::int64_t number = (*world_.store->journal().account(account))->number;
      EXPECT_EQ(world_.balances(account).posted(), amount - paid_out_[account] - paid_out_by_number_[number])
          << to_text(account);
    }
  }

  std::mt19937_64 random_;
  const Folder folder_;
  IotaWorld world_;
  std::string weather_ = "{}";
  std::uint64_t made_ = 0;
  std::int64_t operations_ = 0;
  std::map<std::string, std::string> submitted_;  ///< what was posted, by digest
  std::map<std::pair<std::string, std::uint64_t>, std::set<std::string>> used_by_;
  std::map<journal::Id, std::int64_t> earned_, paid_out_;
  std::map<std::int64_t, std::int64_t> paid_out_by_number_;
  std::map<std::string, std::size_t> counts_;
};

class IotaStorms : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(, IotaStorms, both_engines(), engine_of);

TEST_P(IotaStorms, NothingIsPaidTwiceAndNothingIsLost) {
  const auto seed = static_cast<std::uint64_t>(
      number_from_environment("BALANS_SEED", static_cast<std::int64_t>(std::random_device()())));
  std::cout << "BALANS_SEED=" << seed << " brings this run back" << std::endl;
  IotaStorm(GetParam(), seed).run(number_from_environment("BALANS_IOTA_OPERATIONS", 150));
}

}  // namespace
}  // namespace balans::api::test
