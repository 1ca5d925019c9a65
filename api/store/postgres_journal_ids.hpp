#pragma once
// Ids of the journal as PostgreSQL takes many of them.

#include "api/store/postgres_array.hpp"
#include "api/store/sql_journal_rows.hpp"

namespace balans::api {

/// So few are read and written by a statement each, all sent at once: the server does simple ones in much less time.
inline constexpr std::size_t kFewRows = 8;

/// The two halves of each id, as two parameters.
struct IdArrays {
  PostgresArray high;
  PostgresArray low;
  void add(const journal::Id& id) {
    high.add(journal_rows::high_of(id));
    low.add(journal_rows::low_of(id));
  }
  void add(const std::optional<journal::Id>& id) {
    high.add(id ? std::optional(journal_rows::high_of(*id)) : std::nullopt);
    low.add(id ? std::optional(journal_rows::low_of(*id)) : std::nullopt);
  }
};

template <class Ids>
IdArrays arrays_of(const Ids& ids) {
  IdArrays arrays;
  for (const journal::Id& id : ids) arrays.add(id);
  return arrays;
}

}  // namespace balans::api
