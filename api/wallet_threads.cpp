#include "api/wallet_threads.hpp"

#include <condition_variable>
#include <mutex>

namespace balans::api {
namespace {

constexpr std::size_t kJobs = 100;

/// A node that takes longer counts as one that does not answer.
HttpOptions node_options() {
  HttpOptions options;
  options.connect_timeout = std::chrono::seconds(3);
  options.total_timeout = std::chrono::seconds(10);
  return options;
}

void wait_for(std::chrono::nanoseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, time, [] { return false; });
}

StoreThreads::Stores only(std::unique_ptr<Store> store) {
  StoreThreads::Stores stores;
  stores.push_back(std::move(store));
  return stores;
}

}  // namespace

WalletThreads::WalletThreads(WalletTerms terms, std::unique_ptr<Store> asking, std::unique_ptr<Store> trying,
                             const Clock& clock)
    : clock_(clock),
      wallets_(std::move(terms), sessions_, clock),
      transport_(node_options(), stop_.get_token()),
      nodes_(transport_, wallets_.terms().network.genesis),
      chain_(wallets_.terms().network, nodes_,
             [&clock, stop = stop_.get_token()](Millis pause) { wait_for(clock.wall(pause), stop); }),
      payments_(wallets_.terms().chain, chain_, clock, wallets_.terms().expiry_epochs),
      work_(only(std::move(asking)), only(std::move(trying)), kJobs),
      service_{wallets_, payments_, sessions_, work_} {}

void WalletThreads::beat() {
  const BootTime now = clock_.boot();
  sessions_.sweep(now);
  if (now - refreshed_ < kRefreshEvery || work_.pending(Lane::Write) > 0) return;
  refreshed_ = now;
  // Where the database fails, the next beat asks again; whoever reads a wallet is told.
  static_cast<void>(
      work_.post(Lane::Write, [this](Store& store) { static_cast<void>(payments_.refresh(store, std::nullopt).ok()); })
          .ok());
}

void WalletThreads::stop() {
  stop_.request_stop();
  work_.stop();
}

}  // namespace balans::api
