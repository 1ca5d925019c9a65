#pragma once
// Many values as one parameter: `$1::bigint[]`, `$1::text[]`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace balans::api {

class PostgresArray {
 public:
  void add(std::int64_t number) { begin() += std::to_string(number); }
  void add(const std::optional<std::int64_t>& number) {
    if (number)
      add(*number);
    else
      begin() += "NULL";
  }
  void add(std::string_view text) {
    begin() += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  /// May be asked once.
  [[nodiscard]] const std::string& text() { return text_ += text_.empty() ? "{}" : "}"; }

 private:
  std::string& begin() { return text_ += text_.empty() ? '{' : ','; }
  std::string text_;
};

}  // namespace balans::api
