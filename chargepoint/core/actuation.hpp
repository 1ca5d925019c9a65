#pragma once
// One direction's setpoint on its way into the device: asked for, written, in effect.

#include <deque>
#include <optional>
#include <string>

#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

struct Failing {
  BootTime since;
  std::string why;
};

/// What the device is to do in one direction.
struct Target {
  Milliamps setpoint;           ///< one for all its phases
  PerPhase<Milliamps> claim{};  ///< what that may lead to on each: 0 where what is plugged in has no conductor
  bool operator==(const Target&) const = default;
};

/// A setpoint on its way into the device.
struct Order {
  Milliamps setpoint;
  BootTime at;  ///< the last moment at which it may have reached the device
};

struct Actuation {
  Target target;
  std::optional<BootTime> asked;     ///< last write asked for
  bool under_way = false;            ///< that write has no outcome yet; there is never more than one
  bool tried = false;                ///< a write of a target has had its outcome
  std::optional<BootTime> written;   ///< the device has it since then
  std::optional<Milliamps> certain;  ///< its registers hold at most this; absent: not known
  bool confirmed = false;            ///< by what was read back since the write
  std::optional<BootTime> raised;    ///< last time that it was to be told more than before
  std::deque<Order> orders;          ///< writes that may not have settled yet, oldest first
  bool was_above = false;            ///< more than this flowed when it was written
  bool effective = false;            ///< the current has really come down to it
  PerPhase<Milliamps> holding;       ///< largest claim that the device may still be following

  std::optional<Failing> failing;          ///< writes fail
  std::optional<BootTime> above_since;     ///< more than the target flows since then
  std::optional<BootTime> above_fallback;  ///< last time that more flowed than what its watchdog lets it have
  bool disobeys = false;
  std::optional<BootTime> paused;  ///< because it did not follow, since then
};

struct WriteOutcome {
  Milliamps setpoint;
  BootTime at;                           ///< when the device had it
  std::string error;                     ///< empty: the device has it
  std::optional<Milliamps> read_back{};  ///< what stood there right after; absent: not asked, or it cannot tell
};

/// A flow that was measured.
struct Flow {
  PerPhase<Milliamps> current;  ///< in this direction, ≥ 0
  BootTime taken;
};

/// Up to this much counts as following `setpoint`: measured ≤ setpoint + max(1 A, 5 %).
Milliamps obeyed_up_to(Milliamps setpoint);
/// Above this a phase that is taken to be without load is loaded.
Milliamps stray_up_to();
/// Whether more flows than `target` says, on any phase.
bool is_above(const Target& target, const PerPhase<Milliamps>& flow);

/// Nothing is known any more of what the device holds.
void write_afresh(Actuation& actuation);
void aim(Actuation& actuation, const Target& target, BootTime now);
/// Whether the device surely holds no more than it may: its watchdog may be fed.
bool holds_at_most_its_target(const Actuation& actuation);
/// Begins a write; `flow` is what flows now, where that is known.
void begin_write(Actuation& actuation, const std::optional<Flow>& flow, Millis settle, BootTime now);
/// It turns out that the device holds what may lead to `claim`.
void take_in_held(Actuation& actuation, const PerPhase<Milliamps>& claim);
/// Nothing to come down from; or the fall was seen in a sample after the write; or the worst settling time has passed
/// and no more flows. A current that was low before the write proves nothing: a car may be on its way up.
bool has_effect(const Actuation& actuation, const std::optional<Flow>& flow, Millis settle, BootTime now);

/// Notes a failure, which lasts since the first of its kind, or its end.
void note(std::optional<Failing>& failing, const std::string& error, BootTime now);
bool fails_for(const std::optional<Failing>& failing, Millis time, BootTime now);

}  // namespace balans
