#pragma once
// Use case: what sites tell about themselves becomes events, sessions and the numbers of days. It is gathered on the
// thread that serves requests and written now and then, so that a state a second costs no commit a second.

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "api/app/store_work.hpp"
#include "api/core/day_numbers.hpp"
#include "api/core/session_watch.hpp"
#include "api/core/site_events.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class SiteHistory {
 public:
  SiteHistory(StoreWork& work, const Clock& clock, EventLog& events) : work_(work), clock_(clock), events_(events) {}

  void take(const TrafoState& state, const std::vector<SiteEvent>& events);
  /// Called now and then: writes what has come together when it is due, lets go of what is old.
  void beat();
  /// Writes at once, on this thread: for the end.
  void finish(Store& store);

 private:
  struct Followed {
    TrafoState newest;
    SessionWatch sessions;
    std::map<std::int64_t, DayNumbers> days;  ///< not written yet, by the day's start
  };
  /// What is to be written.
  struct Gathered {
    std::vector<StoredEvent> events;
    std::vector<Session> sessions;
    std::vector<SiteDay> days;
    [[nodiscard]] bool empty() const { return events.empty() && sessions.empty() && days.empty(); }
  };

  Gathered gather();
  void post(std::shared_ptr<const Gathered> gathered);
  /// What could not be written is written with the next. From any thread.
  void keep(std::shared_ptr<const Gathered> gathered, const Error& why);
  std::vector<std::shared_ptr<const Gathered>> take_failed();
  static Result<void> write(Store& store, const Gathered& gathered, UnixTime now);

  StoreWork& work_;
  const Clock& clock_;
  EventLog& events_;
  std::map<SiteId, Followed> sites_;
  Gathered waiting_;
  std::optional<BootTime> written_;
  std::mutex mutex_;  ///< of what follows
  std::vector<std::shared_ptr<const Gathered>> failed_;
};

}  // namespace balans::api
