#pragma once
// The hot wallet at work: its nodes, and the thread of the loop between them and the database.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "api/app/settlement_config.hpp"
#include "api/app/settlement_desk.hpp"
#include "api/app/settlement_rounds.hpp"
#include "api/ledger/iota_ledger.hpp"
#include "api/ledger/shell/http_transport.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::api {

/// Refuses wallets that cannot be what the configuration says.
Result<SettlementDesk> settlement_desk(const SettlementConfig& config, const DeploymentId& deployment,
                                       const PublicKey& key);

class SettlementThread {
 public:
  /// `desk`, `signer`, `clock`, `events` and `metrics` outlive this; the store is its own.
  SettlementThread(std::unique_ptr<Store> store, const SettlementConfig& config, const SettlementDesk& desk,
                   const Signer& signer, const Clock& clock, EventLog& events, Metrics& metrics);
  /// Within about a second: a question to a node that is under way is given up.
  ~SettlementThread();
  SettlementThread(const SettlementThread&) = delete;
  SettlementThread& operator=(const SettlementThread&) = delete;

 private:
  void run(const std::stop_token& stop);

  const std::unique_ptr<Store> store_;
  const Clock& clock_;
  std::stop_source stop_;
  iota::HttpTransport transport_;
  IotaLedger ledger_;
  SettlementRounds rounds_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans::api
