#include "api/app/site_history.hpp"
#include "api/app/time_tail.hpp"

#include <memory>

#include "api/core/limits.hpp"
#include "api/core/time_id.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::api {
namespace {

constexpr Millis kWrittenEvery = 60_s;
constexpr Millis kDay = 86'400_s;

std::int64_t day_of(UnixTime at) { return at.ms() - at.ms() % kDay.count(); }

Session session_of(const SiteId& site, const WatchedSession& seen) {
  return {site, seen.agent, seen.plugged, seen.departed, seen.seen, seen.energy, seen.limited / 1_s, seen.reason};
}

SiteDay day_row(const SiteId& site, std::int64_t day, const DayNumbers& numbers) {
  SiteDay row;
  row.site = site;
  row.day = UnixTime(day);
  row.heard_s = numbers.heard / 1_s;
  row.overload_s = numbers.overload / 1_s;
  row.limited_s = numbers.limited / 1_s;
  row.delivered_wh = numbers.delivered_wh;
  row.curtailed_wh = numbers.curtailed_wh();
  row.life_used_ppm = numbers.life_used_ppm;
  row.hot_spot_mdeg = numbers.hot_spot_mdeg;
  return row;
}

/// What whole seconds and watt-hours leave over counts with the next.
DayNumbers rest_of(const DayNumbers& numbers) {
  DayNumbers rest;
  rest.heard = numbers.heard % 1_s;
  rest.overload = numbers.overload % 1_s;
  rest.limited = numbers.limited % 1_s;
  rest.curtailed_mas = numbers.curtailed_mas - numbers.curtailed_wh() * 3600 * 1000 / 230;
  return rest;
}

}  // namespace

void SiteHistory::take(const TrafoState& state, const std::vector<SiteEvent>& events) {
  const auto [place, fresh] = sites_.try_emplace(state.site);
  Followed& site = place->second;
  const Millis off = state.at - clock_.utc();
  const bool of_today = off < kDay && off > -kDay;  // a site's clock makes no days of its own
  if (!fresh && of_today)
    site.days[day_of(state.at)].add(numbers_between(site.newest, state, state.at - site.newest.at));
  for (const WatchedSession& ended : site.sessions.take(state))
    if (waiting_.sessions.size() < limits::kHistoryWaiting) waiting_.sessions.push_back(session_of(state.site, ended));
  for (const SiteEvent& event : events)
    if (waiting_.events.size() < limits::kHistoryWaiting)
      waiting_.events.push_back({time_id(clock_.utc(), time_tail()), state.site, event.at,
                                 std::string(name_of(event.kind)), event.subject, event.detail});
  site.newest = state;
}

SiteHistory::Gathered SiteHistory::gather() {
  Gathered gathered = std::exchange(waiting_, {});
  for (auto& [id, site] : sites_) {
    for (const auto& [agent, session] : site.sessions.open()) gathered.sessions.push_back(session_of(id, session));
    std::map<std::int64_t, DayNumbers> rest;
    for (const auto& [day, numbers] : site.days) {
      gathered.days.push_back(day_row(id, day, numbers));
      if (day == day_of(site.newest.at)) rest[day] = rest_of(numbers);
    }
    site.days = std::move(rest);
  }
  return gathered;
}

void SiteHistory::beat() {
  const BootTime now = clock_.boot();
  if (!written_) written_ = now;
  if (now - *written_ < kWrittenEvery || work_.pending(Lane::Write) > limits::kHistoryYields) return;
  written_ = now;
  for (auto& again : take_failed()) post(std::move(again));
  auto gathered = std::make_shared<const Gathered>(gather());
  if (!gathered->empty()) post(std::move(gathered));
}

void SiteHistory::post(std::shared_ptr<const Gathered> gathered) {
  const auto posted = work_.post(Lane::Write, [this, gathered](Store& store) {
    if (const auto done = write(store, *gathered, clock_.utc()); !done) keep(gathered, done.error());
  });
  if (!posted) keep(std::move(gathered), posted.error());
}

void SiteHistory::keep(std::shared_ptr<const Gathered> gathered, const Error& why) {
  events_.write("history-fails", {{"error", why.message()}});
  const std::lock_guard lock(mutex_);
  if (failed_.size() < limits::kHistoryKept) failed_.push_back(std::move(gathered));
}

std::vector<std::shared_ptr<const SiteHistory::Gathered>> SiteHistory::take_failed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failed_, {});
}

void SiteHistory::finish(Store& store) {
  for (const auto& again : take_failed())
    if (const auto done = write(store, *again, clock_.utc()); !done)
      events_.write("history-fails", {{"error", done.error().message()}});
  const Gathered gathered = gather();
  if (gathered.empty()) return;
  if (const auto done = write(store, gathered, clock_.utc()); !done)
    events_.write("history-fails", {{"error", done.error().message()}});
}

Result<void> SiteHistory::write(Store& store, const Gathered& gathered, UnixTime now) {
  return store.transaction([&]() -> Result<void> {
    HistoryStore& history = store.history();
    if (const auto done = history.add_events(gathered.events); !done) return done;
    if (const auto done = history.put_sessions(gathered.sessions); !done) return done;
    if (const auto done = history.add_days(gathered.days); !done) return done;
    const auto more = history.forget(now - limits::kEventsKept, now - limits::kSessionsKept, now - limits::kDaysKept);
    return more ? Result<void>() : Result<void>(more.error());
  });
}

}  // namespace balans::api
