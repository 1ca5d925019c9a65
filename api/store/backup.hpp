#pragma once
// Copies of a whole database. A backup is one SQLite file with the schema of this program, whichever engine it comes
// from, so that it can be looked into with common tools and restored into either: that is also how one moves from
// SQLite to PostgreSQL.

#include <filesystem>

#include "api/store/open.hpp"

namespace balans::api {

/// Writes this moment's content into a new file, while others go on writing.
Result<void> back_up(const DatabaseAddress& database, const std::filesystem::path& file);

/// Fills a database that holds nothing yet. A backup of an older schema is brought up to date on the way; the file
/// itself stays as it is.
Result<void> restore(const std::filesystem::path& file, const DatabaseAddress& database);

}  // namespace balans::api
