#pragma once
// What a session would have taken without limits, reckoned so that no declaration, delay or interruption makes it more
// than what the car at the plug really wanted. docs/flexibility.md says which attack each part stops.

#include "api/core/flexibility/record.hpp"
#include "common/result.hpp"

namespace balans::api::flexibility {

/// Numbers of the rule; config may change them.
struct BaselineRule {
  Millis declare_within = 5_min;  ///< after plugging in; a car that comes while the row is full is bound at once
  Millis lull = 15_min;           ///< drawing less than half of what it could for this long, it has had enough
  int minutes_to_show = 5;        ///< free minutes after which a session counts by its own power
};

/// Whether the device drew what it was allowed, within what counts as obeying (1 A or 5 %).
bool drew_its_limit(const Minute& minute);
/// Whether the limit was below what was asked for, on a phase that is asked for.
bool is_bound(const Minute& minute);
/// The highest minute in which no limit held the session back; absent where there is none. What `Shown::free` is of.
std::optional<PerPhase<Milliamps>> highest_free_minute(const Session& session);
/// The highest minute of all. `Shown::fastest` is the largest of these, phase by phase.
PerPhase<Milliamps> highest_minute(const Session& session);

/// From when on the course of a session changes no more: it has been unplugged, or the departure that was announced
/// before its event has passed.
UnixTime final_from(const Session& session, const BaselineRule& rule = {});

/// An error where the record contradicts itself (minutes out of order, counter that falls, counter and currents that
/// disagree): that is for a person to look at. A session that earns nothing has a course whose minutes do not earn.
Result<Course> course_of(const Session& session, const Shown& shown, const BaselineRule& rule = {});

}  // namespace balans::api::flexibility
