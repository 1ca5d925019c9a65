#pragma once
// What goes when its time is over: rows in SQLite, whole days in PostgreSQL where a table has them. Rows go device by
// device, because that is how they lie, and a bounded number at once.

#include <span>

#include "api/store/roll_up_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class PostgresConnection;
class PostgresDays;

class SqlRetention : public RetentionStore {
 public:
  explicit SqlRetention(sql::Connection& connection) : connection_(connection) {}

 protected:
  struct Step {
    std::string_view purpose;
    std::string_view statement;  ///< of $1 the time before which rows go, and at most $2 rows; of $3 the device
    UnixTime horizon;
  };
  /// Looks at the oldest batches only: they lie in the order in which they came.
  Result<bool> forget_batches(std::span<const Step> steps);
  /// Some devices further; true until all have had their turn.
  Result<bool> forget_of_devices(std::span<const Step> steps);
  sql::Connection& connection_;

 private:
  Result<bool> forget_of(std::int64_t device, std::span<const Step> steps);
  std::int64_t after_ = 0;  ///< the device that had its turn last
};

class SqliteRetention final : public SqlRetention {
 public:
  using SqlRetention::SqlRetention;
  Result<void> prepare(UnixTime /*now*/) override { return {}; }
  Result<bool> forget(const Horizons& horizons) override;
};

class PostgresRetention final : public SqlRetention {
 public:
  PostgresRetention(PostgresConnection& connection, PostgresDays& days);
  Result<void> prepare(UnixTime now) override;
  Result<bool> forget(const Horizons& horizons) override;

 private:
  Result<bool> drop_days(const std::string& table, UnixTime horizon);
  PostgresConnection& postgres_;
  PostgresDays& days_;
};

}  // namespace balans::api
