#pragma once
// Many rows in one statement: what a round trip each would take too long for.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/store/sql.hpp"

namespace balans::api::sql {

/// `head` ends before the rows' values ("INSERT INTO t (a, b) VALUES"), `tail` follows them. `values` by rows of
/// `columns` each. Texts that were bound only have to live during the call.
Result<void> insert_rows(Connection& connection, std::string_view purpose, std::string_view head, std::size_t columns,
                         std::string_view tail, std::span<const Value> values);

}  // namespace balans::api::sql
