#include "common/io/sqlite/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "common/check.hpp"

namespace balans::sqlite {
namespace {

Error last_error(sqlite3* db, const std::string& where) {
  // The extended code tells a full disk from a broken one.
  return {where, fmt::format("{} (SQLite code {})", sqlite3_errmsg(db), sqlite3_extended_errcode(db))};
}

std::string joined(const std::string& name, std::string_view purpose) { return fmt::format("{}, {}", name, purpose); }

Result<void> use_wal(Database& db) {
  auto mode = db.prepare("PRAGMA journal_mode = WAL", "turn on the write-ahead log");
  if (!mode.ok()) return mode.error();
  auto row = mode->step();
  if (!row.ok()) return row.error();
  if (!*row || mode->text(0) != "wal") return Error{"journal mode", "the write-ahead log cannot be turned on"};
  return {};
}

}  // namespace

void Closer::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void Closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

// ---- Statement

void Statement::restart(std::size_t parameters) {
  reset();
  failed_bind_ = SQLITE_OK;
  BALANS_CHECK(static_cast<std::size_t>(sqlite3_bind_parameter_count(handle_.get())) == parameters);
}

void Statement::note(int code) {
  if (failed_bind_ == SQLITE_OK) failed_bind_ = code;
}

void Statement::bind_one(int index, std::int64_t value) { note(sqlite3_bind_int64(handle_.get(), index, value)); }

void Statement::bind_one(int index, std::string_view text) {
  // An empty view may have a null pointer, which SQLite would take for NULL.
  const char* data = text.empty() ? "" : text.data();
  note(sqlite3_bind_text64(handle_.get(), index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_one(int index, std::nullopt_t) { note(sqlite3_bind_null(handle_.get(), index)); }

void Statement::bind_constant(int index, std::string_view text) {
  note(sqlite3_bind_text64(handle_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_value(int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return bind_one(index, *number);
  if (const auto* text = std::get_if<std::string_view>(&value)) return bind_one(index, *text);
  bind_one(index, std::nullopt);
}

Result<bool> Statement::step() {
  if (failed_bind_ != SQLITE_OK) return Error{where_, sqlite3_errstr(failed_bind_)};
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const Error error = last_error(sqlite3_db_handle(handle_.get()), where_);
  reset();
  return error;
}

void Statement::reset() { sqlite3_reset(handle_.get()); }

Result<void> Statement::finish() {
  const auto row = step();
  if (!row.ok()) return row.error();
  BALANS_CHECK(!*row);  // a statement with rows is read with bind and step
  return {};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

// ---- Database

Result<Database> Database::open_with(const std::filesystem::path& file, const OpenOptions& options, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Database db(std::unique_ptr<sqlite3, Closer>(raw), file.string());
  if (code != SQLITE_OK) return raw == nullptr ? Error{db.name_, sqlite3_errstr(code)} : db.error("open");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(options.busy_timeout.count()));
  return db;
}

Result<Database> Database::open(const std::filesystem::path& file, const OpenOptions& options) {
  auto opened = open_with(file, options, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
  if (!opened.ok()) return opened.error();
  Database db = *std::move(opened);
  if (auto wal = use_wal(db); !wal.ok()) return wal.error();
  constexpr const char* kSettings =
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
      "PRAGMA journal_size_limit = 16777216;";
  if (auto set = db.execute(kSettings, "set it up"); !set.ok()) return set.error();
  return db;
}

Result<Database> Database::open_existing(const std::filesystem::path& file, const OpenOptions& options) {
  return open_with(file, options, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
}

Result<void> Database::copy_to(const std::filesystem::path& to) {
  auto copy = prepare("VACUUM INTO ?", "copy it");
  if (!copy.ok()) return copy.error();
  return copy->run(to.string());
}

Result<std::int64_t> Database::schema_version() {
  auto query = prepare("PRAGMA user_version", "read the schema's version");
  if (!query.ok()) return query.error();
  if (auto row = query->step(); !row.ok()) return row.error();
  return query->integer(0);
}

Result<void> Database::check() {
  auto query = prepare("PRAGMA quick_check(1)", "look for damage");
  if (!query.ok()) return query.error();
  if (auto row = query->step(); !row.ok()) return row.error();
  if (const std::string found = query->text(0); found != "ok") return Error{name_, "is damaged: " + found};
  return {};
}

Error Database::error(std::string_view purpose) const { return last_error(handle_.get(), joined(name_, purpose)); }

Result<void> Database::execute(const std::string& sql, std::string_view purpose) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error(purpose);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql, std::string_view purpose) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return error(purpose);
  return Statement(std::unique_ptr<sqlite3_stmt, Closer>(raw), joined(name_, purpose));
}

Result<Transaction> Database::begin(std::string_view purpose) {
  if (auto begun = execute("BEGIN IMMEDIATE", purpose); !begun.ok()) return begun.error();
  return Transaction(*this, joined(name_, purpose));
}

Result<void> Database::migrate(std::span<const std::string_view> steps) {
  const auto version = schema_version();
  if (!version.ok()) return version.error();
  if (*version < 0 || *version > std::int64_t(steps.size()))
    return Error{name_, fmt::format("has schema version {}; this program knows up to {}", *version, steps.size())};
  for (std::size_t i = static_cast<std::size_t>(*version); i < steps.size(); ++i) {
    const std::string purpose = fmt::format("bring the schema to version {}", i + 1);
    auto transaction = begin(purpose);
    if (!transaction.ok()) return transaction.error();
    const auto now = schema_version();
    if (!now.ok()) return now.error();
    if (*now > std::int64_t(i)) continue;  // another process was faster
    if (auto done = execute(std::string(steps[i]), purpose); !done.ok()) return done;
    if (auto done = execute(fmt::format("PRAGMA user_version = {}", i + 1), purpose); !done.ok()) return done;
    if (auto done = transaction->commit(); !done.ok()) return done;
  }
  return {};
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_.get()); }

std::vector<std::filesystem::path> names_aside(const std::filesystem::path& file, std::int64_t version) {
  std::vector<std::filesystem::path> names{fmt::format("{}.version-{}", file.string(), version)};
  for (int i = 2; i <= kMostAside; ++i) names.emplace_back(fmt::format("{}.{}", names.front().string(), i));
  return names;
}

Result<std::optional<std::filesystem::path>> set_aside_if_newer(const std::filesystem::path& file,
                                                                std::int64_t known_version) {
  using Aside = std::optional<std::filesystem::path>;
  std::error_code problem;
  if (!std::filesystem::exists(file, problem)) return Aside();
  std::int64_t version = 0;
  {
    auto database = Database::open_existing(file);
    if (!database.ok()) return database.error();
    const auto found = database->schema_version();
    if (!found.ok()) return found.error();
    version = *found;
  }
  if (version <= known_version) return Aside();
  std::optional<std::filesystem::path> aside;
  for (const std::filesystem::path& name : names_aside(file, version))
    if (!aside && !std::filesystem::exists(name, problem)) aside = name;
  if (!aside) return Error{file.string(), fmt::format("cannot be set aside: {} are already", kMostAside)};
  for (const char* part : {"-wal", "-shm", ""}) {
    const std::filesystem::path from = file.string() + part;
    if (*part != '\0' && !std::filesystem::exists(from, problem)) continue;
    std::filesystem::rename(from, aside->string() + part, problem);
    if (problem) return Error{from.string(), "cannot be set aside: " + problem.message()};
  }
  return aside;
}

// ---- Transaction

Transaction::Transaction(Database& database, std::string purpose)
    : handle_(database.handle_.get()), where_(std::move(purpose)) {}

Transaction::Transaction(Transaction&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), where_(std::move(other.where_)) {}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself; then there is nothing left to end.
  if (handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0)
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Transaction::commit() {
  BALANS_CHECK(handle_ != nullptr);
  if (sqlite3_get_autocommit(handle_) != 0) return Error{where_, "was rolled back after an earlier error"};
  if (sqlite3_exec(handle_, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) return last_error(handle_, where_);
  handle_ = nullptr;
  return {};
}

}  // namespace balans::sqlite
