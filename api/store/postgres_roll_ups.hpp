#pragma once
// Roll-ups in PostgreSQL: many devices in one statement.

#include "api/store/postgres_connection.hpp"
#include "api/store/postgres_days.hpp"
#include "api/store/sql_roll_ups.hpp"

namespace balans::api {

class PostgresRollUps final : public SqlRollUps {
 public:
  PostgresRollUps(PostgresConnection& connection, PostgresDays& days)
      : SqlRollUps(connection), native_(connection.native()), days_(days) {}
  Result<std::vector<Samples>> samples_of(std::span<const Dirty> dirty) override;
  Result<void> put(Level level, std::span<const DeviceSpan> spans, std::span<const DeviceBucket> buckets) override;
  Result<void> note_days(std::span<const DeviceDay> days) override;

 private:
  /// The server joins them: to hand over all would take longer.
  Result<std::vector<Bucket>> joined_buckets(Level level, Millis length, std::int64_t device,
                                             const Span& span) override;

  postgres::Connection& native_;
  PostgresDays& days_;
};

}  // namespace balans::api
