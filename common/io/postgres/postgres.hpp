#pragma once
// PostgreSQL with owned handles and errors as values: libpq, blocking. One connection belongs to one thread at a time.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/result.hpp"

struct pg_conn;
struct pg_result;

namespace balans::postgres {

struct Closer {
  void operator()(pg_conn* connection) const;
  void operator()(pg_result* result) const;
};

/// A parameter: nothing, an integer or a text, which only has to live during the call.
using Value = std::variant<std::monostate, std::int64_t, std::string_view>;

/// One statement, prepared at its first use; texts only have to live during the call. `purpose` names the attempt in
/// errors.
struct Question {
  std::string_view purpose;
  std::string_view statement;
  std::vector<Value> values;
};

/// All rows of an answer; rows and columns count from 0.
class Answer {
 public:
  explicit Answer(std::unique_ptr<pg_result, Closer> handle) : handle_(std::move(handle)) {}
  [[nodiscard]] int rows() const;
  /// Rows that the statement inserted, updated or deleted.
  [[nodiscard]] std::int64_t changed() const;
  [[nodiscard]] bool is_null(int row, int column) const;
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  [[nodiscard]] std::string_view text(int row, int column) const;

 private:
  std::unique_ptr<pg_result, Closer> handle_;
};

/// A connection that comes back: a call that finds it lost tries to open it anew, at most once within the time to wait,
/// which grows from one failure to the next. Inside a transaction a lost connection is an error like any other.
class Connection {
 public:
  /// `uri` is `postgresql://…`. Errors show it without its password.
  static Result<std::unique_ptr<Connection>> open(const std::string& uri);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// How often it was opened: more than once where it was lost and came back.
  [[nodiscard]] std::int64_t connects() const { return connects_; }

  /// Runs one statement, prepared at its first use. `purpose` names the attempt in errors.
  Result<Answer> run(std::string_view purpose, std::string_view statement, std::span<const Value> values = {});
  /// Several, one after the other, and one wait for all their answers. After the first that fails the server does none.
  Result<std::vector<Answer>> run_all(std::span<const Question> questions);
  /// The same for one whose answer is not wanted: inside a transaction it is only sent, and the server works on it
  /// meanwhile. That it failed is said by the call that comes next, at the latest by `commit`, which then rolls back.
  Result<void> run_meanwhile(std::string_view purpose, std::string_view statement, std::span<const Value> values = {});
  /// Runs statements without parameters or rows that are wanted; not prepared.
  Result<void> execute(std::string_view purpose, const std::string& script);

  /// The server hears of it with the first statement.
  Result<void> begin();
  Result<void> commit();
  void roll_back();

  /// `COPY … FROM STDIN`: rows in the text format, any number of calls, then `end_copy`, which waits for the server.
  Result<void> begin_copy(std::string_view purpose, const std::string& statement);
  Result<void> copy(std::string_view rows);
  /// The same for those after which none come: until `end_copy` the server need not wait for anything.
  Result<void> copy_last(std::string_view rows);
  Result<void> end_copy();
  /// Several such, one after the other, without waiting for the server in between: `next_copy` before the rows of each,
  /// `copy_last` with the last of them, and `end_copy` in the end. `purpose` is that of the first, then of the next.
  Result<void> ask_for_copies(std::string_view purpose, const std::string& statements);
  Result<void> next_copy(std::string_view purpose);
  /// Hands the rows of `COPY … TO STDOUT` one by one to `row`.
  template <class Row>
  Result<void> copy_out(std::string_view purpose, const std::string& statement, Row row) {
    if (const auto begun = begin_copy(purpose, statement); !begun) return begun;
    while (true) {
      auto next = next_copied();
      if (!next) return next.error();
      if (!*next) return {};
      row(std::string_view(**next));
    }
  }

 private:
  enum class Transaction : std::uint8_t { None, Asked, Begun };  ///< asked: the server has not heard of it yet

  Connection(std::string uri, std::string name) : uri_(std::move(uri)), name_(std::move(name)) {}
  Result<void> connect();
  Result<std::vector<Answer>> ask(std::span<const Question> questions);
  Result<void> make_room(std::span<const Question> questions);
  Result<void> send_begin();
  Result<void> send(const Question& question);
  Result<std::vector<Answer>> collect(std::size_t wanted);
  Result<void> begin_now();
  Result<void> execute_alone(std::string_view purpose, const std::string& script);
  /// Opens anew what was lost, unless that was tried a moment ago.
  Result<void> revive();
  Result<std::string> prepared(std::string_view purpose, std::string_view statement);
  Result<std::optional<std::string>> next_copied();
  [[nodiscard]] Error error(std::string_view purpose) const;
  [[nodiscard]] Error error(std::string_view purpose, const pg_result* result) const;
  Result<void> finish_results();
  Result<void> send_end();
  /// Waits for what was sent and not looked at; its first error.
  Result<void> settle();
  Result<void> commit_what_is_under_way();

  std::string uri_;
  std::string name_;  ///< without password
  std::unique_ptr<pg_conn, Closer> handle_;
  std::map<std::string, std::string, std::less<>> statements_;  ///< text → name
  std::string copying_;                                         ///< the purpose, while rows are copied
  bool copy_ended_ = false;                                     ///< no rows come any more
  std::vector<std::string> under_way_;                          ///< purposes of what was sent and not looked at
  Transaction transaction_ = Transaction::None;
  std::chrono::steady_clock::time_point next_try_{};
  std::chrono::milliseconds wait_{0};
  std::int64_t connects_ = 0;
};

/// `text` as one field of COPY's text format.
void append_copy_text(std::string& row, std::string_view text);

}  // namespace balans::postgres
