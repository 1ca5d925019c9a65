#pragma once
// Wallets at work: their nodes, a thread that asks them, and one that tries passwords. Each has a store of its own, so
// that neither a slow node nor a dear password keeps anybody else waiting.

#include <memory>

#include "api/app/settlement_config.hpp"
#include "api/app/store_threads.hpp"
#include "api/http/routes/wallet_parts.hpp"
#include "api/ledger/iota/pinned_nodes.hpp"
#include "api/ledger/shell/http_transport.hpp"

namespace balans::api {

class WalletThreads {
 public:
  /// `clock` outlives this. `asking` and `trying` are the stores of the two threads.
  WalletThreads(WalletTerms terms, std::unique_ptr<Store> asking, std::unique_ptr<Store> trying, const Clock& clock);
  ~WalletThreads() { stop(); }
  WalletThreads(const WalletThreads&) = delete;
  WalletThreads& operator=(const WalletThreads&) = delete;

  [[nodiscard]] const WalletService& service() const { return service_; }
  /// Once a second or so: ends sessions whose time is over, and now and then asks what became of payments.
  void beat();
  /// Within about a second: a question to a node that is under way is given up.
  void stop();

 private:
  static constexpr Millis kRefreshEvery = 30_s;

  const Clock& clock_;
  std::stop_source stop_;
  WalletSessions sessions_;
  Wallets wallets_;
  iota::HttpTransport transport_;
  iota::PinnedNodes nodes_;
  WalletChain chain_;
  WalletPayments payments_;
  BootTime refreshed_;
  StoreThreads work_;
  WalletService service_;
};

}  // namespace balans::api
