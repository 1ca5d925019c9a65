#include "common/io/postgres/postgres.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "common/check.hpp"
#include "common/io/postgres/result_status.hpp"

namespace balans::postgres {

using namespace detail;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstWait = 100ms;
constexpr std::chrono::milliseconds kLongestWait = 5s;
constexpr std::size_t kMostStatements = 500;
constexpr std::size_t kMostUnderWay = 16;

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
  if (transaction_ == Transaction::Begun) transaction_ = Transaction::None;
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
  ++connects_;
  return {};
}

Result<void> Connection::revive() {
  if (PQstatus(handle_.get()) == CONNECTION_OK) return {};
  if (transaction_ == Transaction::Begun) return Error{name_, "the connection was lost"};
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
  const Question question{purpose, statement, {values.begin(), values.end()}};
  auto answers = run_all({&question, 1});
  if (!answers) return answers.error();
  return std::move(answers->front());
}

Result<std::vector<Answer>> Connection::run_all(std::span<const Question> questions) {
  const bool is_first = transaction_ == Transaction::Asked;
  auto answers = ask(questions);
  // That the server has gone since the last time shows only now, and nothing has been said yet.
  if (!answers && is_first && PQstatus(handle_.get()) != CONNECTION_OK) {
    transaction_ = Transaction::Asked;
    answers = ask(questions);
  }
  return answers;
}

Result<std::vector<Answer>> Connection::ask(std::span<const Question> questions) {
  if (const auto alive = revive(); !alive) return alive.error();
  if (const auto room = make_room(questions); !room) return room.error();
  if (transaction_ == Transaction::Asked) {
    if (const auto sent = send_begin(); !sent) return sent.error();
  }
  for (const Question& question : questions)
    if (const auto sent = send(question); !sent) return sent.error();
  return collect(questions.size());
}

/// So that all of these may be sent one after the other: what has to be prepared first is.
Result<void> Connection::make_room(std::span<const Question> questions) {
  BALANS_CHECK(questions.size() < kMostUnderWay);
  const bool all_known = std::all_of(questions.begin(), questions.end(),
                                     [this](const Question& each) { return statements_.contains(each.statement); });
  if (all_known && under_way_.size() + questions.size() < kMostUnderWay) return {};
  if (auto settled = settle(); !settled) return settled;
  for (const Question& each : questions)
    if (const auto name = prepared(each.purpose, each.statement); !name) return name.error();
  return {};
}

Result<void> Connection::send_begin() {
  pg_conn* const handle = handle_.get();
  transaction_ = Transaction::Begun;
  if (PQenterPipelineMode(handle) != 1 ||
      PQsendQueryParams(handle, "BEGIN", 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
    return error("begin");
  under_way_.emplace_back("begin");
  return {};
}

Result<void> Connection::send(const Question& question) {
  const Parameters parameters(question.values);
  pg_conn* const handle = handle_.get();
  const std::string& name = statements_.find(question.statement)->second;
  if (PQenterPipelineMode(handle) != 1 ||
      PQsendQueryPrepared(handle, name.c_str(), parameters.count(), parameters.pointers(), nullptr, nullptr, 0) != 1)
    return error(question.purpose);
  under_way_.emplace_back(question.purpose);
  return {};
}

Result<void> Connection::run_meanwhile(std::string_view purpose, std::string_view statement,
                                       std::span<const Value> values) {
  if (transaction_ == Transaction::None) {
    const auto done = run(purpose, statement, values);
    return done ? Result<void>() : Result<void>(done.error());
  }
  if (const auto begun = begin_now(); !begun) return begun;
  if (const auto alive = revive(); !alive) return alive;
  const Question question{purpose, statement, {values.begin(), values.end()}};
  if (const auto room = make_room({&question, 1}); !room) return room;
  if (const auto sent = send(question); !sent) return sent;
  if (PQflush(handle_.get()) != 0) return error(purpose);
  return {};
}

Result<void> Connection::settle() {
  const auto answers = collect(0);
  return answers ? Result<void>() : Result<void>(answers.error());
}

/// The answers to the last so many of what was sent, or the first error of all.
Result<std::vector<Answer>> Connection::collect(std::size_t wanted) {
  std::vector<Answer> answers;
  if (PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF) return answers;
  const std::vector<std::string> purposes = std::exchange(under_way_, {});
  std::optional<Error> first;
  if (PQpipelineSync(handle_.get()) != 1) first = error("wait for what was sent");
  for (std::size_t i = 0; i < purposes.size(); ++i) {
    Handle result(PQgetResult(handle_.get()));
    if (!fine(PQresultStatus(result.get())) && !first) first = error(purposes[i], result.get());
    const bool has_more = result != nullptr;
    if (i + wanted >= purposes.size()) answers.emplace_back(std::move(result));
    while (has_more && Handle(PQgetResult(handle_.get())) != nullptr) continue;
  }
  const Handle end(PQgetResult(handle_.get()));
  if (PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC && !first) first = error("wait for what was sent", end.get());
  if (PQexitPipelineMode(handle_.get()) != 1 && !first) first = error("wait for what was sent");
  if (first) return *first;
  return answers;
}

Result<void> Connection::execute(std::string_view purpose, const std::string& script) {
  if (const auto begun = begin_now(); !begun) return begun;
  return execute_alone(purpose, script);
}

Result<void> Connection::execute_alone(std::string_view purpose, const std::string& script) {
  if (const auto alive = revive(); !alive) return alive;
  if (const auto settled = settle(); !settled) return settled;
  const Handle result(PQexec(handle_.get(), script.c_str()));
  if (!fine(PQresultStatus(result.get()))) return error(purpose, result.get());
  return {};
}

Result<void> Connection::begin() {
  BALANS_CHECK(transaction_ == Transaction::None);
  transaction_ = Transaction::Asked;
  return {};
}

Result<void> Connection::begin_now() {
  if (transaction_ != Transaction::Asked) return {};
  auto begun = execute_alone("begin", "BEGIN");
  // That the server has gone since the last time shows only now, and nothing has been said yet.
  if (!begun && PQstatus(handle_.get()) != CONNECTION_OK) begun = execute_alone("begin", "BEGIN");
  if (begun) transaction_ = Transaction::Begun;
  return begun;
}

Result<void> Connection::commit() {
  BALANS_CHECK(transaction_ != Transaction::None);
  if (transaction_ == Transaction::Asked) {
    transaction_ = Transaction::None;
    return {};
  }
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    transaction_ = Transaction::None;
    return Error{name_, "the connection was lost before the commit"};
  }
  if (PQpipelineStatus(handle_.get()) != PQ_PIPELINE_OFF) return commit_what_is_under_way();
  const bool failed = PQtransactionStatus(handle_.get()) == PQTRANS_INERROR;
  const Handle result(PQexec(handle_.get(), "COMMIT"));
  transaction_ = Transaction::None;
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
    transaction_ = Transaction::None;
  return done;
}

void Connection::roll_back() {
  BALANS_CHECK(transaction_ != Transaction::None);
  if (transaction_ == Transaction::Asked) {
    transaction_ = Transaction::None;
    return;
  }
  (void)settle().ok();
  if (!copying_.empty()) {
    if (!copy_ended_) PQputCopyEnd(handle_.get(), "given up");
    (void)finish_results().ok();
  }
  const Handle result(PQexec(handle_.get(), "ROLLBACK"));
  transaction_ = Transaction::None;
}

}  // namespace balans::postgres
