#pragma once
// Where live news goes. Who listens, and how, is not the use cases' business.

#include <memory>
#include <string>

namespace balans::api {

/// `data` is one line.
struct Event {
  std::string name;
  std::string data;
  std::string id = {};  ///< what a listener that comes back names; empty where that makes no sense
};

/// An event as it goes to every listener: made once, sent to many.
using EventText = std::shared_ptr<const std::string>;

inline EventText event_text(const Event& event) {
  std::string text;
  if (!event.id.empty()) text += "id: " + event.id + "\n";
  return std::make_shared<const std::string>(text + "event: " + event.name + "\ndata: " + event.data + "\n\n");
}

class EventSink {
 public:
  virtual ~EventSink() = default;
  /// From any thread. What one thread publishes on a channel arrives in that order.
  virtual void publish(const std::string& channel, const EventText& event) = 0;
};

}  // namespace balans::api
