#pragma once
// A store whose transaction has begun already: what asks for one becomes part of it, and stands or falls with it.

#include "api/store/store.hpp"

namespace balans::api {

class JoinedStore final : public Store {
 public:
  /// Inside a transaction of this store, which outlives it.
  explicit JoinedStore(Store& store) : store_(store) {}

  /// What fails is not undone here: whoever began the transaction rolls it back.
  Result<void> transaction(const std::function<Result<void>()>& work) override { return work(); }

  ReadingStore& readings() override { return store_.readings(); }
  RollUpStore& roll_ups() override { return store_.roll_ups(); }
  RetentionStore& retention() override { return store_.retention(); }
  AnswerStore& answers() override { return store_.answers(); }
  HistoryStore& history() override { return store_.history(); }
  JournalStore& journal() override { return store_.journal(); }
  EnergyStore& energy() override { return store_.energy(); }
  EvidenceStore& evidence() override { return store_.evidence(); }
  RewardStore& rewards() override { return store_.rewards(); }
  SettlementStore& settlements() override { return store_.settlements(); }
  WalletStore& wallets() override { return store_.wallets(); }
  TokenStore& tokens() override { return store_.tokens(); }
  EnrolmentStore& enrolments() override { return store_.enrolments(); }
  AuditStore& audit() override { return store_.audit(); }
  OrderStore& orders() override { return store_.orders(); }
  ChangeStore& changes() override { return store_.changes(); }
  Result<void> ready() override { return store_.ready(); }

 private:
  Store& store_;
};

}  // namespace balans::api
