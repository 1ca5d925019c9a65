#pragma once
// What flexibility is reckoned from: minutes of a device as the site's record has them, what its owner declared, and
// the nodes above it. Whoever fills these in has checked the signatures; what is missing is absent, never 0.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/messages/messages.hpp"

namespace balans::api::flexibility {

/// Energy in 10⁻³ Wh: what an ampere brings in a minute is not a whole number of Wh.
using MilliwattHours = Quantity<struct MilliwattHoursTag>;

inline constexpr Millis kMinute = 60'000_ms;
inline constexpr Millis kSlot = 15_min;
/// Voltages between which counters and mean currents of an honest meter agree; the power factor of a car is in them.
inline constexpr Millivolts kLeastVoltage = 190_V, kNominalVoltage = 230_V, kMostVoltage = 255_V;

/// What a current brings in a minute, rounded down.
constexpr MilliwattHours in_a_minute(Milliamps current, Millivolts voltage) {
  return MilliwattHours(current.count() * voltage.count() / 60'000);
}
constexpr WattHours whole(MilliwattHours energy) { return WattHours(energy.count() / 1000); }
constexpr MilliwattHours fine(WattHours energy) { return MilliwattHours(energy.count() * 1000); }

/// One minute of one device. Times are the end of the minute.
struct Minute {
  UnixTime end;
  bool connected = true;                     ///< something is plugged in; always so for a load without sessions
  PerPhase<Milliamps> ask;                   ///< the smallest of the minute
  PerPhase<Milliamps> limit;                 ///< the largest in force in it
  Reason reason = Reason::Unlimited;         ///< of that limit
  std::string node;                          ///< that binds it; empty where none
  std::optional<PerPhase<Milliamps>> drawn;  ///< mean of the signed reading; absent: there is no reading
  std::optional<WattHours> counter;          ///< import counter at the end; the same
};

/// What the owner said the session would still take, and until when it stays.
struct Need {
  UnixTime declared;
  WattHours energy;  ///< from that moment on
  UnixTime departs;
};

/// One stay of something plugged in, from the first minute it was.
struct Session {
  UnixTime plugged_in;
  std::vector<Minute> minutes;  ///< by time; of one device
  std::vector<Need> needs;      ///< by time
  WattHours counter_before;     ///< import counter when it was plugged in
  /// An earlier session of this device that was to stay until after this one came. Its departure was announced, so
  /// whoever ends it early and comes again has no second need.
  bool within_another = false;
};

/// What a device has shown in the 30 days before, of sessions or of days without them.
struct Shown {
  std::vector<PerPhase<Milliamps>> free;  ///< of each session that had unbound minutes, the highest of them
  PerPhase<Milliamps> fastest;            ///< the highest minute of all, bound or not
};

/// Whether a reason is that of a row which has no more. Only these earn: a statutory order, the owner's own timetable,
/// an operator, a restart or an untrusted meter are nobody's offer of flexibility.
constexpr bool is_congestion(Reason reason) {
  return reason == Reason::Capacity || reason == Reason::Waiting || reason == Reason::Overload ||
         reason == Reason::HotSpot;
}

/// What a device would have done without limits in one minute.
struct CourseMinute {
  UnixTime end;
  PerPhase<Milliamps> unheld;  ///< would have drawn
  PerPhase<Milliamps> drawn;   ///< drew; as `unheld` where nobody knows
  PerPhase<Milliamps> usual;   ///< drawing more than this takes back what others on its row gave
  bool earns = false;          ///< a limit held it back for want of room, it drew what it was allowed, and said before
};

/// The same over time, and at what voltage its currents become energy.
struct Course {
  std::vector<CourseMinute> minutes;
  std::optional<UnixTime> ends;  ///< when a session would have had all it took; what it draws later is caught up
  Millivolts voltage = kNominalVoltage;
};

}  // namespace balans::api::flexibility
