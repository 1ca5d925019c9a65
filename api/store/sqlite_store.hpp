#pragma once
// The embedded engine.

#include <filesystem>
#include <memory>

#include "api/store/open.hpp"

namespace balans::api {

/// Opens or makes the database and brings its schema up to date.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& file);
Result<void> migrate_sqlite(const std::filesystem::path& file);
Result<SchemaState> sqlite_schema_state(const std::filesystem::path& file);

}  // namespace balans::api
