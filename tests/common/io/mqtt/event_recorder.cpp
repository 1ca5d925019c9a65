#include "tests/common/io/mqtt/event_recorder.hpp"

#include <utility>

namespace balans::test {
namespace {

constexpr std::chrono::seconds kPatience(40);

}  // namespace

std::function<void(BusEvent)> EventRecorder::sink() {
  return [this](BusEvent event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    wake_.notify_all();
  };
}

bool EventRecorder::wait_for(const std::function<bool(const std::vector<BusEvent>&)>& is_there) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, kPatience, [&] { return is_there(events_); });
}

bool EventRecorder::wait_for_connections(std::size_t count) {
  return wait_for([&](const auto& events) { return count_of<BusConnected>(events) >= count; });
}

bool EventRecorder::wait_for_losses(std::size_t count) {
  return wait_for([&](const auto& events) { return count_of<BusLost>(events) >= count; });
}

std::optional<BusMessage> EventRecorder::wait_for_message(const std::string& topic) {
  std::optional<BusMessage> found;
  wait_for([&](const auto& events) {
    for (const BusEvent& event : events)
      if (const auto* message = std::get_if<BusMessage>(&event); message != nullptr && message->topic == topic)
        found = *message;
    return found.has_value();
  });
  return found;
}

std::vector<BusEvent> EventRecorder::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

BusOptions options_for(int port, const std::string& client_id, const std::vector<Subscription>& subscriptions) {
  BusOptions options;
  options.broker.host = "127.0.0.1";
  options.broker.port = port;
  options.client_id = client_id;
  options.subscriptions = subscriptions;
  return options;
}

}  // namespace balans::test
