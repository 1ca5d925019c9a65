#pragma once
// SIGTERM, SIGINT and SIGHUP, turned into calls on an ordinary thread.

#include <functional>
#include <thread>

namespace balans {

/// Blocks SIGTERM and SIGINT in the calling thread and in all that it starts from then on, ignores SIGPIPE, and calls
/// `on_stop` for each signal from a thread of its own. The same with SIGHUP and `on_reload`, where there is one. Made
/// first thing in main, before any other thread.
class StopSignals {
 public:
  explicit StopSignals(std::function<void()> on_stop, std::function<void()> on_reload = nullptr);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  std::jthread waiter_;
};

}  // namespace balans
