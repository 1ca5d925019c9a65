#include "api/app/device_record.hpp"

#include <algorithm>

#include "api/core/flexibility/baseline.hpp"
#include "api/core/flexibility/habit.hpp"

namespace balans::api {
namespace {

using flexibility::kMinute;
using flexibility::kSlot;
using flexibility::Minute;

constexpr Millis kDay = 1440 * 1_min;
constexpr Millis kShown = 30 * kDay;       ///< what a device has shown before
constexpr Millis kHabits = 40 * kDay;      ///< days among which ten are looked for on which nothing held it back
constexpr Millis kCaughtUp = 360 * 1_min;  ///< what a load is given to catch up after an event
constexpr Millis kBefore = 60 * 1_min;     ///< a counter before a session is no older
constexpr Millis kLongest = 30 * kDay;     ///< of a session
constexpr Millis kUnseen = 60 * 1_min;     ///< at most, of one session
constexpr Millis kLongestEvent = 720 * 1_min;
constexpr std::size_t kMostReadings = 31 * 1440;
constexpr std::size_t kMostRecords = 31 * 96;
constexpr std::size_t kMostSessions = 300;

/// Readings are made at the ends of minutes, by clocks that are a little off.
UnixTime minute_end(UnixTime at) { return floor_to(kMinute, at + kMinute / 2); }

/// Minutes of one device between two times, from readings and from evidence whose proof holds.
class Minutes {
 public:
  explicit Minutes(DeviceName name, Store& store) : name_(std::move(name)), store_(store) {}

  Result<void> read(UnixTime from, UnixTime to) {
    auto samples = store_.roll_ups().samples(name_, {from - kBefore, to + kMinute}, kMostReadings);
    if (!samples) return samples.error();
    samples_ = *std::move(samples);
    EvidenceQuery query{name_.site, name_.agent, floor_to(kSlot, from), to, std::nullopt, kMostRecords};
    auto records = store_.evidence().devices(query);
    if (!records) return records.error();
    for (StoredEvidence& stored : *records)
      if (stored.flaw.empty()) records_.push_back(std::move(stored.record));
    return {};
  }
  /// Those that end after `from`, up to `to`.
  std::vector<Minute> between(UnixTime from, UnixTime to) const {
    std::vector<Minute> minutes;
    for (const Sample& sample : samples_) {
      const UnixTime end = minute_end(sample.at);
      if (end <= from || end > to || (!minutes.empty() && end <= minutes.back().end)) continue;
      minutes.push_back(minute_of(sample, end));
    }
    for (const DeviceEvidence& record : records_)
      for (const BoundMinute& bound : record.minutes) bind(minutes, record, bound);
    return minutes;
  }
  /// Import counter at that time: of the last reading that is not later.
  std::optional<WattHours> counter_at(UnixTime at) const {
    std::optional<WattHours> counter;
    for (const Sample& sample : samples_)
      if (minute_end(sample.at) <= at) counter = sample.imported;
    return counter;
  }
  const std::vector<DeviceEvidence>& records() const { return records_; }

 private:
  /// Unless evidence says otherwise it had all that it asked for.
  static Minute minute_of(const Sample& sample, UnixTime end) {
    Minute minute;
    minute.end = end;
    minute.drawn = larger_of(sample.mean, PerPhase<Milliamps>());
    minute.counter = sample.imported;
    minute.limit = minute.ask = larger_of(sample.limit, *minute.drawn);
    return minute;
  }
  static void bind(std::vector<Minute>& minutes, const DeviceEvidence& record, const BoundMinute& bound) {
    const auto found = std::ranges::lower_bound(minutes, bound.end, {}, &Minute::end);
    if (found == minutes.end() || found->end != bound.end) return;
    found->ask = bound.ask.draw;
    found->limit = bound.limit.draw;
    found->reason = bound.reason;
    if (record.row) found->node = record.row->node;
  }

  DeviceName name_;
  Store& store_;
  std::vector<Sample> samples_;
  std::vector<DeviceEvidence> records_;
};

/// A record has what was still needed in its first minute; what had been taken by then since it was declared was part
/// of the declaration.
std::vector<flexibility::Need> needs_of(const Minutes& minutes, UnixTime from) {
  std::vector<flexibility::Need> needs;
  for (const DeviceEvidence& record : minutes.records()) {
    if (!record.need || !record.need->energy || !record.need->departs || record.minutes.empty()) continue;
    const UnixTime declared = record.need->declared;
    if (declared < from - kMinute || (!needs.empty() && needs.back().declared >= declared)) continue;
    const auto then = minutes.counter_at(declared), first = minutes.counter_at(record.minutes.front().end);
    const WattHours taken = then && first ? *first - *then : WattHours();
    needs.push_back({declared, *record.need->energy + std::max(0_Wh, taken), *record.need->departs});
  }
  return needs;
}

/// The session in which the quarter-hour lies, and those of the 30 days before it, newest first. All have an end.
struct Sessions {
  std::optional<Session> of_slot;
  std::vector<Session> before;
};

/// Newest first. One that was never seen to end was lost from sight, as where the api was started anew: what was seen
/// soon after is the same, and otherwise it ends when it was last seen.
std::vector<Session> joined(const std::vector<Session>& newest_first) {
  std::vector<Session> all;
  for (const Session& session : newest_first) {
    const bool goes_on = !session.departed && !all.empty() && all.back().plugged - session.seen <= kUnseen;
    if (goes_on)
      all.back().plugged = session.plugged;
    else
      all.push_back(session);
    if (!all.back().departed) all.back().departed = all.back().seen;
  }
  return all;
}

Result<Sessions> sessions_of(Store& store, const SiteId& site, const DeviceEvidence& record, UnixTime known) {
  const UnixTime from = record.slot - kLongest - kShown;
  const auto all = store.history().sessions({site, record.agent, from, known, std::nullopt, kMostSessions});
  if (!all) return all.error();
  Sessions sessions;
  for (const Session& session : joined(*all)) {
    if (sessions.of_slot) {
      if (session.plugged >= sessions.of_slot->plugged - kShown) sessions.before.push_back(session);
    } else if (session.plugged<record.slot + kSlot&& * session.departed> record.slot &&
               session.plugged > record.slot - kLongest) {
      sessions.of_slot = session;
    }
  }
  return sessions;
}

/// From quarter-hours: which of 30 days' minutes were the highest says as much as all of them.
Result<flexibility::Shown> shown_by(Store& store, const DeviceName& name, const Sessions& sessions) {
  const UnixTime to = floor_to(kSlot, sessions.of_slot->plugged);
  const auto quarters = store.roll_ups().series({name, Level::QuarterHour, {to - kShown, to}, kSlot});
  if (!quarters) return quarters.error();
  flexibility::Shown shown;
  for (const Bucket& quarter : *quarters) shown.fastest = larger_of(shown.fastest, quarter.high);
  for (const Session& session : sessions.before) {
    PerPhase<Milliamps> free;
    for (const Bucket& quarter : *quarters)
      if (quarter.limited == 0 && quarter.start >= session.plugged && quarter.start + kSlot <= *session.departed)
        free = larger_of(free, quarter.high);
    if (free.largest() > 0_mA) shown.free.push_back(free);
  }
  return shown;
}

/// Whether an earlier session was to stay until after this one came.
Result<bool> is_within_another(Store& store, const DeviceName& name, const Sessions& sessions) {
  if (sessions.before.empty()) return false;
  const Session& last = sessions.before.front();
  EvidenceQuery query{name.site,    name.agent,  floor_to(kSlot, last.plugged), sessions.of_slot->plugged,
                      std::nullopt, kMostRecords};
  const auto records = store.evidence().devices(query);
  if (!records) return records.error();
  return std::ranges::any_of(*records, [&](const StoredEvidence& stored) {
    const auto& need = stored.record.need;
    return stored.record.slot + kSlot <= sessions.of_slot->plugged && need && need->departs &&
           *need->departs > sessions.of_slot->plugged;
  });
}

Result<DeviceRecord> charging(Store& store, const DeviceName& name, const DeviceEvidence& record, UnixTime known) {
  const auto sessions = sessions_of(store, name.site, record, known);
  if (!sessions) return sessions.error();
  DeviceRecord made;
  if (!sessions->of_slot) return made;
  flexibility::Session session;
  session.plugged_in = sessions->of_slot->plugged;
  const UnixTime gone = *sessions->of_slot->departed;
  Minutes minutes(name, store);
  if (auto read = minutes.read(session.plugged_in, std::min(known, gone + kSlot)); !read) return read.error();
  session.minutes = minutes.between(session.plugged_in, std::min(known, gone + kSlot));
  if (session.minutes.empty()) return made;
  // The first minute after it was unplugged ends it.
  const auto after = std::ranges::upper_bound(session.minutes, gone, {}, &Minute::end);
  if (after != session.minutes.end()) {
    after->connected = false;
    session.minutes.erase(after + 1, session.minutes.end());
  }
  session.needs = needs_of(minutes, session.plugged_in);
  session.counter_before = minutes.counter_at(session.plugged_in).value_or(*session.minutes.front().counter);
  const auto within = is_within_another(store, name, *sessions);
  const auto shown = shown_by(store, name, *sessions);
  if (!within) return within.error();
  if (!shown) return shown.error();
  session.within_another = *within;
  if (auto course = course_of(session, *shown)) made.course = *std::move(course);
  made.counter_before = session.counter_before;
  made.minutes = std::move(session.minutes);
  return made;
}

/// What a load drew in the quarter-hours of the days before, and after its event.
Result<flexibility::LoadEvent> event_of(Store& store, const DeviceName& name, const DeviceEvidence& record) {
  const UnixTime slot = record.slot, after = slot + kSlot;
  const auto quarters = store.roll_ups().series({name, Level::QuarterHour, {slot - kHabits, after + kCaughtUp}, kSlot});
  const auto bound = store.rewards().bound_slots(name.site, name.agent, {slot - kHabits, after}, kHabits / kSlot + 1);
  if (!quarters) return quarters.error();
  if (!bound) return bound.error();
  flexibility::LoadEvent event;
  for (const Bucket& quarter : *quarters) {
    if (quarter.start >= after) event.taken_after += quarter.imported;
    const bool was_bound = std::ranges::any_of(
        *bound, [&](UnixTime each) { return floor_to(kDay, each) == floor_to(kDay, quarter.start); });
    if (quarter.start < slot) event.earlier.push_back({quarter.start, quarter.imported, was_bound});
  }
  for (Phase p : kPhases)
    if (record.minutes.front().ask.draw[p] > 0_mA) event.phases.insert(p);
  return event;
}

Result<DeviceRecord> loading(Store& store, const DeviceName& name, const DeviceEvidence& record) {
  auto event = event_of(store, name, record);
  if (!event) return event.error();
  const UnixTime from = std::clamp(floor_to(kSlot, record.bound_since), record.slot - kLongestEvent, record.slot);
  Minutes minutes(name, store);
  if (auto read = minutes.read(from, record.slot + kSlot); !read) return read.error();
  DeviceRecord made;
  event->minutes = minutes.between(from, record.slot + kSlot);
  if (event->minutes.empty()) return made;
  made.counter_before = minutes.counter_at(from).value_or(*event->minutes.front().counter);
  if (auto course = course_of(*event)) made.course = *std::move(course);
  made.minutes = std::move(event->minutes);
  return made;
}

/// Of a device without a baseline: it did what it would have done.
Result<DeviceRecord> as_metered(Store& store, const DeviceName& name, const DeviceEvidence& record) {
  Minutes minutes(name, store);
  if (auto read = minutes.read(record.slot, record.slot + kSlot); !read) return read.error();
  DeviceRecord made;
  made.minutes = minutes.between(record.slot, record.slot + kSlot);
  if (made.minutes.empty()) return made;
  made.counter_before = minutes.counter_at(record.slot).value_or(*made.minutes.front().counter);
  for (const Minute& minute : made.minutes)
    made.course.minutes.push_back({minute.end, *minute.drawn, *minute.drawn, *minute.drawn, false});
  return made;
}

}  // namespace

Result<DeviceRecord> device_record(Store& store, const SiteId& site, const DeviceEvidence& record, UnixTime known) {
  const DeviceName name{site, record.agent};
  switch (record.kind) {
    case DeviceKind::Charger:
      return charging(store, name, record, known);
    case DeviceKind::Battery:
    case DeviceKind::Inverter:
      return as_metered(store, name, record);
    default:
      return loading(store, name, record);
  }
}

}  // namespace balans::api
