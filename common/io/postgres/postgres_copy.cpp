// What is copied as rows of text.
#include <libpq-fe.h>

#include <utility>

#include "common/check.hpp"
#include "common/io/postgres/postgres.hpp"
#include "common/io/postgres/result_status.hpp"

namespace balans::postgres {

using namespace detail;

Result<void> Connection::begin_copy(std::string_view purpose, const std::string& statement) {
  BALANS_CHECK(copying_.empty());
  if (const auto done = execute(purpose, statement); !done) return done;
  copying_ = purpose;
  copy_ended_ = false;
  return {};
}

Result<void> Connection::ask_for_copies(std::string_view purpose, const std::string& statements) {
  BALANS_CHECK(copying_.empty());
  if (const auto begun = begin_now(); !begun) return begun;
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
