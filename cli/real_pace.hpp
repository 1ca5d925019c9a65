#pragma once
// Time as it passes outside of tests.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/stepping.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::cli {

/// Real time, which SIGINT and SIGTERM cut short.
class RealPace final : public Pace {
 public:
  [[nodiscard]] BootTime now() const override { return clock_.boot(); }
  Wait wait(Millis time) override {
    std::unique_lock lock(mutex_);
    const bool stopped = stopped_.wait_for(lock, std::chrono::milliseconds(time.count()), [this] { return stop_; });
    return stopped ? Wait::Interrupted : Wait::Passed;
  }
  void rest(Millis time) override { std::this_thread::sleep_for(std::chrono::milliseconds(time.count())); }
  void stop() {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    stopped_.notify_all();
  }

 private:
  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
};

}  // namespace balans::cli
