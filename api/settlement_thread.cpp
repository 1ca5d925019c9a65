#include "api/settlement_thread.hpp"

namespace balans::api {
namespace {

/// A node that takes longer counts as one that does not answer.
HttpOptions node_options() {
  HttpOptions options;
  options.connect_timeout = std::chrono::seconds(3);
  options.total_timeout = std::chrono::seconds(10);
  return options;
}

}  // namespace

Result<SettlementDesk> settlement_desk(const SettlementConfig& config, const DeploymentId& deployment,
                                       const PublicKey& key) {
  SettlementDesk desk;
  desk.terms = terms_of(config, deployment);
  desk.wallets = {to_text(iota::address_of(key)), config.cold_address};
  desk.explorer = config.network.explorer;
  if (desk.wallets.hot == desk.wallets.cold)
    return Error{"settlement.iota.cold_address", "is the hot wallet's own: expected one that is kept elsewhere"};
  return desk;
}

SettlementThread::SettlementThread(std::unique_ptr<Store> store, const SettlementConfig& config,
                                   const SettlementDesk& desk, const Signer& signer, const Clock& clock,
                                   EventLog& events, Metrics& metrics)
    : store_(std::move(store)),
      clock_(clock),
      transport_(node_options(), stop_.get_token()),
      ledger_(config.network, transport_, signer),
      rounds_(desk.terms, desk.wallets, config.round, ledger_, events, metrics),
      thread_([this](const std::stop_token&) { run(stop_.get_token()); }) {}

SettlementThread::~SettlementThread() { stop_.request_stop(); }

void SettlementThread::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Millis pause = rounds_.step(*store_, clock_.utc());
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, clock_.wall(pause), [] { return false; });
  }
}

}  // namespace balans::api
