#include "api/core/flexibility/baseline.hpp"

#include <algorithm>
#include <limits>

namespace balans::api::flexibility {
namespace {

/// A meter may be between two steps at each end of a session; currents are rounded.
constexpr WattHours kUnread = 200_Wh;
/// A month, and what nothing at a low-voltage connection takes in one.
constexpr std::size_t kMostMinutes = 31 * 1440;
constexpr UnixTime kNever(std::numeric_limits<std::int64_t>::max());
constexpr WattHours kMostEnergy = 1'000'000'000_Wh;
/// Of what it takes in all, a session shows its power in the first nine tenths: after that cars taper.
constexpr std::int64_t kShownInTenths = 9;

Milliamps slack_of(Milliamps limit) { return std::max<Milliamps>(1_A, limit / 20); }

bool draws(const Minute& minute) { return minute.drawn && minute.drawn->largest() > 0_mA; }

/// Nothing held it back: it had all it asked for, or left some of what it was allowed.
bool is_free(const Minute& minute) { return draws(minute) && (!is_bound(minute) || !drew_its_limit(minute)); }

/// Draws less than half of what it asks for, may have, and has shown it can.
bool is_idle(const Minute& minute, const PerPhase<Milliamps>& highest) {
  if (!minute.drawn) return false;
  const Milliamps could = smaller_of(smaller_of(minute.ask, minute.limit), highest).sum();
  return could > 0_mA && minute.drawn->sum() * 2 < could;
}

/// What a session took, until it had enough, was unplugged or its announced departure came.
struct Taken {
  WattHours energy;
  std::int64_t milliamp_minutes = 0;
  std::int64_t unread = 0;  ///< minutes without a reading
  PerPhase<Milliamps> highest;

  [[nodiscard]] MilliwattHours at(Millivolts voltage, std::int64_t unread_minutes) const {
    return MilliwattHours((milliamp_minutes + unread_minutes * highest.sum().count()) * (voltage.count() / 1000) / 60);
  }
};

Taken taken_until(const Session& session, UnixTime until, const BaselineRule& rule) {
  Taken taken, before_lull;
  std::int64_t idle = 0;
  UnixTime last = session.plugged_in;
  for (const Minute& minute : session.minutes) {
    if (minute.end > until || !minute.connected) break;
    if (idle == 0) before_lull = taken;
    if (minute.counter) taken.energy = *minute.counter - session.counter_before;
    taken.unread += (minute.end - last) / kMinute - (minute.drawn ? 1 : 0);
    last = minute.end;
    if (!minute.drawn) continue;  // says nothing about whether it has had enough
    taken.milliamp_minutes += minute.drawn->sum().count();
    taken.highest = larger_of(taken.highest, *minute.drawn);
    if (is_idle(minute, taken.highest))
      ++idle;
    else if (smaller_of(minute.ask, minute.limit).largest() > 0_mA)
      idle = 0;
    if (kMinute * idle >= rule.lull) return before_lull;
  }
  return taken;
}

/// The last need that was declared before the first minute in which the row had no room, or just after plugging in.
std::optional<Need> need_before_event(const Session& session, const BaselineRule& rule) {
  UnixTime last = session.plugged_in + rule.declare_within;
  for (const Minute& minute : session.minutes)
    if (is_congestion(minute.reason) && is_bound(minute)) {
      last = std::max(last, minute.end - kMinute);
      break;
    }
  std::optional<Need> found;
  for (const Need& need : session.needs)
    if (need.declared <= last) found = need;
  return found;
}

/// What had been taken when the need was declared comes on top of it.
WattHours taken_at(const Session& session, UnixTime at) {
  WattHours taken;
  for (const Minute& minute : session.minutes)
    if (minute.end <= at && minute.counter) taken = *minute.counter - session.counter_before;
  return taken;
}

Result<void> check_order(const Session& session) {
  if (session.minutes.size() > kMostMinutes)
    return Error{"minutes", "more than " + std::to_string(kMostMinutes) + " of one session"};
  UnixTime last = session.plugged_in;
  WattHours counter = session.counter_before;
  for (const Minute& minute : session.minutes) {
    if (minute.end <= last) return Error{"minutes", "not in order of time"};
    if (minute.counter && *minute.counter < counter) return Error{"minutes", "the import counter goes back"};
    last = minute.end;
    counter = minute.counter.value_or(counter);
  }
  if (counter - session.counter_before > kMostEnergy)
    return Error{"minutes", "more than " + std::to_string(kMostEnergy.count()) + " Wh in one session"};
  return {};
}

/// The voltage at which the session's currents make the energy its counter has. No voltage of a grid does that where
/// the counter stood still or ran ahead.
Result<Millivolts> voltage_of(const Taken& taken) {
  const std::string energy = std::to_string(taken.energy.count()) + " Wh";
  if (fine(taken.energy + kUnread) < taken.at(kLeastVoltage, 0))
    return Error{"counter", "has " + energy + " where the mean currents make more"};
  if (fine(taken.energy - kUnread) > taken.at(kMostVoltage, std::max<std::int64_t>(0, taken.unread)))
    return Error{"counter", "has " + energy + " where the mean currents make less"};
  if (taken.milliamp_minutes == 0 || taken.unread > 0) return kNominalVoltage;
  return std::clamp(Millivolts(taken.energy.count() * 60'000'000 / taken.milliamp_minutes), kLeastVoltage,
                    kMostVoltage);
}

/// The power that the reward is reckoned with. A session that was free for a while counts by its own highest minute:
/// whatever else was plugged in that month. One that never was counts by the middle one of the month.
PerPhase<Milliamps> proven(const Session& session, const Shown& shown, WattHours taken, const BaselineRule& rule) {
  int free = 0;
  WattHours so_far;
  for (const Minute& minute : session.minutes) {
    if (minute.counter) so_far = *minute.counter - session.counter_before;
    if (so_far * 10 > taken * kShownInTenths) break;
    if (is_free(minute)) ++free;
  }
  if (free >= rule.minutes_to_show) return highest_minute(session);
  if (shown.free.empty()) return {};
  std::vector<PerPhase<Milliamps>> by_power = shown.free;
  const auto middle = by_power.begin() + static_cast<std::ptrdiff_t>((by_power.size() - 1) / 2);
  std::nth_element(by_power.begin(), middle, by_power.end(),
                   [](const auto& a, const auto& b) { return a.sum() < b.sum(); });
  return *middle;
}

/// The minutes of an uninterrupted charge from the moment the plug went in.
class Charge {
 public:
  /// Without a need it only says what the session put on its row.
  Charge(const Session& session, std::optional<Need> need, WattHours wanted, PerPhase<Milliamps> power)
      : need_(need), power_(power), left_(fine(wanted)), last_(session.plugged_in), ends_(last_) {}

  CourseMinute at(const Minute& minute, MilliwattHours per_minute) {
    CourseMinute course{minute.end, {}, minute.drawn.value_or(PerPhase<Milliamps>()), {}, false};
    const bool bound = is_congestion(minute.reason) && is_bound(minute);
    if (left_ > MilliwattHours() && minute.connected) {
      // Whoever leaves some of what is allowed is not held back.
      const bool held = bound && drew_its_limit(minute);
      course.unheld = held ? larger_of(smaller_of(minute.ask, power_), course.drawn) : course.drawn;
      course.earns = held && is_announced(minute);
      was_held_ = was_held_ || held;
      ends_ = minute.end;
    }
    // What a limit moved to this minute gave room before; what the car itself put off did not.
    course.usual = was_held_ ? larger_of(course.unheld, course.drawn) : course.unheld;
    // Minutes that nobody has recorded pass too.
    left_ -= per_minute * std::max<std::int64_t>(1, (minute.end - last_) / kMinute);
    last_ = minute.end;
    return course;
  }
  /// Of the last minute in which it still went on.
  [[nodiscard]] UnixTime ends() const { return ends_; }

 private:
  [[nodiscard]] bool is_announced(const Minute& minute) const {
    return need_ && minute.end - kMinute >= need_->declared && minute.end <= need_->departs;
  }

  std::optional<Need> need_;
  PerPhase<Milliamps> power_;
  MilliwattHours left_;
  UnixTime last_, ends_;
  bool was_held_ = false;
};

}  // namespace

bool drew_its_limit(const Minute& minute) {
  if (!minute.drawn) return false;
  for (Phase p : kPhases) {
    if (minute.ask[p] <= 0_mA) continue;
    if ((*minute.drawn)[p] >= minute.limit[p] - slack_of(minute.limit[p])) return true;
  }
  return false;
}

bool is_bound(const Minute& minute) {
  return std::ranges::any_of(kPhases, [&](Phase p) { return minute.limit[p] < minute.ask[p]; });
}

std::optional<PerPhase<Milliamps>> highest_free_minute(const Session& session) {
  std::optional<PerPhase<Milliamps>> highest;
  for (const Minute& minute : session.minutes)
    if (is_free(minute)) highest = larger_of(highest.value_or(PerPhase<Milliamps>()), *minute.drawn);
  return highest;
}

PerPhase<Milliamps> highest_minute(const Session& session) {
  PerPhase<Milliamps> highest;
  for (const Minute& minute : session.minutes)
    if (minute.drawn) highest = larger_of(highest, *minute.drawn);
  return highest;
}

UnixTime final_from(const Session& session, const BaselineRule& rule) {
  const std::optional<Need> need = need_before_event(session, rule);
  UnixTime last = session.plugged_in;
  for (const Minute& minute : session.minutes) {
    if (!minute.connected) break;
    last = minute.end;
  }
  const bool unplugged = !session.minutes.empty() && !session.minutes.back().connected;
  return unplugged || !need ? last : std::max(last, need->departs);
}

Result<Course> course_of(const Session& session, const Shown& shown, const BaselineRule& rule) {
  if (const Result<void> ordered = check_order(session); !ordered) return ordered.error();
  const std::optional<Need> need = need_before_event(session, rule);
  const Taken taken = taken_until(session, need ? need->departs : kNever, rule);
  const Result<Millivolts> voltage = voltage_of(taken);
  if (!voltage) return voltage.error();
  WattHours wanted = taken.energy;
  if (need) wanted = std::min(wanted, taken_at(session, need->declared) + need->energy);
  if (session.within_another) wanted = WattHours();
  const PerPhase<Milliamps> fastest = larger_of(shown.fastest, highest_minute(session));
  MilliwattHours per_minute;
  for (Phase p : kPhases) per_minute += in_a_minute(fastest[p], *voltage);
  Charge charge(session, need, wanted, smaller_of(proven(session, shown, taken.energy, rule), fastest));
  Course course{{}, {}, *voltage};
  course.minutes.reserve(session.minutes.size());
  for (const Minute& minute : session.minutes) course.minutes.push_back(charge.at(minute, per_minute));
  course.ends = charge.ends();
  return course;
}

}  // namespace balans::api::flexibility
