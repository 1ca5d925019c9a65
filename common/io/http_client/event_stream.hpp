#pragma once
// Server-sent events as they come over the wire, in pieces of any size.

#include <functional>
#include <string>
#include <string_view>

namespace balans {

struct ServerEvent {
  std::string name;  ///< `message` where it has none
  std::string data;  ///< its lines
  std::string id;
};

class EventStreamReader {
 public:
  explicit EventStreamReader(std::function<void(const ServerEvent&)> on_event) : on_event_(std::move(on_event)) {}

  /// An event larger than this is not handed over.
  static constexpr std::size_t kMostBytes = 1024 * 1024;
  void take(std::string_view bytes);

 private:
  void take_line(std::string_view line);
  void end_event();

  std::function<void(const ServerEvent&)> on_event_;
  std::string line_;
  ServerEvent event_;
  bool has_data_ = false;
  bool too_large_ = false;
};

}  // namespace balans
