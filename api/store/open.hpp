#pragma once
// Which database, and how to begin with it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "api/store/store.hpp"

namespace balans::api {

/// `postgresql://user@host/database`, as libpq has it.
struct PostgresUri {
  std::string text;
  bool operator==(const PostgresUri&) const = default;
};
/// A file of SQLite, or a PostgreSQL.
using DatabaseAddress = std::variant<std::filesystem::path, PostgresUri>;

/// A text that begins with postgresql:// or postgres:// is one of PostgreSQL.
bool is_postgres_uri(std::string_view text);

/// Brings the schema up to date. One process does, others that start at the same time wait for it.
Result<void> migrate(const DatabaseAddress& database);

struct SchemaState {
  std::int64_t found = 0;  ///< 0: nothing is there yet
  std::int64_t known = 0;  ///< to this program
};
/// Looks and changes nothing.
Result<SchemaState> schema_state(const DatabaseAddress& database);

/// One connection of its own. The schema has to be up to date.
Result<std::unique_ptr<Store>> open_store(const DatabaseAddress& database);

}  // namespace balans::api
