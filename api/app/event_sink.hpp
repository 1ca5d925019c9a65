#pragma once
// Where live news goes. Who listens, and how, is not the use cases' business.

#include <string>

namespace balans::api {

/// `data` is one line.
struct Event {
  std::string name;
  std::string data;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  /// Called from the thread that serves requests only.
  virtual void publish(const std::string& channel, const Event& event) = 0;
};

}  // namespace balans::api
