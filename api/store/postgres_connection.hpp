#pragma once
// PostgreSQL behind the common seam.

#include <memory>

#include "api/store/sql.hpp"
#include "common/io/postgres/postgres.hpp"

namespace balans::api {

class PostgresConnection final : public sql::Connection {
 public:
  explicit PostgresConnection(std::unique_ptr<postgres::Connection> connection) : connection_(std::move(connection)) {}

  [[nodiscard]] sql::Engine engine() const override { return sql::Engine::Postgres; }
  [[nodiscard]] std::int64_t connects() const override { return connection_->connects(); }
  using sql::Connection::query;
  using sql::Connection::run;
  Result<std::unique_ptr<sql::Rows>> query(std::string_view purpose, std::string_view statement,
                                           std::span<const sql::Value> values) override;
  Result<std::vector<std::unique_ptr<sql::Rows>>> query_all(std::span<const sql::Query> queries) override;
  Result<std::int64_t> run(std::string_view purpose, std::string_view statement,
                           std::span<const sql::Value> values) override;
  using sql::Connection::run_meanwhile;
  Result<void> run_meanwhile(std::string_view purpose, std::string_view statement,
                             std::span<const sql::Value> values) override;
  Result<void> begin() override { return connection_->begin(); }
  Result<void> commit() override { return connection_->commit(); }
  void roll_back() override { connection_->roll_back(); }

  postgres::Connection& native() { return *connection_; }

 private:
  std::unique_ptr<postgres::Connection> connection_;
};

}  // namespace balans::api
