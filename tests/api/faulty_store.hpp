#pragma once
// A store whose transactions fail: before their end, so that nothing of them is there, or after it, so that all is and
// nobody was told.

#include <memory>
#include <random>

#include "api/store/store.hpp"

namespace balans::api::test {

class FaultyStore final : public Store {
 public:
  FaultyStore(std::unique_ptr<Store> store, std::mt19937_64& random) : store_(std::move(store)), random_(random) {}

  int fail_one_in = 0;  ///< 0: never
  std::size_t rolled_back = 0;
  std::size_t unanswered = 0;

  Result<void> transaction(const std::function<Result<void>()>& work) override {
    const std::uint64_t fate = fail_one_in == 0 ? 2 : random_() % (2 * static_cast<std::uint64_t>(fail_one_in));
    auto done = store_->transaction([&]() -> Result<void> {
      if (auto worked = work(); !worked) return worked;
      return fate == 0 ? Result<void>(Error{"power", "is gone before the commit"}) : Result<void>();
    });
    if (fate == 0) ++rolled_back;
    if (!done || fate != 1) return done;
    ++unanswered;
    return Error{"power", "is gone after the commit"};
  }

  ReadingStore& readings() override { return store_->readings(); }
  RollUpStore& roll_ups() override { return store_->roll_ups(); }
  RetentionStore& retention() override { return store_->retention(); }
  AnswerStore& answers() override { return store_->answers(); }
  HistoryStore& history() override { return store_->history(); }
  JournalStore& journal() override { return store_->journal(); }
  EnergyStore& energy() override { return store_->energy(); }
  EvidenceStore& evidence() override { return store_->evidence(); }
  RewardStore& rewards() override { return store_->rewards(); }
  SettlementStore& settlements() override { return store_->settlements(); }
  WalletStore& wallets() override { return store_->wallets(); }
  TokenStore& tokens() override { return store_->tokens(); }
  EnrolmentStore& enrolments() override { return store_->enrolments(); }
  AuditStore& audit() override { return store_->audit(); }
  OrderStore& orders() override { return store_->orders(); }
  ChangeStore& changes() override { return store_->changes(); }
  Result<void> ready() override { return store_->ready(); }

 private:
  std::unique_ptr<Store> store_;
  std::mt19937_64& random_;
};

}  // namespace balans::api::test
