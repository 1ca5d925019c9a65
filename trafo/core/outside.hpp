#pragma once
// Limits that somebody outside has set: an operator, the timetable of the site, the grid operator (DSO). Each becomes
// one more bound of its node's rows, with a source and an end.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/messages/messages.hpp"
#include "common/units.hpp"
#include "trafo/core/allocate.hpp"
#include "trafo/core/ambient.hpp"

namespace balans {

/// What an outside limit allows; kUnlimited where it says nothing.
struct OutsideBound {
  PerPhase<Milliamps> draw = PerPhase<Milliamps>::all(kUnlimited);
  PerPhase<Milliamps> feed = PerPhase<Milliamps>::all(kUnlimited);
  Milliamps sum = kUnlimited;  ///< over the three phases together, each way
  bool operator==(const OutsideBound&) const = default;
};

/// An order, as it arrived. A DSO's and one for want of credit never take anybody below its statutory floor; an
/// operator's may.
struct OutsideLimit {
  std::size_t node = 0;
  Reason source = Reason::Operator;  ///< Operator, Schedule or Dso; of a device Operator or Credit
  OutsideBound bound;
  std::optional<UnixTime> from;        ///< absent: at once
  std::optional<UnixTime> until;       ///< absent: until it is taken back
  std::optional<std::size_t> agent{};  ///< of this enrolment alone, at that node; absent: of the node
  bool operator==(const OutsideLimit&) const = default;
};

/// A row of the site's timetable, in local time. `from_minute` > `to_minute` runs over midnight.
struct TimedLimit {
  std::size_t node = 0;
  OutsideBound bound;
  std::uint16_t months = 0xfff;  ///< bit 0 is January
  int from_minute = 0;           ///< of the day, 0..1439
  int to_minute = 0;             ///< not included; equal to `from_minute`: the whole day
};

/// Whether `now` lies in a span of minutes of the day. Without a clock it may, so it does.
bool in_span(std::uint16_t months, int from_minute, int to_minute, const std::optional<LocalTime>& now);

/// The limits that hold now. One whose times cannot be judged, because the clock is not synchronised, holds.
std::vector<OutsideLimit> limits_now(std::span<const OutsideLimit> orders, std::span<const TimedLimit> schedule,
                                     const std::optional<UnixTime>& utc, const std::optional<LocalTime>& local);

}  // namespace balans
