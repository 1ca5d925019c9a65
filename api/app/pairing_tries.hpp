#pragma once
// Bounds how many wrong pairing codes anybody may send in a minute, all together.

#include <deque>
#include <mutex>

#include "api/core/pairing.hpp"

namespace balans::api {

/// From any thread.
class PairingTries {
 public:
  [[nodiscard]] bool exhausted(BootTime now) {
    const std::lock_guard lock(mutex_);
    while (!wrong_.empty() && now - wrong_.front() >= 60_s) wrong_.pop_front();
    return wrong_.size() >= kWrongCodesPerMinute;
  }
  void count_wrong(BootTime now) {
    const std::lock_guard lock(mutex_);
    wrong_.push_back(now);
  }

 private:
  std::mutex mutex_;
  std::deque<BootTime> wrong_;
};

}  // namespace balans::api
