#include "api/store/sql_history.hpp"

#include <limits>

#include "api/core/time_id.hpp"

namespace balans::api {
namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kForgottenAtOnce = 5000;

std::int64_t ms_or(const std::optional<UnixTime>& time, std::int64_t otherwise) {
  return time ? time->ms() : otherwise;
}

}  // namespace

Result<void> SqlHistory::add_events(std::span<const StoredEvent> events) {
  for (const StoredEvent& event : events) {
    const auto added =
        connection_.run("store an event",
                        "INSERT INTO site_event (site, id, at_utc, kind, subject, detail) "
                        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                        {event.site.str(), event.id, event.at.ms(), event.kind, event.subject, event.detail});
    if (!added) return added.error();
  }
  return {};
}

Result<std::vector<StoredEvent>> SqlHistory::events(const EventQuery& query) {
  std::vector<StoredEvent> events;
  const std::string kind = query.kind.value_or("");
  const std::string subject = query.subject.value_or("");
  const auto read = sql::each_row(
      connection_.query("list events",
                        "SELECT id, at_utc, kind, subject, detail FROM site_event WHERE site = $1 AND id < $2 "
                        "AND at_utc >= $3 AND at_utc < $4 AND ($5 = '' OR kind = $5) AND ($6 = '' OR subject = $6) "
                        "ORDER BY id DESC LIMIT $7",
                        {query.site.str(), query.before.value_or(kLast), ms_or(query.from, 0), ms_or(query.to, kLast),
                         kind, subject, static_cast<std::int64_t>(query.limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        events.push_back({row.integer(0), query.site, UnixTime(row.integer(1)), row.text(2), row.text(3), row.text(4)});
        return {};
      });
  if (!read) return read.error();
  return events;
}

Result<void> SqlHistory::put_sessions(std::span<const Session> sessions) {
  for (const Session& session : sessions) {
    const auto departed = session.departed ? std::optional(session.departed->ms()) : std::nullopt;
    const auto put = connection_.run(
        "store a session",
        "INSERT INTO charging_session (site, agent, plugged_utc, departed_utc, seen_utc, energy_wh, limited_s, reason) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (site, agent, plugged_utc) DO UPDATE SET "
        "departed_utc = excluded.departed_utc, seen_utc = excluded.seen_utc, energy_wh = excluded.energy_wh, "
        "limited_s = excluded.limited_s, reason = excluded.reason",
        {session.site.str(), session.agent.str(), session.plugged.ms(), departed, session.seen.ms(),
         session.energy.count(), session.limited_s, session.reason});
    if (!put) return put.error();
  }
  return {};
}

Result<std::vector<Session>> SqlHistory::sessions(const SessionQuery& query) {
  std::vector<Session> sessions;
  const std::string agent = query.agent ? query.agent->str() : "";
  const std::int64_t before = std::min(ms_or(query.before, kLast), ms_or(query.to, kLast));
  const auto read = sql::each_row(
      connection_.query(
          "list sessions",
          "SELECT agent, plugged_utc, departed_utc, seen_utc, energy_wh, limited_s, reason "
          "FROM charging_session WHERE site = $1 AND plugged_utc < $2 AND plugged_utc >= $3 "
          "AND ($4 = '' OR agent = $4) ORDER BY plugged_utc DESC, agent LIMIT $5",
          {query.site.str(), before, ms_or(query.from, 0), agent, static_cast<std::int64_t>(query.limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const Result<AgentId> id = AgentId::parse(row.text(0));
        if (!id) return id.error().within("table charging_session");
        Session session{query.site,
                        *id,
                        UnixTime(row.integer(1)),
                        std::nullopt,
                        UnixTime(row.integer(3)),
                        WattHours(row.integer(4)),
                        row.integer(5),
                        row.text(6)};
        if (const auto departed = row.optional_integer(2)) session.departed = UnixTime(*departed);
        sessions.push_back(std::move(session));
        return {};
      });
  if (!read) return read.error();
  return sessions;
}

Result<void> SqlHistory::add_days(std::span<const SiteDay> days) {
  for (const SiteDay& day : days) {
    const auto added = connection_.run(
        "add to a day",
        "INSERT INTO site_day (site, day_utc, heard_s, overload_s, limited_s, delivered_wh, curtailed_wh, "
        "life_used_ppm, hot_spot_mdeg) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (site, day_utc) DO UPDATE SET heard_s = site_day.heard_s + excluded.heard_s, "
        "overload_s = site_day.overload_s + excluded.overload_s, limited_s = site_day.limited_s + excluded.limited_s, "
        "delivered_wh = site_day.delivered_wh + excluded.delivered_wh, "
        "curtailed_wh = site_day.curtailed_wh + excluded.curtailed_wh, "
        "life_used_ppm = CASE WHEN site_day.life_used_ppm > excluded.life_used_ppm THEN site_day.life_used_ppm "
        "ELSE excluded.life_used_ppm END, "
        "hot_spot_mdeg = CASE WHEN site_day.hot_spot_mdeg > excluded.hot_spot_mdeg THEN site_day.hot_spot_mdeg "
        "ELSE excluded.hot_spot_mdeg END",
        {day.site.str(), day.day.ms(), day.heard_s, day.overload_s, day.limited_s, day.delivered_wh, day.curtailed_wh,
         day.life_used_ppm, day.hot_spot_mdeg});
    if (!added) return added.error();
  }
  return {};
}

Result<std::vector<SiteDay>> SqlHistory::days(const SiteId& site, UnixTime from, UnixTime to) {
  std::vector<SiteDay> days;
  const auto read = sql::each_row(
      connection_.query("list days",
                        "SELECT day_utc, heard_s, overload_s, limited_s, delivered_wh, curtailed_wh, life_used_ppm, "
                        "hot_spot_mdeg FROM site_day WHERE site = $1 AND day_utc >= $2 AND day_utc < $3 "
                        "ORDER BY day_utc",
                        {site.str(), from.ms(), to.ms()}),
      [&](const sql::Rows& row) -> Result<void> {
        SiteDay day;
        day.site = site;
        day.day = UnixTime(row.integer(0));
        day.heard_s = row.integer(1);
        day.overload_s = row.integer(2);
        day.limited_s = row.integer(3);
        day.delivered_wh = row.integer(4);
        day.curtailed_wh = row.integer(5);
        day.life_used_ppm = row.integer(6);
        day.hot_spot_mdeg = row.integer(7);
        days.push_back(std::move(day));
        return {};
      });
  if (!read) return read.error();
  return days;
}

Result<bool> SqlHistory::forget(UnixTime events_before, UnixTime sessions_before, UnixTime days_before) {
  const auto events = connection_.run("forget events",
                                      "DELETE FROM site_event WHERE (site, id) IN (SELECT site, id FROM site_event "
                                      "WHERE id < $1 ORDER BY id LIMIT $2)",
                                      {time_id(events_before, 0), kForgottenAtOnce});
  if (!events) return events.error();
  const auto sessions =
      connection_.run("forget sessions", "DELETE FROM charging_session WHERE seen_utc < $1", {sessions_before.ms()});
  if (!sessions) return sessions.error();
  const auto days = connection_.run("forget days", "DELETE FROM site_day WHERE day_utc < $1", {days_before.ms()});
  if (!days) return days.error();
  return *events == kForgottenAtOnce;
}

}  // namespace balans::api
