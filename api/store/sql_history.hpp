#pragma once
// What sites have told about themselves over time, in either engine.

#include "api/store/history_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlHistory final : public HistoryStore {
 public:
  explicit SqlHistory(sql::Connection& connection) : connection_(connection) {}
  Result<void> add_events(std::span<const StoredEvent> events) override;
  Result<std::vector<StoredEvent>> events(const EventQuery& query) override;
  Result<void> put_sessions(std::span<const Session> sessions) override;
  Result<std::vector<Session>> sessions(const SessionQuery& query) override;
  Result<void> add_days(std::span<const SiteDay> days) override;
  Result<std::vector<SiteDay>> days(const SiteId& site, UnixTime from, UnixTime to) override;
  Result<bool> forget(UnixTime events_before, UnixTime sessions_before, UnixTime days_before) override;

 private:
  sql::Connection& connection_;
};

}  // namespace balans::api
