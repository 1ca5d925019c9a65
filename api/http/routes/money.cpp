#include "api/http/routes/money.hpp"

namespace balans::api {

std::optional<Response> refuse_reserved(const journal::Id& id, std::string_view pointer) {
  if (!id.is_of_the_journal() && !id.is_derived()) return std::nullopt;
  return problem(problems::kConflict, std::string(pointer) + ": id " + to_text(id) +
                                          " is one that only the api itself makes: expected 0 to 3 as its first digit");
}

Result<std::string> parse_owner(std::string_view text) {
  if (text.empty() || text.size() > journal::kMostOwner)
    return Error{"", "expected 1 to " + std::to_string(journal::kMostOwner) + " characters"};
  return std::string(text);
}

std::string encode(const StatementCursor& cursor) {
  return std::to_string(cursor.commit) + "." + std::to_string(cursor.ordinal);
}

Result<StatementCursor> parse_statement_cursor(std::string_view text) {
  const auto number = whole_number(0, std::numeric_limits<std::int64_t>::max());
  const std::size_t point = text.find('.');
  const Error wrong{"", "expected the `next` of the page before"};
  if (point == std::string_view::npos) return wrong;
  const auto commit = number(text.substr(0, point));
  const auto ordinal = number(text.substr(point + 1));
  if (!commit || !ordinal) return wrong;
  return StatementCursor{*commit, *ordinal};
}

std::string csv_text(std::string_view text) {
  const bool formula = !text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos;
  if (!formula && text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = formula ? "\" " : "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace balans::api
