#include "common/io/runtime/stop_signals.hpp"

#include <pthread.h>
#include <signal.h>

#include <cstdint>
#include <stop_token>
#include <utility>

#include "common/check.hpp"

namespace balans {
namespace {

enum class Reload : std::uint8_t { Ours, NotOurs };

sigset_t our_set(Reload reload) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (reload == Reload::Ours) sigaddset(&set, SIGHUP);
  return set;
}

void wait_for_signals(const std::stop_token& stop, const sigset_t& set, const std::function<void()>& on_stop,
                      const std::function<void()>& on_reload) {
  while (true) {
    const int signal = sigwaitinfo(&set, nullptr);
    if (stop.stop_requested()) return;
    if (signal == SIGHUP) {
      on_reload();
    } else if (signal > 0) {
      on_stop();
    }
  }
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop, std::function<void()> on_reload) {
  const sigset_t set = our_set(on_reload ? Reload::Ours : Reload::NotOurs);
  BALANS_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  BALANS_CHECK(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  waiter_ = std::jthread([set, on_stop = std::move(on_stop), on_reload = std::move(on_reload)](
                             const std::stop_token& stop) { wait_for_signals(stop, set, on_stop, on_reload); });
}

StopSignals::~StopSignals() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), SIGTERM);  // to this one thread, which waits for exactly that
}

}  // namespace balans
