#pragma once
// The fastest that each database can do with the same rows: nothing but one insert after the other, or COPY of a text
// that is there already, in transactions of the same size and with the same durability.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/ingest/rows.hpp"

namespace balans::bench {

/// Readings alone, or beside them the signed text of each batch, which the backend keeps too.
enum class What : std::uint8_t { Readings, AllThatIsKept };

/// Seconds. `rows_per_statement` of 1 is the usual loop over one prepared statement.
double bare_sqlite(const std::filesystem::path& file, const std::vector<Requests::Kept>& groups, What what,
                   int rows_per_statement);
double bare_copy(const std::string& uri, const std::vector<Requests::Kept>& groups, What what);

}  // namespace balans::bench
