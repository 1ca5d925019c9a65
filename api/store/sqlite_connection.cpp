#include "api/store/sqlite_connection.hpp"

#include "common/check.hpp"

namespace balans::api {
namespace {

/// SQLite counts numbered parameters as ?1; with $1 it would count the order in which they first occur.
std::string in_its_own_words(std::string_view statement) {
  std::string text(statement);
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '$' && text[i + 1] >= '1' && text[i + 1] <= '9') text[i] = '?';
  return text;
}

}  // namespace

/// Gives its statement back to be used again.
class SqliteConnection::OwnRows final : public sql::Rows {
 public:
  OwnRows(sqlite::Statement statement, std::vector<sqlite::Statement>& home)
      : statement_(std::move(statement)), home_(home) {}
  ~OwnRows() override {
    statement_.reset();
    home_.push_back(std::move(statement_));
  }
  OwnRows(const OwnRows&) = delete;
  OwnRows& operator=(const OwnRows&) = delete;

  Result<bool> next() override { return statement_.step(); }
  [[nodiscard]] bool is_null(int column) const override { return statement_.is_null(column); }
  [[nodiscard]] std::int64_t integer(int column) const override { return statement_.integer(column); }
  [[nodiscard]] std::string text(int column) const override { return statement_.text(column); }

 private:
  sqlite::Statement statement_;
  std::vector<sqlite::Statement>& home_;
};

Result<sqlite::Statement> SqliteConnection::bound(std::string_view purpose, std::string_view statement,
                                                  std::span<const sql::Value> values) {
  auto home = kept_.find(statement);
  if (home == kept_.end()) home = kept_.emplace(std::string(statement), std::vector<sqlite::Statement>()).first;
  if (home->second.empty()) {
    auto prepared = database_.prepare(in_its_own_words(statement), purpose);
    if (!prepared) return prepared.error();
    home->second.push_back(*std::move(prepared));
  }
  sqlite::Statement taken = std::move(home->second.back());
  home->second.pop_back();
  taken.bind_anew(values.size());
  int index = 0;
  for (const sql::Value& value : values) taken.bind_value(++index, value.content());
  return taken;
}

Result<std::unique_ptr<sql::Rows>> SqliteConnection::query(std::string_view purpose, std::string_view statement,
                                                           std::span<const sql::Value> values) {
  auto taken = bound(purpose, statement, values);
  if (!taken) return taken.error();
  return std::unique_ptr<sql::Rows>(std::make_unique<OwnRows>(*std::move(taken), kept_.find(statement)->second));
}

Result<std::int64_t> SqliteConnection::run(std::string_view purpose, std::string_view statement,
                                           std::span<const sql::Value> values) {
  auto taken = bound(purpose, statement, values);
  if (!taken) return taken.error();
  while (true) {
    const Result<bool> row = taken->step();
    if (!row) return row.error();
    if (!*row) break;
  }
  kept_.find(statement)->second.push_back(*std::move(taken));
  return database_.changes();
}

Result<void> SqliteConnection::begin() {
  BALANS_CHECK(!transaction_);
  auto begun = database_.begin("begin");
  if (!begun) return begun.error();
  transaction_.emplace(*std::move(begun));
  return {};
}

Result<void> SqliteConnection::commit() {
  BALANS_CHECK(transaction_.has_value());
  auto done = transaction_->commit();
  transaction_.reset();
  return done;
}

}  // namespace balans::api
