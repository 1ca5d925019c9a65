#pragma once
// Reads text that is letter for letter what this program writes, as nearly all that arrives is: no tree is built and no
// key is looked up. Whatever differs, right or wrong, is left to the strict reader (json.hpp), which takes every form
// and says what is wrong. So both readers must agree on all that this one takes.

#include <cstdint>
#include <string>
#include <string_view>

namespace balans::canonical {

/// Once something differs every further read gives a default, so callers read straight through and ask `read_all` last.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void expect(std::string_view literal);
  /// Takes the literal if it comes next.
  bool take(std::string_view literal);
  std::int64_t integer(std::int64_t min, std::int64_t max);
  /// Decimal, 64 bits.
  std::uint64_t number();
  /// Up to the next quotation mark, which is taken too: characters that JSON writes as they are.
  std::string_view plain(std::size_t max_bytes);
  /// The same, where quotation marks and backslashes may be among them.
  std::string string(std::size_t max_bytes);

  void fail() { fine_ = false; }
  [[nodiscard]] bool fine() const { return fine_; }
  [[nodiscard]] bool read_all() const { return fine_ && place_ == text_.size(); }
  [[nodiscard]] std::size_t place() const { return place_; }
  /// What was read from that place on.
  [[nodiscard]] std::string_view since(std::size_t place) const { return text_.substr(place, place_ - place); }

 private:
  std::string_view text_;
  std::size_t place_ = 0;
  bool fine_ = true;
};

}  // namespace balans::canonical
