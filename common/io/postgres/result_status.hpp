#pragma once
// What libpq says of a statement.

#include <libpq-fe.h>

#include "common/io/postgres/postgres.hpp"

namespace balans::postgres::detail {

using Handle = std::unique_ptr<pg_result, Closer>;

inline bool fine(ExecStatusType status) {
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN ||
         status == PGRES_COPY_OUT || status == PGRES_EMPTY_QUERY;
}

}  // namespace balans::postgres::detail
