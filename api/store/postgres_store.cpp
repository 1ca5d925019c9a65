#include "api/store/postgres_store.hpp"

#include <fmt/format.h>

#include "api/store/migrations.hpp"
#include "api/store/postgres_journal.hpp"
#include "api/store/postgres_readings.hpp"
#include "api/store/postgres_roll_ups.hpp"
#include "api/store/sql_retention.hpp"
#include "api/store/sql_store.hpp"

namespace balans::api {
namespace {

constexpr std::int64_t kKnown = kPostgresFirst - 1 + static_cast<std::int64_t>(kPostgresSteps.size());
/// Whoever migrates a Balans database holds this advisory lock meanwhile.
constexpr std::int64_t kMigrationLock = 0x62616c616e73;

Result<std::int64_t> version_of(postgres::Connection& connection) {
  const auto there = connection.run("look for the schema", "SELECT to_regclass('schema_version') IS NOT NULL");
  if (!there) return there.error();
  if (there->text(0, 0) != "t") return std::int64_t{0};
  const auto version = connection.run("read the schema's version", "SELECT version FROM schema_version");
  if (!version) return version.error();
  if (version->rows() != 1) return Error{"table schema_version", "expected one row"};
  return version->integer(0, 0);
}

Result<void> take_step(postgres::Connection& connection, std::int64_t version, std::string_view step) {
  const std::string purpose = fmt::format("bring the schema to version {}", version);
  if (auto begun = connection.begin(); !begun) return begun;
  auto done = connection.execute(purpose, std::string(step));
  if (done) done = connection.execute(purpose, fmt::format("UPDATE schema_version SET version = {}", version));
  if (done) return connection.commit();
  connection.roll_back();
  return done;
}

Result<void> migrate(postgres::Connection& connection) {
  const auto locked = connection.execute(
      "wait for others that migrate",
      fmt::format("SELECT pg_advisory_lock({}); CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL); "
                  "INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT FROM schema_version)",
                  kMigrationLock));
  if (!locked) return locked;
  const auto found = version_of(connection);
  if (!found) return found.error();
  if (*found > kKnown)
    return Error{"schema", fmt::format("has version {}; this program knows up to {}", *found, kKnown)};
  for (std::size_t i = 0; i < kPostgresSteps.size(); ++i) {
    const auto version = kPostgresFirst + static_cast<std::int64_t>(i);
    if (version <= *found) continue;
    if (auto done = take_step(connection, version, kPostgresSteps[i]); !done) return done;
  }
  return connection.execute("let others go on", fmt::format("SELECT pg_advisory_unlock({})", kMigrationLock));
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresUri& uri) {
  auto native = postgres::Connection::open(uri.text);
  if (!native) return native.error();
  auto connection = std::make_unique<PostgresConnection>(*std::move(native));
  auto days = std::make_shared<PostgresDays>(connection->native());
  OwnAggregates own;
  own.readings = std::make_unique<PostgresReadings>(*connection, *days);
  own.roll_ups = std::make_unique<PostgresRollUps>(*connection, *days);
  own.retention = std::make_unique<PostgresRetention>(*connection, *days);
  own.journal = std::make_unique<PostgresJournal>(*connection);
  own.rolled_back = [days] { days->forget(); };
  return std::unique_ptr<Store>(std::make_unique<SqlStore>(std::move(connection), std::move(own)));
}

Result<void> migrate_postgres(const PostgresUri& uri) {
  auto connection = postgres::Connection::open(uri.text);
  if (!connection) return connection.error();
  return migrate(**connection);
}

Result<SchemaState> postgres_schema_state(const PostgresUri& uri) {
  auto connection = postgres::Connection::open(uri.text);
  if (!connection) return connection.error();
  const auto found = version_of(**connection);
  if (!found) return found.error();
  return SchemaState{*found, kKnown};
}

}  // namespace balans::api
