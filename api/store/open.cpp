#include "api/store/open.hpp"

#include "api/store/postgres_store.hpp"
#include "api/store/sqlite_store.hpp"

namespace balans::api {

bool is_postgres_uri(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

Result<void> migrate(const DatabaseAddress& database) {
  if (const auto* uri = std::get_if<PostgresUri>(&database)) return migrate_postgres(*uri);
  return migrate_sqlite(std::get<std::filesystem::path>(database));
}

Result<SchemaState> schema_state(const DatabaseAddress& database) {
  if (const auto* uri = std::get_if<PostgresUri>(&database)) return postgres_schema_state(*uri);
  return sqlite_schema_state(std::get<std::filesystem::path>(database));
}

Result<std::unique_ptr<Store>> open_store(const DatabaseAddress& database) {
  if (const auto* uri = std::get_if<PostgresUri>(&database)) return open_postgres_store(*uri);
  return open_sqlite_store(std::get<std::filesystem::path>(database));
}

}  // namespace balans::api
