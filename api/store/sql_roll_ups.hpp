#pragma once
// Roll-ups: what both engines do in the same way.

#include "api/store/roll_up_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

std::string_view table_of(Level level);
/// Start, import, export, low and high by phase, readings, limited, flags.
Bucket bucket_of(const sql::Rows& row);

class SqlRollUps : public RollUpStore {
 public:
  explicit SqlRollUps(sql::Connection& connection) : connection_(connection) {}

  Result<std::vector<Dirty>> take_dirty(std::size_t limit) override;
  Result<std::vector<Samples>> samples_of(std::span<const Dirty> dirty) override;
  Result<void> put(Level level, std::span<const DeviceSpan> spans, std::span<const DeviceBucket> buckets) override;
  Result<void> note_days(std::span<const DeviceDay> days) override;
  Result<std::vector<DeviceDay>> take_days(std::size_t limit) override;
  Result<std::vector<Bucket>> quarters_of(const DeviceDay& day) override;
  Result<std::vector<Bucket>> series(const SeriesQuery& query) override;
  Result<std::vector<DeviceEnergy>> energy(const SiteId& site, const Span& span) override;
  Result<std::vector<DeviceQuality>> quality(const SiteId& site, const Span& span) override;
  Result<std::vector<Sample>> samples(const DeviceName& device, const Span& span, std::size_t limit) override;

 protected:
  /// The level's stretches, joined until each is `length` long.
  virtual Result<std::vector<Bucket>> joined_buckets(Level level, Millis length, std::int64_t device, const Span& span);
  sql::Connection& connection_;

 private:
  Result<std::optional<UnixTime>> nearest(std::string_view statement, std::int64_t device, UnixTime at);
  Result<Samples> samples_around(const Dirty& dirty);
  Result<std::vector<Bucket>> buckets(Level level, std::int64_t device, const Span& span);
  Result<std::optional<std::int64_t>> id_of(const DeviceName& name);
};

}  // namespace balans::api
