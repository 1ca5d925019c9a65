#pragma once
// The embedded engine behind the common seam.

#include <map>
#include <string>
#include <vector>

#include "api/store/sql.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::api {

class SqliteConnection final : public sql::Connection {
 public:
  explicit SqliteConnection(sqlite::Database database) : database_(std::move(database)) {}

  [[nodiscard]] sql::Engine engine() const override { return sql::Engine::Sqlite; }
  using sql::Connection::query;
  using sql::Connection::run;
  Result<std::unique_ptr<sql::Rows>> query(std::string_view purpose, std::string_view statement,
                                           std::span<const sql::Value> values) override;
  Result<std::int64_t> run(std::string_view purpose, std::string_view statement,
                           std::span<const sql::Value> values) override;
  Result<void> begin() override;
  Result<void> commit() override;
  void roll_back() override { transaction_.reset(); }

  sqlite::Database& database() { return database_; }

 private:
  class OwnRows;
  using Kept = std::map<std::string, std::vector<sqlite::Statement>, std::less<>>;

  /// A statement nobody else reads from at the moment, with its parameters bound.
  Result<sqlite::Statement> bound(std::string_view purpose, std::string_view statement,
                                  std::span<const sql::Value> values);

  sqlite::Database database_;
  std::optional<sqlite::Transaction> transaction_;
  Kept kept_;
};

}  // namespace balans::api
