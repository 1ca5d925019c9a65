#pragma once
// All aggregates on one connection.

#include <memory>

#include "api/store/sql.hpp"
#include "api/store/sql_access.hpp"
#include "api/store/sql_answers.hpp"
#include "api/store/sql_energy.hpp"
#include "api/store/sql_evidence.hpp"
#include "api/store/sql_history.hpp"
#include "api/store/sql_rewards.hpp"
#include "api/store/sql_settlements.hpp"
#include "api/store/sql_wallets.hpp"
#include "api/store/store.hpp"

namespace balans::api {

/// What an engine does in a way of its own; the rest is the same for both.
struct OwnAggregates {
  std::unique_ptr<ReadingStore> readings;
  std::unique_ptr<RollUpStore> roll_ups;
  std::unique_ptr<RetentionStore> retention;
  std::unique_ptr<JournalStore> journal;
  std::function<void()> rolled_back = [] {};  ///< called after each transaction that was
};

class SqlStore final : public Store {
 public:
  SqlStore(std::unique_ptr<sql::Connection> connection, OwnAggregates own)
      : connection_(std::move(connection)), own_(std::move(own)) {}

  ReadingStore& readings() override { return *own_.readings; }
  RollUpStore& roll_ups() override { return *own_.roll_ups; }
  RetentionStore& retention() override { return *own_.retention; }
  AnswerStore& answers() override { return answers_; }
  HistoryStore& history() override { return history_; }
  JournalStore& journal() override { return *own_.journal; }
  EnergyStore& energy() override { return energy_; }
  EvidenceStore& evidence() override { return evidence_; }
  RewardStore& rewards() override { return rewards_; }
  SettlementStore& settlements() override { return settlements_; }
  WalletStore& wallets() override { return wallets_; }
  TokenStore& tokens() override { return tokens_; }
  EnrolmentStore& enrolments() override { return enrolments_; }
  AuditStore& audit() override { return audit_; }
  OrderStore& orders() override { return orders_; }
  ChangeStore& changes() override { return changes_; }

  Result<void> transaction(const std::function<Result<void>()>& work) override;
  Result<void> ready() override;

 private:
  std::unique_ptr<sql::Connection> connection_;
  OwnAggregates own_;  ///< on the connection
  SqlAnswers answers_{*connection_};
  SqlEnergy energy_{*connection_};
  SqlHistory history_{*connection_};
  SqlEvidence evidence_{*connection_};
  SqlRewards rewards_{*connection_};
  SqlSettlements settlements_{*connection_};
  SqlWallets wallets_{*connection_};
  SqlTokens tokens_{*connection_};
  SqlEnrolments enrolments_{*connection_};
  SqlAudit audit_{*connection_};
  SqlOrders orders_{*connection_};
  SqlChanges changes_{*connection_};
};

}  // namespace balans::api
