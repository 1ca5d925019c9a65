#pragma once
// SQLite with owned handles and errors as values. One connection belongs to one thread at a time.
//
//   auto rows = db.prepare("SELECT id, key FROM item WHERE id > ?", "read items");
//   rows->bind(after);
//   while (…) { auto more = rows->step(); if (!more.ok()) return more.error(); if (!*more) break; rows->integer(0); }

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace balans::sqlite {

struct Closer {
  void operator()(sqlite3* db) const;
  void operator()(sqlite3_stmt* statement) const;
};

/// A parameter whose kind is known only while running.
using Value = std::variant<std::monostate, std::int64_t, std::string_view>;

/// A prepared statement. Parameters are bound all together, in order; columns count from 0.
class Statement {
 public:
  /// Starts again with these parameters: integers, texts, std::nullopt or optionals of them. Texts are copied.
  template <class... Args>
  void bind(const Args&... args) {
    restart(sizeof...(Args));
    int index = 0;
    (bind_one(++index, args), ...);
  }
  /// Begins to bind anew, to this many parameters in all; each is then bound with `bind_value`, counting from 1.
  void bind_anew(std::size_t parameters) { restart(parameters); }
  void bind_value(int index, const Value& value);
  void bind_integer(int index, std::int64_t value) { bind_one(index, value); }
  /// A text that lives as long as the program: it is not copied.
  void bind_constant(int index, std::string_view text);
  /// True when there is a row to read, false when there are no more.
  Result<bool> step();
  /// Runs what was bound and gives no rows.
  Result<void> finish();
  /// Ends the reading of rows before the last. Until then the database keeps this moment's content for it.
  void reset();
  /// Binds, and runs a statement that gives no rows.
  template <class... Args>
  Result<void> run(const Args&... args) {
    bind(args...);
    return finish();
  }

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;

 private:
  friend class Database;
  Statement(std::unique_ptr<sqlite3_stmt, Closer> handle, std::string where)
      : handle_(std::move(handle)), where_(std::move(where)) {}
  void restart(std::size_t parameters);
  void note(int code);
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, std::string_view text);
  void bind_one(int index, std::nullopt_t);
  void bind_one(int index, const std::string& text) { bind_one(index, std::string_view(text)); }
  void bind_one(int index, const char* text) { bind_one(index, std::string_view(text)); }
  void bind_one(int index, int value) { bind_one(index, std::int64_t{value}); }
  template <class T>
  void bind_one(int index, const std::optional<T>& value) {
    value ? bind_one(index, *value) : bind_one(index, std::nullopt);
  }

  std::unique_ptr<sqlite3_stmt, Closer> handle_;
  std::string where_;
  int failed_bind_ = 0;  ///< the first failure to bind, reported by the next step
};

struct OpenOptions {
  std::chrono::milliseconds busy_timeout{5000};  ///< how long to wait for another process's lock
};

class Transaction;

class Database {
 public:
  /// Opens or makes a database in WAL mode with synchronous=FULL: what is committed survives a power cut.
  static Result<Database> open(const std::filesystem::path& file, const OpenOptions& options = {});

  /// Opens one that has to be there and leaves its settings alone: for copies, and for looking at one.
  static Result<Database> open_existing(const std::filesystem::path& file, const OpenOptions& options = {});

  /// Writes this moment's content into a new file of its own, while others go on writing here.
  Result<void> copy_to(const std::filesystem::path& to);
  /// The number of steps that have made its schema.
  Result<std::int64_t> schema_version();
  /// Reads all of it: an error where something is damaged.
  Result<void> check();

  /// Runs statements without parameters or rows. `purpose` names the attempt in errors: "make the tables".
  Result<void> execute(const std::string& sql, std::string_view purpose);
  Result<Statement> prepare(std::string_view sql, std::string_view purpose);
  /// Takes the write lock now, so that a transaction that reads and then writes cannot fail in between.
  Result<Transaction> begin(std::string_view purpose);
  /// Brings the schema up to date: step i of `steps` moves the database from version i to i + 1, each in a transaction
  /// of its own, which no other process is in at the same time. A database newer than this program is an error.
  Result<void> migrate(std::span<const std::string_view> steps);

  [[nodiscard]] std::int64_t last_insert_id() const;
  /// Rows changed by the last statement that changes rows.
  [[nodiscard]] std::int64_t changes() const;

 private:
  friend class Transaction;
  Database(std::unique_ptr<sqlite3, Closer> handle, std::string name)
      : handle_(std::move(handle)), name_(std::move(name)) {}
  static Result<Database> open_with(const std::filesystem::path& file, const OpenOptions& options, int flags);
  [[nodiscard]] Error error(std::string_view purpose) const;

  std::unique_ptr<sqlite3, Closer> handle_;
  std::string name_;
};

/// The names under which files of that version are set aside: `FILE.version-N`, and those after it for whoever goes
/// back more than once.
inline constexpr int kMostAside = 9;
std::vector<std::filesystem::path> names_aside(const std::filesystem::path& file, std::int64_t version);

/// A database whose schema this program does not know yet, because a newer one has worked here, makes room: it is
/// renamed to the first free one of those names, which is what is returned, and the next open makes a fresh one. For
/// what can be done without.
Result<std::optional<std::filesystem::path>> set_aside_if_newer(const std::filesystem::path& file,
                                                                std::int64_t known_version);

/// Rolls back unless committed. Ends before its Database does.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  /// Durable when this returns success; rolled back otherwise.
  Result<void> commit();

 private:
  friend class Database;
  Transaction(Database& database, std::string purpose);
  sqlite3* handle_;  ///< null once ended
  std::string where_;
};

}  // namespace balans::sqlite
