#pragma once
// The readings that are handed over: sites with devices, minute after minute.

#include <memory>
#include <vector>

#include "api/app/ingest_readings.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::bench {

/// A clock that stands still: nothing here depends on the time of day.
class StillClock final : public Clock {
 public:
  [[nodiscard]] BootTime boot() const override { return {}; }
  [[nodiscard]] UnixTime utc() const override { return UnixTime(1'760'000'000'000); }
  [[nodiscard]] std::optional<UnixTime> utc_if_synchronised() const override { return utc(); }
  [[nodiscard]] std::chrono::nanoseconds wall(Millis) const override { return {}; }
};

struct Load {
  int sites = 0;
  int devices = 0;           ///< of each site
  int readings = 0;          ///< of each batch
  int rounds = 0;            ///< requests of each site, one after the other
  int requests_at_once = 0;  ///< that share a transaction

  [[nodiscard]] std::int64_t rows() const { return std::int64_t{sites} * devices * readings * rounds; }
};

/// Groups of requests as they come, each group one transaction. Every device's chain is whole and its times are new.
class Requests {
 public:
  explicit Requests(const Load& load);
  [[nodiscard]] const std::vector<std::vector<api::IngestReadings::Request>>& groups() const { return groups_; }
  /// The same readings, in the same order, as plain rows.
  struct Row {
    std::int64_t device = 0;
    std::int64_t batch = 0;
    Reading reading;
  };
  /// What one transaction keeps: readings, and the signed text of each batch.
  struct Kept {
    struct Text {
      std::int64_t batch = 0;
      std::string envelope;
    };
    std::vector<Row> rows;
    std::vector<Text> texts;
  };
  [[nodiscard]] const std::vector<Kept>& kept() const { return kept_; }
  [[nodiscard]] std::int64_t signatures() const { return signatures_; }

 private:
  std::vector<std::vector<api::IngestReadings::Request>> groups_;
  std::vector<Kept> kept_;
  std::int64_t signatures_ = 0;
};

}  // namespace balans::bench
