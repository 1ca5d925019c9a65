#pragma once
// The shapes that most answers have, and the parameters that most questions have.

#include <charconv>
#include <optional>
#include <string>

#include "api/core/limits.hpp"
#include "api/core/rfc3339.hpp"
#include "api/core/roll_up.hpp"
#include "api/http/problem.hpp"
#include "api/http/router.hpp"

namespace balans::api {

/// Data that changes: kept only to be asked for again with its ETag, and by nobody else's cache.
inline Response json_response(std::string body, int status = 200) {
  return {status, "application/json", {{"Cache-Control", "private, no-cache"}}, std::move(body)};
}

inline Response no_content() { return {204, "", {{"Cache-Control", "no-store"}}, ""}; }

inline Response store_problem() { return problem(problems::kStoreFailed, "try again later"); }

/// Reads a question's parameters, and remembers the first that is wrong.
class Parameters {
 public:
  explicit Parameters(const Call& call) : call_(call) {}

  /// `parse` makes a Result of the text.
  template <class Parse, class Value>
  void optional(std::string_view name, Parse parse, Value& value) {
    const std::string* text = call_.query(name);
    if (text == nullptr || wrong_) return;
    auto parsed = parse(std::string_view(*text));
    if (parsed)
      value = *std::move(parsed);
    else
      refuse(name, parsed.error().what);
  }
  template <class Parse, class Value>
  void required(std::string_view name, Parse parse, Value& value) {
    if (call_.query(name) == nullptr) return refuse(name, "is missing");
    optional(name, parse, value);
  }
  void refuse(std::string_view name, std::string_view why) {
    if (!wrong_) wrong_ = parameter_problem(name, why);
  }
  [[nodiscard]] std::optional<Response>& wrong() { return wrong_; }

 private:
  const Call& call_;
  std::optional<Response> wrong_;
};

/// A whole number within bounds.
inline auto whole_number(std::int64_t least, std::int64_t most) {
  return [least, most](std::string_view text) -> Result<std::int64_t> {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number < least || number > most)
      return Error{"", "expected " + std::to_string(least) + " to " + std::to_string(most)};
    return number;
  };
}

inline Result<std::int64_t> parse_page_limit(std::string_view text) {
  return whole_number(1, static_cast<std::int64_t>(limits::kPageMax))(text);
}

/// A cursor of lists that go backwards by number.
inline Result<std::int64_t> parse_before(std::string_view text) {
  return whole_number(1, std::numeric_limits<std::int64_t>::max())(text);
}

/// `from` and `to`, at most so far apart.
inline Span read_span(Parameters& parameters, Millis most) {
  Span span;
  parameters.required("from", parse_rfc3339, span.from);
  parameters.required("to", parse_rfc3339, span.to);
  if (span.to <= span.from) parameters.refuse("to", "is not after from");
  if (span.to - span.from > most)
    parameters.refuse("to", "is more than " + std::to_string(most / 86'400_s) + " days after from");
  return span;
}

}  // namespace balans::api
