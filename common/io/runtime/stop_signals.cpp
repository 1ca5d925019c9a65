#include "common/io/runtime/stop_signals.hpp"

#include <pthread.h>
#include <signal.h>

#include <stop_token>
#include <utility>

#include "common/check.hpp"

namespace balans {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void wait_for_signals(const std::stop_token& stop, const std::function<void()>& on_stop) {
  const sigset_t set = stop_set();
  while (true) {
    const int signal = sigwaitinfo(&set, nullptr);
    if (stop.stop_requested()) return;
    if (signal > 0) on_stop();
  }
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop) {
  const sigset_t set = stop_set();
  BALANS_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  BALANS_CHECK(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  waiter_ =
      std::jthread([on_stop = std::move(on_stop)](const std::stop_token& stop) { wait_for_signals(stop, on_stop); });
}

StopSignals::~StopSignals() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), SIGTERM);  // to this one thread, which waits for exactly that
}

}  // namespace balans
