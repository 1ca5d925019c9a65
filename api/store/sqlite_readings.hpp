#pragma once
// Readings in SQLite: prepared statements, one transaction, one writer.

#include "api/store/sql_readings.hpp"
#include "api/store/sqlite_connection.hpp"

namespace balans::api {

class SqliteReadings final : public SqlReadings {
 public:
  explicit SqliteReadings(SqliteConnection& connection) : SqlReadings(connection), database_(connection.database()) {}

  Result<std::vector<Device>> lock(std::span<const DeviceName> names) override;
  Result<void> add(std::span<const NewBatch> batches, std::span<const Device> devices) override;

 private:
  /// A reading on its way into the table.
  struct Row {
    std::int64_t device;
    std::int64_t batch;
    std::int64_t version;
    const Reading* reading;
  };
  /// A statement that stores so many at once.
  struct Insert {
    std::size_t rows;
    sqlite::Statement statement;
  };

  Result<void> prepare();
  Result<Device> device_of(const DeviceName& name);
  /// Stores all but its readings, which are appended to `rows`.
  Result<void> add_batch(const NewBatch& fresh, std::vector<Row>& rows);
  Result<void> add_rows(std::span<const Row> rows);
  static void bind(sqlite::Statement& statement, int first, const Row& row);
  Result<void> note_dirty(const NewBatch& fresh);

  sqlite::Database& database_;
  std::vector<Insert> inserts_;  ///< the largest first
};

}  // namespace balans::api
