#pragma once
// Charging sessions, seen from outside: a car is plugged in, takes energy, is held back for a while, and leaves.

#include <map>
#include <string>
#include <vector>

#include "common/messages/messages.hpp"

namespace balans::api {

/// One that goes on, or has just ended.
struct WatchedSession {
  AgentId agent;
  UnixTime plugged;
  std::optional<UnixTime> departed;
  UnixTime seen;
  std::optional<WattHours> counter;  ///< newest
  WattHours energy;
  Millis limited;
  std::string reason;
  bool operator==(const WatchedSession&) const = default;
};

/// Follows the devices of one site.
class SessionWatch {
 public:
  /// What has ended with this state.
  std::vector<WatchedSession> take(const TrafoState& state);
  /// Those that go on.
  [[nodiscard]] const std::map<AgentId, WatchedSession>& open() const { return open_; }

 private:
  void follow(const DeviceState& device, UnixTime at);

  std::map<AgentId, WatchedSession> open_;
};

}  // namespace balans::api
