#include "common/io/postgres/postgres.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "common/check.hpp"

namespace balans::postgres {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstWait = 100ms;
constexpr std::chrono::milliseconds kLongestWait = 5s;
constexpr std::size_t kMostStatements = 500;
constexpr std::size_t kMostUnderWay = 16;

using Handle = std::unique_ptr<pg_result, Closer>;

/// One line, without libpq's label and hints.
std::string first_line(std::string_view message) {
  if (message.starts_with("ERROR:  ")) message.remove_prefix(8);
  return std::string(message.substr(0, message.find('\n')));
}

/// Host and database, for people.
std::string name_of(pg_conn* connection) {
  const char* host = PQhost(connection);
  const char* database = PQdb(connection);
  return fmt::format("postgresql {}/{}", host == nullptr ? "" : host, database == nullptr ? "" : database);
}

/// Whether libpq reads the URI as it was meant. What it says of one that it cannot read repeats parts of it, and where
/// a password has an @, / or ? that is not percent-encoded, part of it passes for host, port or database: of neither is
/// anything repeated.
Result<void> check_uri(const std::string& uri) {
  struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  };
  const Error wrong{"postgresql", "the URI cannot be read; what is special in its password has to be percent-encoded"};
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(uri.c_str(), &complaint));
  PQfreemem(complaint);
  if (options == nullptr) return wrong;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view key = option->keyword;
    const bool is_place = key == "host" || key == "port" || key == "dbname";
    if (is_place && option->val != nullptr && std::string_view(option->val).find('@') != std::string_view::npos)
      return wrong;
  }
  return {};
}

/// Parameters as libpq wants them: pointers to texts that live as long as this does.
class Parameters {
 public:
  explicit Parameters(std::span<const Value> values) {
    texts_.reserve(values.size());
    for (const Value& value : values) {
      if (const auto* number = std::get_if<std::int64_t>(&value))
        texts_.emplace_back(std::to_string(*number));
      else if (const auto* text = std::get_if<std::string_view>(&value))
        texts_.emplace_back(*text);
      else
        texts_.emplace_back(std::nullopt);
    }
    for (const auto& text : texts_) pointers_.push_back(text ? text->c_str() : nullptr);
  }
  [[nodiscard]] int count() const { return static_cast<int>(pointers_.size()); }
  [[nodiscard]] const char* const* pointers() const { return pointers_.data(); }

 private:
  std::vector<std::optional<std::string>> texts_;
  std::vector<const char*> pointers_;
};

bool fine(ExecStatusType status) {
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN ||
         status == PGRES_COPY_OUT || status == PGRES_EMPTY_QUERY;
}

}  // namespace

void Closer::operator()(pg_conn* connection) const { PQfinish(connection); }
void Closer::operator()(pg_result* result) const { PQclear(result); }

int Answer::rows() const { return PQntuples(handle_.get()); }

std::int64_t Answer::changed() const {
  const std::string_view count = PQcmdTuples(handle_.get());
  std::int64_t number = 0;
  std::from_chars(count.data(), count.data() + count.size(), number);
  return number;
}

bool Answer::is_null(int row, int column) const { return PQgetisnull(handle_.get(), row, column) != 0; }

std::int64_t Answer::integer(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::string_view Answer::text(int row, int column) const {
  return {PQgetvalue(handle_.get(), row, column), static_cast<std::size_t>(PQgetlength(handle_.get(), row, column))};
}

Error Connection::error(std::string_view purpose) const {
  return {fmt::format("{}, {}", name_, purpose), first_line(PQerrorMessage(handle_.get()))};
}

Error Connection::error(std::string_view purpose, const pg_result* result) const {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  Error found = error(purpose);
  if (result != nullptr) found.what = first_line(PQresultErrorMessage(result));
  if (state != nullptr) found.what += fmt::format(" (SQLSTATE {})", state);
  return found;
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& uri) {
  std::unique_ptr<Connection> connection(new Connection(uri, "postgresql"));
  if (const auto connected = connection->connect(); !connected) return connected.error();
  return connection;
}

Result<void> Connection::connect() {
  if (const auto fine = check_uri(uri_); !fine) return fine;
  // A parameter that the URI itself names comes later and wins.
  const std::array<const char*, 8> keys{"connect_timeout",
                                        "keepalives_idle",
                                        "tcp_user_timeout",
                                        "application_name",
                                        "client_encoding",
                                        "dbname",
                                        nullptr,
                                        nullptr};
  const std::array<const char*, 8> values{"5", "30", "30000", "balans-api", "UTF8", uri_.c_str(), nullptr, nullptr};
  statements_.clear();
  under_way_.clear();
  in_transaction_ = false;
  handle_.reset(PQconnectdbParams(keys.data(), values.data(), 1));
  BALANS_CHECK(handle_ != nullptr);
  name_ = name_of(handle_.get());
  if (PQstatus(handle_.get()) != CONNECTION_OK) return error("connect");
  // A year of quarter-hours is sorted in memory, not on the disk.
  const std::unique_ptr<pg_result, Closer> set(PQexec(handle_.get(), "SET work_mem = '16MB'"));
  if (PQresultStatus(set.get()) != PGRES_COMMAND_OK) return error("set work_mem");
  PQsetNoticeProcessor(
      handle_.get(), [](void*, const char*) {}, nullptr);
  wait_ = 0ms;
  return {};
}

Result<void> Connection::revive() {
  if (PQstatus(handle_.get()) == CONNECTION_OK) return {};
  if (in_transaction_) return Error{name_, "the connection was lost"};
  if (std::chrono::steady_clock::now() < next_try_) return Error{name_, "the connection was lost; not tried again yet"};
  auto connected = connect();
  if (!connected) {
    wait_ = std::min(std::max(wait_ * 2, kFirstWait), kLongestWait);
    next_try_ = std::chrono::steady_clock::now() + wait_;
  }
  return connected;
}

Result<std::string> Connection::prepared(std::string_view purpose, std::string_view statement) {
  if (const auto known = statements_.find(statement); known != statements_.end()) return known->second;
  BALANS_CHECK(statements_.size() < kMostStatements);  // texts are constants
  const std::string name = fmt::format("s{}", statements_.size());
  const std::string text(statement);
  const Handle result(PQprepare(handle_.get(), name.c_str(), text.c_str(), 0, nullptr));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return error(purpose, result.get());
  statements_.emplace(text, name);
  return name;
}

Result<Answer> Connection::run(std::string_view purpose, std::string_view statement, std::span<const Value> values) {
  if (const auto alive = revive(); !alive) return alive.error();
  if (const auto settled = settle(); !settled) return settled.error();
  const auto name = prepared(purpose, statement);
  if (!name) return name.error();
  const Parameters parameters(values);
  Handle result(
      PQexecPrepared(handle_.get(), name->c_str(), parameters.count(), parameters.pointers(), nullptr, nullptr, 0));
  if (!fine(PQresultStatus(result.get()))) return error(purpose, result.get());
  return Answer(std::move(result));
}

Result<void> Connection::run_meanwhile(std::string_view purpose, std::string_view statement,
                                       std::span<const Value> values) {
  if (!in_transaction_) {
    const auto done = run(purpose, statement, values);
    return done ? Result<void>() : Result<void>(done.error());
  }
  if (const auto alive = revive(); !alive) return alive;
  if (under_way_.size() == kMostUnderWay || !statements_.contains(statement))
    if (const auto settled = settle(); !settled) return settled;
  const auto name = prepared(purpose, statement);
  if (!name) return name.error();
  const Parameters parameters(values);
  pg_conn* const handle = handle_.get();
  if (PQenterPipelineMode(handle) != 1 ||
      PQsendQueryPrepared(handle, name->c_str(), parameters.count(), parameters.pointers(), nullptr, nullptr, 0) != 1)
    return error(purpose);
  under_way_.emplace_back(purpose);
  if (PQflush(handle) != 0) return error(purpose);
  return {};
}

Result<void> Connection::settle() {
  if (PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF) return {};
  const std::vector<std::string> purposes = std::exchange(under_way_, {});
  std::optional<Error> first;
  if (PQpipelineSync(handle_.get()) != 1) first = error("wait for what was sent");
  for (const std::string& purpose : purposes) {
    const Handle result(PQgetResult(handle_.get()));
    if (!fine(PQresultStatus(result.get())) && !first) first = error(purpose, result.get());
    while (result != nullptr && Handle(PQgetResult(handle_.get())) != nullptr) continue;
  }
  const Handle end(PQgetResult(handle_.get()));
  if (PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC && !first) first = error("wait for what was sent", end.get());
  if (PQexitPipelineMode(handle_.get()) != 1 && !first) first = error("wait for what was sent");
  if (first) return *first;
  return {};
}

Result<void> Connection::execute(std::string_view purpose, const std::string& script) {
  if (const auto alive = revive(); !alive) return alive;
  if (const auto settled = settle(); !settled) return settled;
  const Handle result(PQexec(handle_.get(), script.c_str()));
  if (!fine(PQresultStatus(result.get()))) return error(purpose, result.get());
  return {};
}

Result<void> Connection::begin() {
  BALANS_CHECK(!in_transaction_);
  auto begun = execute("begin", "BEGIN");
  // That the server has gone since the last time shows only now, and nothing has been said yet.
  if (!begun && PQstatus(handle_.get()) != CONNECTION_OK) begun = execute("begin", "BEGIN");
  in_transaction_ = begun.ok();
  return begun;
}

Result<void> Connection::commit() {
  BALANS_CHECK(in_transaction_);
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    in_transaction_ = false;
    return Error{name_, "the connection was lost before the commit"};
  }
  if (PQpipelineStatus(handle_.get()) != PQ_PIPELINE_OFF) return commit_what_is_under_way();
  const bool failed = PQtransactionStatus(handle_.get()) == PQTRANS_INERROR;
  const Handle result(PQexec(handle_.get(), "COMMIT"));
  in_transaction_ = false;
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return error("commit", result.get());
  if (failed) return Error{name_, "rolled back: a statement of the transaction had failed"};
  return {};
}

Result<void> Connection::commit_what_is_under_way() {
  // The server passes over it where one of those before it fails.
  const bool sent = PQsendQueryParams(handle_.get(), "COMMIT", 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
  auto done = sent ? Result<void>() : Result<void>(error("commit"));
  if (sent) under_way_.emplace_back("commit");
  if (auto settled = settle(); done && !settled) done = settled;
  if (!done)
    roll_back();
  else
    in_transaction_ = false;
  return done;
}

void Connection::roll_back() {
  BALANS_CHECK(in_transaction_);
  (void)settle().ok();
  if (!copying_.empty()) {
    if (!copy_ended_) PQputCopyEnd(handle_.get(), "given up");
    (void)finish_results().ok();
  }
  const Handle result(PQexec(handle_.get(), "ROLLBACK"));
  in_transaction_ = false;
}

Result<void> Connection::begin_copy(std::string_view purpose, const std::string& statement) {
  BALANS_CHECK(copying_.empty());
  if (const auto done = execute(purpose, statement); !done) return done;
  copying_ = purpose;
  copy_ended_ = false;
  return {};
}

Result<void> Connection::ask_for_copies(std::string_view purpose, const std::string& statements) {
  BALANS_CHECK(copying_.empty());
  if (const auto alive = revive(); !alive) return alive;
  if (const auto settled = settle(); !settled) return settled;
  if (PQsendQuery(handle_.get(), statements.c_str()) != 1) return error(purpose);
  copying_ = purpose;
  copy_ended_ = true;
  return {};
}

Result<void> Connection::next_copy(std::string_view purpose) {
  BALANS_CHECK(!copying_.empty() && copy_ended_);
  while (true) {
    const Handle result(PQgetResult(handle_.get()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN) break;
    if (status == PGRES_COMMAND_OK) continue;
    auto failed = error(copying_, result.get());
    (void)finish_results().ok();
    return failed;
  }
  copying_ = purpose;
  copy_ended_ = false;
  return {};
}

Result<void> Connection::copy(std::string_view rows) {
  if (PQputCopyData(handle_.get(), rows.data(), static_cast<int>(rows.size())) != 1) return error(copying_);
  return {};
}

Result<void> Connection::send_end() {
  copy_ended_ = true;
  if (PQputCopyEnd(handle_.get(), nullptr) != 1) return error(std::exchange(copying_, {}));
  return {};
}

Result<void> Connection::copy_last(std::string_view rows) {
  if (const auto sent = copy(rows); !sent) return sent;
  return send_end();
}

Result<void> Connection::end_copy() {
  if (!copy_ended_)
    if (const auto sent = send_end(); !sent) return sent;
  return finish_results();
}

Result<void> Connection::finish_results() {
  const std::string purpose = std::exchange(copying_, {});
  std::optional<Error> first;
  while (true) {
    const Handle result(PQgetResult(handle_.get()));
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {  // the server went away in the middle
      first = error(purpose);
      break;
    }
    if (!fine(status) && !first) first = error(purpose, result.get());
  }
  if (first) return *first;
  return {};
}

Result<std::optional<std::string>> Connection::next_copied() {
  char* row = nullptr;
  const int size = PQgetCopyData(handle_.get(), &row, 0);
  if (size > 0) {
    std::string text(row, static_cast<std::size_t>(size));
    PQfreemem(row);
    return std::optional(std::move(text));
  }
  if (const auto done = finish_results(); !done) return done.error();
  return std::optional<std::string>();
}

void append_copy_text(std::string& row, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        row += "\\\\";
        break;
      case '\n':
        row += "\\n";
        break;
      case '\r':
        row += "\\r";
        break;
      case '\t':
        row += "\\t";
        break;
      default:
        row += c;
    }
  }
}

}  // namespace balans::postgres
