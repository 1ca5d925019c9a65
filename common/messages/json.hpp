#pragma once
// Strict JSON in, canonical JSON out. Integers are integers: fractions, exponents and duplicate keys are refused.

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace balans::json {

/// Parses one JSON value of at most `max_bytes` bytes and 16 levels. The error says at which byte.
Result<boost::json::value> parse_strict(std::string_view text, std::size_t max_bytes);

/// How errors name a place: `status.max_ma[1]`, or the JSON pointer (RFC 6901) `/max_ma/1`, which begins with the path
/// of the outermost reader; that of the whole document is empty.
enum class PathStyle : std::uint8_t { Dotted, Pointer };

/// Reads the members of one object and remembers the first thing that is wrong, with its path: `status.at_ms: missing`.
/// Once something is wrong every further read gives a default, so callers read straight through and ask `error()` last.
class ObjectReader {
 public:
  /// `path` names the object in errors, `error` outlives the reader and is shared by nested readers.
  ObjectReader(const boost::json::value& value, std::string path, std::optional<Error>& error,
               PathStyle style = PathStyle::Dotted);

  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
  /// A 64-bit number as a decimal string.
  std::uint64_t number(std::string_view key);
  bool boolean(std::string_view key);
  std::string string(std::string_view key, std::size_t max_bytes);
  /// The member's value; null (the JSON value) after an error.
  const boost::json::value& member(std::string_view key);
  /// The member as an array of at most `max` elements; empty after an error.
  const boost::json::array& array(std::string_view key, std::size_t max);
  /// Whether the member is there and not null. Optional members are read only then.
  bool has(std::string_view key);

  [[nodiscard]] std::string path_of(std::string_view key) const;
  /// The path of an element of the array that is the member.
  [[nodiscard]] std::string path_of(std::string_view key, std::size_t index) const;
  void fail(std::string_view key, std::string what);
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// Refuses members that nobody has read.
  void finish();

 private:
  /// The member, marked as read; nothing where it is missing or something is wrong already.
  const boost::json::value* find(std::string_view key);

  const boost::json::object* object_ = nullptr;
  std::string path_;
  PathStyle style_;
  std::optional<Error>& error_;
  std::vector<bool> seen_;  ///< by place in the object
};

/// An integer within bounds, or a remembered error at `path`.
std::int64_t integer_of(const boost::json::value& value, const std::string& path, std::int64_t min, std::int64_t max,
                        std::optional<Error>& error);

/// Writes JSON in the order of its calls, without white space.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& integer(std::int64_t value);
  Writer& number(std::uint64_t value);  ///< as a decimal string
  Writer& boolean(bool value);
  Writer& string(std::string_view value);
  Writer& null();
  Writer& raw(std::string_view json);  ///< an already encoded value
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void separate();
  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace balans::json
