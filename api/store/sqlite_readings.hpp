#pragma once
// Readings and batches in SQLite.

#include "api/store/store.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::api {

class SqliteReadings final : public ReadingStore {
 public:
  explicit SqliteReadings(sqlite::Database& database) : database_(database) {}

  Result<std::vector<Reading>> stored_of(const SiteId& site, const ReadingBatch& batch) override;
  Result<Neighbours> neighbours_of(const SiteId& site, const ReadingBatch& batch) override;
  Result<void> add(const SiteId& site, const Batch& batch, const std::vector<Reading>& fresh,
                   UnixTime received) override;
  Result<ReadingPage> page(const ReadingQuery& query) override;

 private:
  struct Device {
    std::int64_t id;
    SiteId site;
    AgentId agent;
  };
  Result<std::int64_t> device_id(const SiteId& site, const AgentId& agent);
  Result<std::vector<Device>> devices_of(const ReadingQuery& query);
  /// Appends at most `room` of one device's readings that come after the query's cursor.
  Result<void> append(const Device& device, const ReadingQuery& query, std::size_t room,
                      std::vector<StoredReading>& readings);
  Result<std::optional<Digest>> digest_of(std::string_view sql, std::int64_t device, std::uint64_t seq);

  sqlite::Database& database_;
};

}  // namespace balans::api
