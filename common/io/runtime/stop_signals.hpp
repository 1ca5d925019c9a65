#pragma once
// SIGTERM and SIGINT, turned into a call on an ordinary thread.

#include <functional>
#include <thread>

namespace balans {

/// Blocks SIGTERM and SIGINT in the calling thread and in all that it starts from then on, ignores SIGPIPE, and calls
/// `on_stop` for each signal from a thread of its own. Made first thing in main, before any other thread.
class StopSignals {
 public:
  explicit StopSignals(std::function<void()> on_stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  std::jthread waiter_;
};

}  // namespace balans
