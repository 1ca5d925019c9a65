#pragma once
// One connection to one of the two engines. An aggregate whose statements are the same for both is written once, on top
// of this; where an engine has a much faster way of its own, the aggregate has a class for each.
//
//   auto rows = connection.query("list tokens", "SELECT id, name FROM token WHERE site = $1 ORDER BY id",
//   {site.str()}); if (!rows) return rows.error(); while (true) {
//     const Result<bool> row = (*rows)->next();
//     if (!row) return row.error();
//     if (!*row) break;
//     … (*rows)->integer(0) …
//   }
//
// Statements are written in what both speak: parameters $1, $2 …, ON CONFLICT, RETURNING, integers and texts. They are
// prepared once and kept, so their texts are constants: values only ever travel as parameters.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/result.hpp"

namespace balans::api::sql {

enum class Engine : std::uint8_t { Sqlite, Postgres };

/// A parameter: nothing, an integer or a text, which only has to live during the call.
class Value {
 public:
  using Content = std::variant<std::monostate, std::int64_t, std::string_view>;

  Value(std::nullopt_t) {}                                           // NOLINT(*-explicit-*)
  Value(std::int64_t number) : content_(number) {}                   // NOLINT(*-explicit-*)
  Value(int number) : content_(std::int64_t{number}) {}              // NOLINT(*-explicit-*)
  Value(std::string_view text) : content_(text) {}                   // NOLINT(*-explicit-*)
  Value(const std::string& text) : Value(std::string_view(text)) {}  // NOLINT(*-explicit-*)
  Value(const char* text) : Value(std::string_view(text)) {}         // NOLINT(*-explicit-*)
  Value(std::uint64_t) = delete;                                     // the engines' integers are signed
  template <class T>
  Value(const std::optional<T>& value) {  // NOLINT(*-explicit-*)
    if (value) *this = Value(*value);
  }
  [[nodiscard]] const Content& content() const { return content_; }

 private:
  Content content_;
};

/// The rows of a query; columns count from 0. Ends before its connection does.
class Rows {
 public:
  virtual ~Rows() = default;
  /// True when there is a row to read, false when there are no more.
  virtual Result<bool> next() = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;

  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  [[nodiscard]] std::optional<std::string> optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
  }
};

/// A query that is asked together with others. Its texts only have to live during the call.
struct Query {
  std::string_view purpose;
  std::string_view statement;
  std::vector<Value> values;
};

/// Belongs to one thread at a time. `purpose` names the attempt in errors: "find the device".
class Connection {
 public:
  virtual ~Connection() = default;
  [[nodiscard]] virtual Engine engine() const = 0;
  /// How often it was opened: more than once where it was lost and came back.
  [[nodiscard]] virtual std::int64_t connects() const { return 1; }

  virtual Result<std::unique_ptr<Rows>> query(std::string_view purpose, std::string_view statement,
                                              std::span<const Value> values) = 0;
  Result<std::unique_ptr<Rows>> query(std::string_view purpose, std::string_view statement,
                                      std::initializer_list<Value> values = {}) {
    return query(purpose, statement, std::span<const Value>(values.begin(), values.size()));
  }
  /// Several, one after the other; an engine that is far away is waited for once. The first error of all.
  virtual Result<std::vector<std::unique_ptr<Rows>>> query_all(std::span<const Query> queries) {
    std::vector<std::unique_ptr<Rows>> all;
    for (const Query& each : queries) {
      auto rows = query(each.purpose, each.statement, each.values);
      if (!rows) return rows.error();
      all.push_back(*std::move(rows));
    }
    return all;
  }
  /// Runs a statement whose rows, if any, are not wanted. Gives how many rows it changed.
  virtual Result<std::int64_t> run(std::string_view purpose, std::string_view statement,
                                   std::span<const Value> values) = 0;
  Result<std::int64_t> run(std::string_view purpose, std::string_view statement,
                           std::initializer_list<Value> values = {}) {
    return run(purpose, statement, std::span<const Value>(values.begin(), values.size()));
  }

  /// For a statement of which nothing is to be known but that it failed. Inside a transaction an engine that is far
  /// away is asked without waiting; then the call that comes next has the error, at the latest `commit`.
  virtual Result<void> run_meanwhile(std::string_view purpose, std::string_view statement,
                                     std::span<const Value> values) {
    const auto done = run(purpose, statement, values);
    if (!done) return done.error();
    return {};
  }
  Result<void> run_meanwhile(std::string_view purpose, std::string_view statement,
                             std::initializer_list<Value> values) {
    return run_meanwhile(purpose, statement, std::span<const Value>(values.begin(), values.size()));
  }

  /// Transactions do not nest. What was begun is committed or rolled back.
  virtual Result<void> begin() = 0;
  /// Durable when this returns success; rolled back otherwise.
  virtual Result<void> commit() = 0;
  virtual void roll_back() = 0;
};

/// The query's only row, or nothing where it has none.
template <class Read>
auto first_row(Result<std::unique_ptr<Rows>> rows, Read read) -> Result<std::optional<decltype(read(**rows))>> {
  if (!rows) return rows.error();
  const Result<bool> row = (*rows)->next();
  if (!row) return row.error();
  if (!*row) return std::optional<decltype(read(**rows))>();
  return std::optional(read(**rows));
}

/// Calls `read` with each row; stops at its first error.
template <class Read>
Result<void> each_row(Rows& rows, Read read) {
  while (true) {
    const Result<bool> row = rows.next();
    if (!row) return row.error();
    if (!*row) return {};
    if (const Result<void> done = read(rows); !done) return done;
  }
}
template <class Read>
Result<void> each_row(const Result<std::unique_ptr<Rows>>& rows, Read read) {
  if (!rows) return rows.error();
  return each_row(**rows, read);
}

}  // namespace balans::api::sql
