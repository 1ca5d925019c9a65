#include "api/core/cursor.hpp"

#include <charconv>

namespace balans::api {
namespace {

template <class Int>
std::optional<Int> whole(std::string_view text) {
  Int value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
  return value;
}

}  // namespace

std::string encode(const Cursor& cursor) {
  return std::to_string(cursor.device) + "." + (cursor.utc ? std::to_string(cursor.utc->ms()) : "x") + "." +
         std::to_string(cursor.seq);
}

Result<Cursor> parse_cursor(std::string_view text) {
  const Error error{"", "'" + std::string(text.substr(0, 80)) + "' is not a cursor that a page gave as next"};
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return error;
  const std::string_view time = text.substr(first + 1, second - first - 1);
  const auto device = whole<std::int64_t>(text.substr(0, first));
  const auto utc = whole<std::int64_t>(time);
  const auto seq = whole<std::uint64_t>(text.substr(second + 1));
  if (!device || !seq || (!utc && time != "x")) return error;
  return Cursor{*device, utc ? std::optional(UnixTime(*utc)) : std::nullopt, *seq};
}

}  // namespace balans::api
