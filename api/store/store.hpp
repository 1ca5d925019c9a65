#pragma once
// What the use cases ask of a database: one interface per aggregate, and one transaction around them.

#include <functional>

#include "api/store/access_store.hpp"
#include "api/store/answer_store.hpp"
#include "api/store/energy_store.hpp"
#include "api/store/evidence_store.hpp"
#include "api/store/history_store.hpp"
#include "api/store/journal_store.hpp"
#include "api/store/reading_store.hpp"
#include "api/store/reward_store.hpp"
#include "api/store/roll_up_store.hpp"
#include "api/store/settlement_store.hpp"
#include "api/store/wallet_store.hpp"

namespace balans::api {

class Store {
 public:
  virtual ~Store() = default;
  virtual ReadingStore& readings() = 0;
  virtual RollUpStore& roll_ups() = 0;
  virtual RetentionStore& retention() = 0;
  virtual AnswerStore& answers() = 0;
  virtual HistoryStore& history() = 0;
  virtual JournalStore& journal() = 0;
  virtual EnergyStore& energy() = 0;
  virtual EvidenceStore& evidence() = 0;
  virtual RewardStore& rewards() = 0;
  virtual SettlementStore& settlements() = 0;
  virtual WalletStore& wallets() = 0;
  virtual TokenStore& tokens() = 0;
  virtual EnrolmentStore& enrolments() = 0;
  virtual AuditStore& audit() = 0;
  virtual OrderStore& orders() = 0;
  virtual ChangeStore& changes() = 0;
  /// Commits when `work` succeeds and rolls back when it does not. Durable on success.
  virtual Result<void> transaction(const std::function<Result<void>()>& work) = 0;
  /// Whether the database answers.
  virtual Result<void> ready() = 0;
};

}  // namespace balans::api
