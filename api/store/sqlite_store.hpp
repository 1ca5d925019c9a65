#pragma once
// The embedded engine.

#include <filesystem>
#include <memory>

#include "api/store/store.hpp"

namespace balans::api {

/// Opens or makes the database and brings its schema up to date.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& file);

}  // namespace balans::api
