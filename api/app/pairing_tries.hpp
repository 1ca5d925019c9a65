#pragma once
// Bounds how many wrong pairing codes one neighbour may send in a minute. A code bears few wrong tries whoever makes
// them, so guessing is hopeless without this; it keeps those who guess from wearing the database or the codes out.

#include <map>
#include <mutex>
#include <string>

#include "api/core/pairing.hpp"

namespace balans::api {

/// From any thread.
class PairingTries {
 public:
  [[nodiscard]] bool exhausted(const std::string& peer, BootTime now) {
    const std::lock_guard lock(mutex_);
    begin_minute(now);
    const auto found = wrong_.find(peer);
    return found != wrong_.end() && found->second >= kWrongCodesPerMinute;
  }
  /// Whoever comes when a great many have been wrong is not counted, rather than kept out.
  void count_wrong(const std::string& peer, BootTime now) {
    const std::lock_guard lock(mutex_);
    begin_minute(now);
    if (wrong_.size() < kMostPeers || wrong_.contains(peer)) ++wrong_[peer];
  }

 private:
  static constexpr std::size_t kMostPeers = 10'000;

  void begin_minute(BootTime now) {
    if (now - began_ < 60_s) return;
    began_ = now;
    wrong_.clear();
  }

  std::mutex mutex_;
  BootTime began_;
  std::map<std::string, std::size_t> wrong_;
};

}  // namespace balans::api
