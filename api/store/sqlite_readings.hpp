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
  /// Readings in one statement.
  static constexpr int kRowsAtOnce = 10;

  Result<void> prepare();
  Result<Device> device_of(const DeviceName& name);
  Result<void> add_batch(const NewBatch& fresh);
  Result<void> add_rows(const NewBatch& fresh, std::int64_t batch);
  Result<void> add_row(std::int64_t device, std::int64_t batch, const Reading& reading, std::int64_t version);
  Result<void> add_several(std::int64_t device, std::int64_t batch, std::span<const Reading, kRowsAtOnce> rows);
  Result<void> note_dirty(const NewBatch& fresh);

  sqlite::Database& database_;
  std::optional<sqlite::Statement> insert_;          ///< of a reading
  std::optional<sqlite::Statement> insert_several_;  ///< of kRowsAtOnce: by far the most frequent
};

}  // namespace balans::api
