#pragma once
// Aggregate of roll-ups: which are out of date, what they are made from, and what they say.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/core/roll_up.hpp"
#include "api/store/reading_store.hpp"

namespace balans::api {

/// A stretch of a device's time in which readings are new.
struct Dirty {
  std::int64_t device = 0;
  UnixTime first;
  UnixTime last;
};

/// The readings that roll-ups of a span are made from: those in it and the nearest on both sides.
struct Samples {
  std::int64_t device = 0;
  Span span;
  std::vector<Sample> samples;  ///< by time and number
};

struct DeviceBucket {
  std::int64_t device = 0;
  Bucket bucket;
};

struct DeviceSpan {
  std::int64_t device = 0;
  Span span;
};

struct DeviceDay {
  std::int64_t device = 0;
  UnixTime start;
};

/// One level of one device, its stretches joined (`merge`) where `length` is a multiple of theirs.
struct SeriesQuery {
  DeviceName device;
  Level level = Level::QuarterHour;
  Span span;
  Millis length = {};
};

/// What flowed at one device over a span, from its quarter-hours.
struct DeviceEnergy {
  AgentId agent;
  std::string node;  ///< empty where it is not known
  WattHours imported;
  WattHours exported;
  std::int64_t readings = 0;
  std::int64_t limited = 0;  ///< readings in which the limit held it back
  std::int64_t quarters = 0;
  std::int64_t doubtful = 0;  ///< of these, with any doubt
};

/// How good the data of one device is, over a span.
struct DeviceQuality {
  AgentId agent;
  std::uint64_t last_seq = 0;
  std::optional<UnixTime> newest;         ///< time of the newest reading
  std::optional<UnixTime> last_received;  ///< when its newest batch came
  std::int64_t quarters = 0;              ///< quarter-hours with readings
  std::int64_t gaps = 0;                  ///< of these, with a gap
  std::int64_t resets = 0;
  std::int64_t broken_batches = 0;
  std::int64_t corrected = 0;  ///< readings of which an older version was replaced
};

class RollUpStore {
 public:
  virtual ~RollUpStore() = default;
  /// Takes at most `limit` notes off the list, oldest first, and joins those of one device that touch.
  virtual Result<std::vector<Dirty>> take_dirty(std::size_t limit) = 0;
  /// For each, the spans of quarter-hours that it touches and the readings that these are made from.
  virtual Result<std::vector<Samples>> samples_of(std::span<const Dirty> dirty) = 0;
  /// Puts them in the place of all that was there of those devices in those spans.
  virtual Result<void> put(Level level, std::span<const DeviceSpan> spans, std::span<const DeviceBucket> buckets) = 0;
  /// Notes days to be made anew from their quarter-hours, and takes them off again.
  virtual Result<void> note_days(std::span<const DeviceDay> days) = 0;
  virtual Result<std::vector<DeviceDay>> take_days(std::size_t limit) = 0;
  virtual Result<std::vector<Bucket>> quarters_of(const DeviceDay& day) = 0;

  /// Empty where the device is not known.
  virtual Result<std::vector<Bucket>> series(const SeriesQuery& query) = 0;
  virtual Result<std::vector<DeviceEnergy>> energy(const SiteId& site, const Span& span) = 0;
  virtual Result<std::vector<DeviceQuality>> quality(const SiteId& site, const Span& span) = 0;
  /// Readings of one device with a time in the span, at most `limit`, by time.
  virtual Result<std::vector<Sample>> samples(const DeviceName& device, const Span& span, std::size_t limit) = 0;
};

/// What is kept until when: whatever is older than these times goes.
struct Horizons {
  UnixTime raw;
  UnixTime minute;
  UnixTime quarter_hour;
  UnixTime day;
};

class RetentionStore {
 public:
  virtual ~RetentionStore() = default;
  /// Makes room for what comes in the days around `now`.
  virtual Result<void> prepare(UnixTime now) = 0;
  /// Lets go of some of what is older; true when there is more to let go of.
  virtual Result<bool> forget(const Horizons& horizons) = 0;
};

}  // namespace balans::api
