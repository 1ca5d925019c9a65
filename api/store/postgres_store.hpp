#pragma once
// PostgreSQL 15 and later.

#include <memory>

#include "api/store/open.hpp"

namespace balans::api {

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresUri& uri);
Result<void> migrate_postgres(const PostgresUri& uri);
Result<SchemaState> postgres_schema_state(const PostgresUri& uri);

}  // namespace balans::api
