#pragma once
// What a bus told its program, and waiting for it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/io/mqtt/bus.hpp"

namespace balans::test {

class EventRecorder {
 public:
  std::function<void(BusEvent)> sink();

  /// True as soon as `is_there` holds for the events so far; false when that takes longer than any honest machine.
  bool wait_for(const std::function<bool(const std::vector<BusEvent>&)>& is_there);
  bool wait_for_connections(std::size_t count);
  bool wait_for_losses(std::size_t count);
  /// The payload of the first message on `topic`, if one comes.
  std::optional<BusMessage> wait_for_message(const std::string& topic);
  std::vector<BusEvent> events() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<BusEvent> events_;
};

template <class Kind>
std::size_t count_of(const std::vector<BusEvent>& events) {
  std::size_t count = 0;
  for (const BusEvent& event : events) count += std::holds_alternative<Kind>(event) ? 1 : 0;
  return count;
}

BusOptions options_for(int port, const std::string& client_id, const std::vector<Subscription>& subscriptions = {});

}  // namespace balans::test
