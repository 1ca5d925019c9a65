// A hundred thousand random transfers against a model that is as simple as can be: with answers that are lost, requests
// sent again and out of order, ids used twice, transactions that fail after their work is done, and stores opened anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "api/app/journal.hpp"
#include "api/app/journal_audit.hpp"
#include "api/store/open.hpp"
#include "tests/api/journal_model.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

using journal::Transfer;

constexpr std::uint64_t kEuro = 10, kIota = 5;  ///< accounts 1 to 10, and 11 to 15

/// What clients send. The n-th transfer has the id n + 1000.
class Clients {
 public:
  explicit Clients(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  [[nodiscard]] std::uint64_t made() const { return made_; }

  /// One transfer, a chain of some, or one of before once more: as it was, or another.
  journal::Batch request() {
    if (!sent_.empty() && one_in(15)) return again();
    journal::Batch batch;
    for (std::uint64_t rest = one_in(8) ? 1 + below(3) : 0; rest > 0; --rest)
      batch.transfers.push_back(linked(fresh()));
    batch.transfers.push_back(fresh());
    sent_.push_back(batch);
    return batch;
  }

 private:
  journal::Batch again() {
    journal::Batch batch = sent_[sent_.size() - 1 - below(std::min<std::uint64_t>(sent_.size(), 3000))];
    Transfer& first = batch.transfers[0];
    if (one_in(3) && first.kind == journal::Kind::Void) first.code = journal::Code::Fee;
    if (one_in(3) && first.kind != journal::Kind::Void) first.amount = units(first.amount.units() + 1);
    return batch;
  }
  std::uint64_t account() {
    if (one_in(50)) return 1 + below(kEuro + kIota + 1);
    return one_in(3) ? kEuro + 1 + below(kIota) : 1 + below(kEuro);
  }
  Transfer fresh() {
    const std::uint64_t number = 1000 + ++made_, what = below(100), debit = account();
    std::uint64_t credit = account();
    while ((credit > kEuro) != (debit > kEuro) && !one_in(40)) credit = account();
    const auto amount = static_cast<std::int64_t>(1 + below(100));
    if (what >= 80 && !reserves_.empty()) {
      const std::uint64_t reserve =
          reserves_[reserves_.size() - 1 - below(std::min<std::uint64_t>(reserves_.size(), 30))];
      return what >= 95 ? release(number, reserve) : settle(number, reserve, amount);
    }
    if (what < 55) return pay(number, debit, credit, amount);
    reserves_.push_back(number);
    return hold(number, debit, credit, amount,
                one_in(4) ? std::nullopt : std::optional(Millis(static_cast<std::int64_t>(1 + below(400)))));
  }

  std::mt19937_64 random_;
  std::uint64_t made_ = 0;
  std::vector<std::uint64_t> reserves_;
  std::vector<journal::Batch> sent_;
};

class Storm {
 public:
  Storm(DatabaseAddress address, std::uint64_t seed) : address_(std::move(address)), clients_(seed) {
    EXPECT_TRUE(migrate(address_).ok());
    store_ = *open_store(address_);
    journal::Batch batch;
    for (std::uint64_t i = 1; i <= kEuro + kIota; ++i) {
      const journal::Asset asset = i <= kEuro ? journal::Asset::Eur : journal::Asset::Iota;
      batch.accounts.push_back(i % 4 == 1 ? unbounded(i, asset) : bounded(i, i % 4 == 2 ? 50 : 0, asset));
    }
    batch.accounts[3].credits_over = units(2000);
    const auto opened = post_transfers(*store_, {&batch, 1}, now_);
    EXPECT_TRUE(opened.ok() && opened->front().all_there());
    for (const journal::NewAccount& account : batch.accounts) model_.open(account);
    model_.at = now_;
  }

  void run(std::uint64_t transfers) {
    while (clients_.made() < transfers || !unanswered_.empty()) {
      turn(clients_.made() < transfers);
      if (testing::Test::HasFailure()) return;
    }
    check_everything();
  }
  [[nodiscard]] const Model& model() const { return model_; }

 private:
  /// Some requests that share a commit: those without an answer in any order, and new ones.
  void turn(bool more) {
    std::vector<journal::Batch> group;
    while (!unanswered_.empty() && (!more || clients_.one_in(2))) {
      std::swap(unanswered_[clients_.below(unanswered_.size())], unanswered_.back());
      group.push_back(std::move(unanswered_.back()));
      unanswered_.pop_back();
    }
    for (std::uint64_t i = more ? clients_.below(40) : 0; i > 0; --i) group.push_back(clients_.request());
    now_ = now_ + Millis(static_cast<std::int64_t>(clients_.below(30)) - 5);
    const bool fails = clients_.one_in(20);
    std::vector<journal::Outcomes> outcomes;
    const auto done = store_->transaction([&]() -> Result<void> {
      auto entered = enter(store_->journal(), group, now_);
      if (!entered) return entered.error();
      outcomes = *std::move(entered);
      return fails ? Result<void>(Error{"power", "is gone"}) : Result<void>();
    });
    ASSERT_EQ(done.ok(), !fails) << done.error().message();
    if (done) follow(group, outcomes);
    // An answer that is lost on its way is the same to a client as a commit that was.
    if (!done || clients_.one_in(20)) unanswered_.insert(unanswered_.end(), group.begin(), group.end());
    if (fails || clients_.one_in(100)) store_ = *open_store(address_);
    check_sums();
  }

  void follow(const std::vector<journal::Batch>& group, const std::vector<journal::Outcomes>& outcomes) {
    model_.begin(now_);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const auto expected = model_.chain(group[i].transfers);
      for (std::size_t j = 0; j < expected.size(); ++j)
        ASSERT_EQ(verdict_of(outcomes[i].transfers[j]), expected[j])
            << "commit " << store_->journal().head()->commit << ", transfer " << to_text(group[i].transfers[j].id)
            << ": " << (outcomes[i].first_refused() == nullptr ? "" : outcomes[i].first_refused()->what);
    }
    // What was written nowhere has not moved the journal's time either.
    model_.at = store_->journal().head()->at;
  }

  void check_sums() {
    const auto totals = *store_->journal().trial_balance({});
    for (const TrialBalance& total : totals) {
      ASSERT_TRUE(total.is_even());
      std::int64_t debits = 0, pending = 0;
      for (const auto& [id, holder] : model_.holders) {
        if (holder.account.asset != total.asset) continue;
        debits += holder.debits;
        pending += holder.debits_pending;
      }
      ASSERT_EQ(total.sums.debits_posted.units(), debits);
      ASSERT_EQ(total.sums.debits_pending.units(), pending);
    }
  }

  void check_everything() {
    for (const auto& [id, holder] : model_.holders) {
      const auto account = *store_->journal().account(id);
      const auto balances = *store_->journal().balance(account->number, {});
      EXPECT_EQ(balances, (journal::Balances{units(holder.debits_pending), units(holder.debits),
                                             units(holder.credits_pending), units(holder.credits)}));
    }
    const auto report = audit_journal(*store_);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(static_cast<std::size_t>(report->transfers), model_.made.size() + model_.timed_out);
    EXPECT_EQ(static_cast<std::size_t>(report->open_reserves), model_.held.size());
    for (const auto& [id, made] : model_.made)
      ASSERT_TRUE(*store_->journal().transfer(id)) << to_text(id) << " is lost";
  }

  DatabaseAddress address_;
  Clients clients_;
  std::unique_ptr<Store> store_;
  Model model_;
  std::vector<journal::Batch> unanswered_;
  UnixTime now_{1'760'000'000'000};
};

void storm(DatabaseAddress address, std::uint64_t transfers) {
  const char* wanted = std::getenv("BALANS_SEED");
  const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  std::cout << "BALANS_SEED=" << seed << " brings this run back" << std::endl;
  Storm run(std::move(address), seed);
  run.run(transfers);
  std::cout << run.model().made.size() << " made, " << run.model().timed_out << " timed out" << std::endl;
  EXPECT_GT(run.model().made.size(), transfers / 4) << "most of it was refused: this proves little";
  EXPECT_GT(run.model().timed_out, transfers / 200);
}

/// In memory, where there is a place for files there: what a power cut would leave is not asked here.
class MemoryFolder {
 public:
  MemoryFolder() {
    std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm/balans-journal-XXXXXX" : "/tmp/balans-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~MemoryFolder() { std::filesystem::remove_all(path); }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  std::filesystem::path path;
};

TEST(JournalProperty, NothingIsPaidTwiceAndNothingIsLostInSqlite) {
  const MemoryFolder folder;
  storm(folder.path / "balans.sqlite", 100'000);
}

TEST(JournalProperty, NothingIsPaidTwiceAndNothingIsLostInPostgres) {
  storm(PostgresUri{balans::test::postgres_cluster().fresh_database()}, 5'000);
}

}  // namespace
}  // namespace balans::api::test
