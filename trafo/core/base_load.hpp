#pragma once
// What the street draws that nobody controls: meter − what the devices draw, per phase. Meter and devices are never
// read at the same moment and devices' readings may come late or not at all, so this is about what is certain and since
// when.

#include <optional>
#include <span>
#include <vector>

#include "common/phases.hpp"
#include "common/units.hpp"
#include "trafo/core/site.hpp"

namespace balans {

/// What a device drew, feeding in counts below zero, as far as its envelope lets it count, at some moment between
/// `not_before` and `received`.
struct Drawn {
  std::optional<BootTime> not_before;  ///< absent: nobody knows how long it was on its way
  BootTime received;
  AgentTime at;
  PerPhase<Milliamps> current;
};

/// Readings of one device, oldest first.
using DrawnLog = std::vector<Drawn>;

/// Adds a reading and forgets those that no meter sample needs any more.
void remember(DrawnLog& log, const Drawn& drawn);

/// The least that the device drew at `moment`: the smallest of its readings from the last one certainly before to the
/// first one certainly after. `unknown` where readings between them are missing, for the device may have done anything
/// meanwhile; where there is none after, the newest must be young at `now`.
PerPhase<Milliamps> drew_at_least(const DrawnLog& log, BootTime moment, BootTime now,
                                  const PerPhase<Milliamps>& unknown = {});

/// The most that it drew, by the same readings; `unknown` while it is silent.
PerPhase<Milliamps> drew_at_most(const DrawnLog& log, BootTime moment, BootTime now,
                                 const PerPhase<Milliamps>& unknown = {});

/// A device below a meter.
struct Metered {
  const DrawnLog* log = nullptr;
  Allowance envelope;  ///< what it may have done while nobody knows: the largest since the oldest sample
};

struct MeterLog {
  struct Entry {
    BootTime taken;
    PerPhase<Milliamps> load;
  };
  std::vector<Entry> recent;  ///< trusted samples without a gap, oldest first
};

/// Adds a trusted meter sample; after a gap the log begins anew.
void remember(MeterLog& log, BootTime taken, const PerPhase<Milliamps>& load);

/// What a meter showed lately beside all that those below it did, at least, as it flows in `direction`: its samples of
/// the time skew that are enclosed by samples of each of the others.
MeterLog beside(const MeterLog& above, std::span<const MeterLog* const> below, Direction direction);

/// Two views of the base load in one direction of flow. A raise must hold against the high one; a cut is made when the
/// low one wants it. Between them lies what the readings cannot tell apart.
struct BaseLoad {
  PerPhase<Milliamps> high;    ///< largest of the last ten seconds, and since all devices' readings are certain
  PerPhase<Milliamps> low;     ///< smallest within the time skew of meter and devices; the newest while overloaded
  PerPhase<Milliamps> steady;  ///< as `low`, whether overloaded or not: what is certainly there
  PerPhase<Milliamps> proven;  ///< largest of the time of `high` that readings from both sides leave, at least `low`
  bool certain = false;        ///< the samples reach back far enough for `high` to be believed
};

/// The base load at `now` as it flows in `direction`: what is drawn counts above zero for Draw, what is fed in for
/// Feed. `overloaded` tells the phases on which there is no time to wait. What is controlled in the other direction
/// earns no credit: an import row must hold when the battery stops discharging, a reverse-flow row when the car stops
/// charging.
BaseLoad base_load(const MeterLog& meter, std::span<const Metered> devices, Direction direction,
                   const PerPhase<bool>& overloaded, BootTime now);

}  // namespace balans
