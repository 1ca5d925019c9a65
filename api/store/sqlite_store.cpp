#include "api/store/sqlite_store.hpp"

#include "api/store/migrations.hpp"
#include "api/store/sql_retention.hpp"
#include "api/store/sql_roll_ups.hpp"
#include "api/store/sql_store.hpp"
#include "api/store/sqlite_journal.hpp"
#include "api/store/sqlite_readings.hpp"

namespace balans::api {

Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& file) {
  auto database = sqlite::Database::open(file);
  if (!database) return database.error();
  if (const auto migrated = database->migrate(kSqliteSteps); !migrated) return migrated.error();
  // A transaction of thousands of readings and their signed texts stays in memory until it is committed.
  if (const auto set = database->execute("PRAGMA cache_size = -16000", "make room for large transactions"); !set)
    return set.error();
  // A commit of the journal touches a page of each account that it moves money of. Pages that the next commits touch
  // again reach the file once for all of them: after 64 MB instead of 4. So much room the log keeps: finding it anew
  // would cost each commit more than writing it.
  if (const auto set = database->execute("PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864",
                                         "write back less often");
      !set)
    return set.error();
  auto connection = std::make_unique<SqliteConnection>(*std::move(database));
  OwnAggregates own;
  own.readings = std::make_unique<SqliteReadings>(*connection);
  own.roll_ups = std::make_unique<SqlRollUps>(*connection);
  own.retention = std::make_unique<SqliteRetention>(*connection);
  own.journal = std::make_unique<SqliteJournal>(*connection);
  return std::unique_ptr<Store>(std::make_unique<SqlStore>(std::move(connection), std::move(own)));
}

Result<void> migrate_sqlite(const std::filesystem::path& file) {
  auto database = sqlite::Database::open(file);
  if (!database) return database.error();
  return database->migrate(kSqliteSteps);
}

Result<SchemaState> sqlite_schema_state(const std::filesystem::path& file) {
  SchemaState state{0, static_cast<std::int64_t>(kSqliteSteps.size())};
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return state;
  auto database = sqlite::Database::open_existing(file);
  if (!database) return database.error();
  const auto version = database->schema_version();
  if (!version) return version.error();
  state.found = *version;
  return state;
}

}  // namespace balans::api
