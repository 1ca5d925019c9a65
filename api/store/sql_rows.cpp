#include "api/store/sql_rows.hpp"

#include <array>

namespace balans::api::sql {
namespace {

/// A few sizes, so that there are few statements to prepare.
constexpr std::array<std::size_t, 3> kAtOnce{128, 16, 1};

std::string statement(std::string_view head, std::size_t columns, std::size_t rows, std::string_view tail) {
  std::string text(head);
  for (std::size_t i = 0; i < rows * columns; ++i) {
    text += i % columns != 0 ? ", " : i == 0 ? " (" : "), (";
    text += "$" + std::to_string(i + 1);
  }
  return text + ") " + std::string(tail);
}

}  // namespace

Result<void> insert_rows(Connection& connection, std::string_view purpose, std::string_view head, std::size_t columns,
                         std::string_view tail, std::span<const Value> values) {
  for (const std::size_t rows : kAtOnce) {
    const std::size_t taken = rows * columns;
    if (values.size() < taken) continue;
    const std::string text = statement(head, columns, rows, tail);
    for (; values.size() >= taken; values = values.subspan(taken))
      if (const auto done = connection.run(purpose, text, values.first(taken)); !done) return done.error();
  }
  return {};
}

}  // namespace balans::api::sql
