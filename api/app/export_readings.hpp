#pragma once
// Use case: readings as a file for other tools.

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "api/store/store.hpp"

namespace balans::api {

enum class ExportFormat : std::uint8_t { Csv, JsonLines };

/// Writes what fits the query, by device and time, page by page, so that memory stays small. The query's limit and
/// cursor are not looked at. With Versions::All those that were replaced come after the page that they belong to.
Result<void> export_readings(Store& store, ReadingQuery query, ExportFormat format, std::ostream& out);

/// Writes the signed texts of batches with readings that fit the query, one a line, in the order they were stored: as
/// their devices sent them, so that anyone can verify them.
Result<void> export_signed(Store& store, const ReadingQuery& query, std::ostream& out);

}  // namespace balans::api
