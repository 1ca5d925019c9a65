#pragma once
// Aggregate of what sites have told about themselves over time, beside readings: events, charging sessions, and the
// numbers of each day. Made from live states by app/site_history.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/ids.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

/// `kind`, `subject` and `detail` as core/site_events has them.
struct StoredEvent {
  std::int64_t id = 0;  ///< a time_id: rises in the order of storing
  SiteId site;
  UnixTime at;
  std::string kind;
  std::string subject;
  std::string detail;
  bool operator==(const StoredEvent&) const = default;
};

struct EventQuery {
  SiteId site;
  std::optional<UnixTime> from;
  std::optional<UnixTime> to;
  std::optional<std::string> kind;
  std::optional<std::string> subject;
  std::optional<std::int64_t> before;  ///< below this id
  std::size_t limit = 0;
};

/// Plugged in, energy taken, time in which a limit held it back, and gone. One that goes on has no end.
struct Session {
  SiteId site;
  AgentId agent;
  UnixTime plugged;
  std::optional<UnixTime> departed;
  UnixTime seen;  ///< when it was last looked at
  WattHours energy;
  std::int64_t limited_s = 0;
  std::string reason;  ///< the newest that held it back; empty where nothing did
  bool operator==(const Session&) const = default;
};

struct SessionQuery {
  SiteId site;
  std::optional<AgentId> agent;
  std::optional<UnixTime> from;
  std::optional<UnixTime> to;
  std::optional<UnixTime> before;  ///< plugged in before this time
  std::size_t limit = 0;
};

/// What was seen of a site on one UTC day. Numbers of another row of the same day are added to it; the two that are
/// marks take the larger.
struct SiteDay {
  SiteId site;
  UnixTime day;                    ///< its start
  std::int64_t heard_s = 0;        ///< in which the site has spoken: availability
  std::int64_t overload_s = 0;     ///< in which some node was above its limit
  std::int64_t limited_s = 0;      ///< device-seconds in which a limit held a device back
  std::int64_t delivered_wh = 0;   ///< drawn by devices, from their counters as the site shows them
  std::int64_t curtailed_wh = 0;   ///< asked for and not allowed, at nominal voltage
  std::int64_t life_used_ppm = 0;  ///< mark: of the day's budget
  std::int64_t hot_spot_mdeg = 0;  ///< mark
  bool operator==(const SiteDay&) const = default;
};

class HistoryStore {
 public:
  virtual ~HistoryStore() = default;
  virtual Result<void> add_events(std::span<const StoredEvent> events) = 0;
  /// Newest first.
  virtual Result<std::vector<StoredEvent>> events(const EventQuery& query) = 0;
  /// By site, agent and time of plugging in; a later state of the same session takes the place of the one before.
  virtual Result<void> put_sessions(std::span<const Session> sessions) = 0;
  /// Newest first.
  virtual Result<std::vector<Session>> sessions(const SessionQuery& query) = 0;
  virtual Result<void> add_days(std::span<const SiteDay> days) = 0;
  virtual Result<std::vector<SiteDay>> days(const SiteId& site, UnixTime from, UnixTime to) = 0;
  /// Lets go of some of what is older; true when there is more to let go of.
  virtual Result<bool> forget(UnixTime events_before, UnixTime sessions_before, UnixTime days_before) = 0;
};

}  // namespace balans::api
