#include "common/io/http_client/event_stream.hpp"

namespace balans {

void EventStreamReader::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > kMostBytes)
      too_large_ = true;
    else
      line_ += part;
    if (end == std::string_view::npos) return;
    if (line_.ends_with('\r')) line_.pop_back();
    take_line(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void EventStreamReader::take_line(std::string_view line) {
  if (line.empty()) return end_event();
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field == "id") event_.id = value;
  if (field != "data") return;
  if (event_.data.size() + value.size() > kMostBytes) {
    too_large_ = true;
    return;
  }
  if (has_data_) event_.data += '\n';
  event_.data += value;
  has_data_ = true;
}

void EventStreamReader::end_event() {
  if (event_.name.empty()) event_.name = "message";
  if (has_data_ && !too_large_) on_event_(event_);
  event_ = {};
  has_data_ = too_large_ = false;
}

}  // namespace balans
