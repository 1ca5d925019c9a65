#pragma once
// Readings in PostgreSQL: COPY for what is new, partitions by day.

#include "api/store/postgres_connection.hpp"
#include "api/store/postgres_days.hpp"
#include "api/store/sql_readings.hpp"

namespace balans::api {

class PostgresReadings final : public SqlReadings {
 public:
  PostgresReadings(PostgresConnection& connection, PostgresDays& days)
      : SqlReadings(connection), native_(connection.native()), days_(days) {}

  Result<std::vector<Device>> lock(std::span<const DeviceName> names) override;
  Result<void> add(std::span<const NewBatch> batches, std::span<const Device> devices) override;

 private:
  /// In the order of the names where all of them are there, else so many as there are.
  Result<std::vector<Device>> find(std::span<const DeviceName> names);
  Result<std::vector<std::int64_t>> batch_ids(std::size_t count);
  /// Gives the table that takes their readings: the one day that all of them are of, or the whole.
  Result<std::string> make_days(std::span<const NewBatch> batches);
  /// Takes out what is replaced, for until COPY ends the connection takes nothing else.
  Result<void> make_room(std::span<const NewBatch> batches);
  Result<void> copy_envelopes(std::span<const NewBatch> batches, const std::vector<std::int64_t>& ids);
  /// All rows of one COPY; the server stores them meanwhile.
  Result<void> send(std::string_view purpose, const std::string& rows);
  struct Notes;
  Result<void> keep(const Notes& notes);

  postgres::Connection& native_;
  PostgresDays& days_;
  std::vector<std::int64_t> numbers_;  ///< for batches of this transaction: one came with each device
};

}  // namespace balans::api
