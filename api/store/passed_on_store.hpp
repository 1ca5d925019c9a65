#pragma once
// A store that is another one, for whoever changes a part of what it does.

#include "api/store/store.hpp"

namespace balans::api {

class PassedOnStore : public Store {
 public:
  /// `store` outlives this.
  explicit PassedOnStore(Store& store) : store_(store) {}

  Result<void> transaction(const std::function<Result<void>()>& work) override { return store_.transaction(work); }
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

 protected:
  Store& store_;
};

}  // namespace balans::api
