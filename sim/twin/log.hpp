#pragma once
// What happened, one line an event, with the true time in front. The same seed gives the same bytes.

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

#include "sim/twin/device.hpp"

namespace balans::twin {

class Log {
 public:
  template <class... Parts>
  void line(WorldTime now, fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(text_), "{} ", now.ms());
    fmt::format_to(std::back_inserter(text_), format, std::forward<Parts>(parts)...);
    text_ += '\n';
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace balans::twin
