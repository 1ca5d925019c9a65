// Random operations between journal and a chain in memory: chain down, answers lost, other hands on our key, nodes that
// lag, transactions that fail, processes that stop anywhere. What is on the chain and what the journal says agree all
// the time but for what is under way; nothing is paid twice, and nothing is lost.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "api/app/journal_audit.hpp"
#include "tests/api/faulty_store.hpp"
#include "tests/api/settlement_world.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

class SettlementStorm {
 public:
  SettlementStorm(DatabaseAddress address, std::uint64_t seed)
      : random_(seed), address_(std::move(address)), world_(address_, seed + 1) {
    world_.terms.rules.period = 60 * 1_min;
    world_.terms.rules.daily_limit = units(100'000'000);
    for (int i = 0; i < 8; ++i) world_.chain.deposit("0xoperator", 20'000'000);
    reopen();
  }

  void run(std::uint64_t operations) {
    for (std::uint64_t i = 1; i <= operations; ++i) {
      operate();
      operations_ = i;
      if (i % 2500 == 0) check_now();
      if (testing::Test::HasFailure()) return;
    }
    calm();
    check_at_the_end();
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  std::uint64_t payee() { return 1 + below(SettlementWorld::kPayees); }
  UnixTime now() const { return world_.now; }

  void reopen() {
    if (store_) rolled_back_ += store_->rolled_back, unanswered_ += store_->unanswered;
    loop_.reset();
    store_.reset();
    auto opened = open_store(address_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store_ = std::make_unique<FaultyStore>(*std::move(opened), random_);
    store_->fail_one_in = 40;
    loop_.emplace(world_.terms, world_.chain);
    ++restarts_;
  }

  void operate() {
    const std::uint64_t what = below(100);
    if (what < 40) return go_round();
    if (what < 58) return step_chain();
    if (what < 70) return earn();
    if (what < 78) return deposit();
    if (what < 86) return ask();
    if (what < 88) return reopen();
    if (what < 90) return world_.chain.spend_by_hand(one_in(3) ? world_.address_of(payee()) : "0xelsewhere", 50'000);
    if (what < 93) return change_weather();
    if (what < 95) return change_payee();
    look_at_suspense();
  }

  void go_round() {
    const auto done = loop_->round(*store_, now());
    if (done) open_ += done->open, ++rounds_;
    for (const auto& [hold, count] : done ? done->held : std::map<Hold, std::size_t>())
      held_[std::string(name_of(hold))] += count;
    if (!done && done.error().message().find("dead") != std::string::npos) ADD_FAILURE() << done.error().message();
    for (const SettlementNotice& notice : done ? done->notices : std::vector<SettlementNotice>())
      ++notices_[notice.what];
  }
  void step_chain() {
    world_.pass(Millis(static_cast<std::int64_t>(below(1'200'000))));
    if (one_in(25))
      world_.chain.begin_epoch();
    else
      world_.chain.checkpoint();
  }
  void change_weather() {
    ModelChain& chain = world_.chain;
    chain.is_down = one_in(5);
    chain.lose_one_in = static_cast<int>(below(3)) * 4;
    chain.fail_one_in = one_in(2) ? 0 : 6;
    chain.lag = static_cast<int>(below(4));
    chain.fee_each = one_in(10) ? 20'000 : 500;
  }
  /// Sent again until there is an answer, as whoever pays rewards does.
  void earn() {
    journal::Batch batch;
    const std::uint64_t account = payee();
    const auto amount = static_cast<std::int64_t>(1 + below(one_in(20) ? 4'000'000 : 300'000));
    batch.transfers.push_back(pay(20'000 + ++made_, SettlementWorld::kPayer, account, amount));
    for (int tries = 0; tries < 50; ++tries)
      if (const auto done = post_transfers(*store_, {&batch, 1}, now()); done) {
        EXPECT_TRUE(done->front().all_there());
        earned_[id(account)] += amount;
        return;
      }
    ADD_FAILURE() << "the database never answers";
  }
  void deposit() {
    if (one_in(8)) return world_.chain.deposit("0xoperator", 40'000'000);
    const std::string from = one_in(3) ? "0xstranger" + std::to_string(below(5)) : world_.address_of(payee());
    world_.chain.deposit(from, static_cast<std::int64_t>(1 + below(2'000'000)));
  }
  void ask() {
    const std::uint64_t account = payee();
    const PayoutRequest request{id(500'000 + ++made_), id(account), world_.address_of(account),
                                units(static_cast<std::int64_t>(1 + below(one_in(20) ? 5'000'000 : 500'000))), "ada"};
    // Also without an answer: it is there, or it is not.
    (void)request_payout(*store_, world_.terms, request, now());
    const auto open = *store_->settlements().open_settlements(kChain, std::nullopt, 20);
    if (open.empty()) return;
    const journal::Id& one = open[below(open.size())].id;
    if (one_in(2))
      for (const Settlement& each : open) (void)approve_settlement(*store_, each.id, "bob", now());
    if (one_in(8)) (void)withdraw_settlement(*store_, world_.terms, one, "bob", now());
  }
  void change_payee() {
    const std::uint64_t n = payee();
    const Payee changed{kChain, world_.address_of(n), id(n), kPayoutModes.at(below(3)), "", now() - 60 * 1_min};
    (void)store_->transaction([&] { return store_->settlements().put_payee(changed); });
  }
  void look_at_suspense() {
    const auto waiting = *store_->settlements().in_suspense(kChain, 20);
    if (waiting.empty()) return;
    const DepositKey& key = waiting[below(waiting.size())].key;
    if (one_in(2))
      (void)assign_deposit(*store_, world_.terms, key, id(payee()), now());
    else
      (void)return_deposit(*store_, world_.terms, key, "ada", now());
  }

  /// Until nothing is open or under way any more.
  void calm() {
    world_.chain.is_down = false;
    world_.chain.lose_one_in = world_.chain.fail_one_in = world_.chain.lag = 0;
    world_.chain.fee_each = 500;
    reopen();
    store_->fail_one_in = 0;
    for (std::uint64_t n = 1; n <= SettlementWorld::kPayees; ++n) {
      const Payee quiet{kChain, world_.address_of(n), id(n), PayoutMode::OnRequest, "", now()};
      ASSERT_TRUE(store_->transaction([&] { return store_->settlements().put_payee(quiet); }).ok());
    }
    world_.chain.deposit("0xoperator", 2'000'000'000);
    for (int i = 0; i < 3000; ++i) {
      for (const Settlement& each : *store_->settlements().open_settlements(kChain, std::nullopt, 1000))
        (void)approve_settlement(*store_, each.id, "bob", now());
      world_.pass(10 * 60 * 1_min);
      one_in(10) ? world_.chain.begin_epoch() : world_.chain.checkpoint();
      const auto done = loop_->round(*store_, now());
      ASSERT_TRUE(done.ok()) << done.error().message();
      if (done->open == 0 && world_.chain.waiting() == 0 && i > 20) return;
    }
    ADD_FAILURE() << "it never came to rest";
  }

  // ---- what has to be true ----

  /// What has happened on the chain and is not in the journal yet: out less in.
  std::int64_t underway() {
    std::int64_t units_out = 0;
    for (const Movement& movement : world_.chain.movements()) {
      std::int64_t moved = movement.fee.units();
      for (const Output& output : movement.outputs) moved += output.amount.units();
      if (movement.origin == Origin::Others) {
        if (!*store_->settlements().deposit({kChain, movement.digest, 0})) units_out -= moved;
      } else if (!is_booked(movement)) {
        units_out += moved;
      }
    }
    return units_out;
  }
  bool is_booked(const Movement& movement) {
    const auto attempt = *store_->settlements().attempt(kChain, movement.digest);
    if (attempt) return !std::holds_alternative<Live>(attempt->state);
    return store_->journal().transfer(charging_fee(world_.terms.books, movement).transfers.front().id)->has_value();
  }
  journal::Balances balances(const journal::Id& account) {
    return *store_->journal().balance((*store_->journal().account(account))->number, {});
  }
  std::int64_t custody() { return -balances(custody_of(world_.terms.books)).posted(); }

  void check_now() {
    ASSERT_EQ(world_.chain.equivocations(), 0U) << "two transactions with one input";
    ASSERT_EQ(world_.chain.changed_bytes(), 0U) << "other bytes than were kept";
    if (!*store_->settlements().cursor(kChain)) return;
    ASSERT_EQ(custody(), world_.chain.holdings() + underway());
  }

  void check_at_the_end() {
    check_now();
    EXPECT_EQ(underway(), 0);
    EXPECT_EQ(custody(), world_.chain.holdings());
    check_settlements();
    check_accounts();
    const auto report = audit_journal(*store_);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->open_reserves, 0);
    for (const auto& [what, count] : notices_) std::cout << count << " " << what << ", ";
    for (const auto& [why, count] : held_) std::cout << count << " held: " << why << ", ";
    std::cout << restarts_ << " restarts, " << open_ / std::max<std::size_t>(1, rounds_) << " open in a round, "
              << rolled_back_ << " rolled back, " << unanswered_ << " unanswered, " << world_.chain.executed().size()
              << " transactions" << std::endl;
    if (operations_ < 10'000) return;
    EXPECT_GT(rolled_back_, 0U);
    EXPECT_GT(unanswered_, 0U);
    for (const char* seen : {"settlement-settled", "settlement-attempt-dead", "settlement-given-up",
                             "deposit-in-suspense", "payment-unknown", "settlement-opened"})
      EXPECT_GT(notices_[seen], 0U) << seen << ": this proves little";
  }

  /// Each settlement that is settled was paid by one transaction, and each transaction belongs to one.
  void check_settlements() {
    std::map<std::string, std::int64_t> paid;
    std::map<std::string, std::string> attempts;
    for (const Settlement& settlement : *store_->settlements().settlements(kChain, std::nullopt, 1'000'000)) {
      ASSERT_FALSE(is_open(settlement));
      std::size_t executed = 0;
      for (const Attempt& attempt : settlement.attempts) {
        const std::string& digest = attempt.transaction.digest;
        ASSERT_TRUE(attempts.emplace(digest, to_text(settlement.id)).second) << digest << " belongs to two";
        const auto outcome = world_.chain.executed().find(digest);
        const bool has_paid = outcome != world_.chain.executed().end() && outcome->second.paid;
        ASSERT_EQ(std::holds_alternative<Paid>(attempt.state), has_paid) << digest;
        executed += has_paid ? 1 : 0;
      }
      ASSERT_EQ(executed, std::holds_alternative<Settled>(settlement.state) ? 1U : 0U) << to_text(settlement.id);
      if (executed == 1)
        for (const Payout& payout : settlement.payouts) {
          paid[payout.address] += payout.amount.units();
          paid_out_[payout.account] += payout.amount.units();
        }
    }
    for (const Movement& movement : world_.chain.movements()) {
      if (movement.origin == Origin::Others || attempts.contains(movement.digest)) continue;
      ASSERT_FALSE(world_.chain.submitted().contains(movement.digest)) << movement.digest << " is lost";
      for (const Output& output : movement.outputs) {
        paid[output.address] += output.amount.units();
        charge(movement, output);
      }
    }
    for (const auto& [address, amount] : paid) EXPECT_EQ(world_.chain.received(address), amount) << address;
  }
  void charge(const Movement& movement, const Output& output) {
    const Charge charge{output.number, {}, output.amount};
    const auto entry = *store_->journal().transfer(charging(world_.terms.books, movement, charge).transfers.front().id);
    ASSERT_TRUE(entry) << movement.digest << " is not booked";
    paid_out_by_number_[entry->entry.debit] += output.amount.units();
  }

  /// Everybody has what they earned and deposited, less what was paid to them.
  void check_accounts() {
    std::map<journal::Id, std::int64_t> expected = earned_;
    for (const Movement& movement : world_.chain.movements()) {
      if (movement.origin == Origin::Ours) continue;
      const auto deposit = *store_->settlements().deposit({kChain, movement.digest, 0});
      ASSERT_TRUE(deposit) << movement.digest << " is lost";
      expected[deposit->account.value_or(suspense_of(world_.terms.books))] += deposit->amount.units();
    }
    for (const auto& [account, amount] : expected) {
      const std::int64_t number = (*store_->journal().account(account))->number;
      EXPECT_EQ(balances(account).posted(), amount - paid_out_[account] - paid_out_by_number_[number])
          << to_text(account);
    }
  }

  std::mt19937_64 random_;
  DatabaseAddress address_;
  SettlementWorld world_;
  std::unique_ptr<FaultyStore> store_;
  std::optional<Settlements> loop_;
  std::uint64_t made_ = 0, operations_ = 0;
  std::map<journal::Id, std::int64_t> earned_, paid_out_;
  std::map<std::int64_t, std::int64_t> paid_out_by_number_;
  std::map<std::string, std::size_t> notices_, held_;
  std::size_t open_ = 0, rounds_ = 0, restarts_ = 0, rolled_back_ = 0, unanswered_ = 0;
};

void storm(DatabaseAddress address, std::uint64_t operations) {
  const char* wanted = std::getenv("BALANS_SEED");
  const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  std::cout << "BALANS_SEED=" << seed << " brings this run back" << std::endl;
  SettlementStorm(std::move(address), seed).run(operations);
}

/// In memory, where there is a place for files there: what a power cut would leave is not asked here.
class MemoryFolder {
 public:
  MemoryFolder() {
    std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm/balans-settle-XXXXXX" : "/tmp/balans-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~MemoryFolder() { std::filesystem::remove_all(path); }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  std::filesystem::path path;
};

TEST(SettlementStorm, NothingIsPaidTwiceAndNothingIsLostInSqlite) {
  const char* wanted = std::getenv("BALANS_SETTLEMENT_OPERATIONS");
  const MemoryFolder folder;
  storm(folder.path / "balans.sqlite", wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 10'000);
}

TEST(SettlementStorm, NothingIsPaidTwiceAndNothingIsLostInPostgres) {
  storm(PostgresUri{balans::test::postgres_cluster().fresh_database()}, 500);
}

}  // namespace
}  // namespace balans::api::test
