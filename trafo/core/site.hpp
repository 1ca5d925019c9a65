#pragma once
// What the controller knows before it hears anybody: the tree of nodes, the meters and the enrolment file.

#include <optional>
#include <string>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/defaults.hpp"
#include "common/direction.hpp"
#include "common/ids.hpp"
#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/units.hpp"
#include "trafo/core/allocate.hpp"
#include "trafo/core/floors.hpp"
#include "trafo/core/outside.hpp"
#include "trafo/core/rating.hpp"

namespace balans {

constexpr PerPhase<Milliamps>& in(Allowance& allowance, Direction d) {
  return d == Direction::Draw ? allowance.draw : allowance.feed;
}
constexpr const PerPhase<Milliamps>& in(const Allowance& allowance, Direction d) {
  return d == Direction::Draw ? allowance.draw : allowance.feed;
}

/// One enrolled device. What is booked for it never depends on what it says of itself.
struct Enrolment {
  AgentId id;
  PublicKey key;
  DeviceKind kind = DeviceKind::Charger;
  std::size_t node = 0;       ///< where it is connected
  PhaseSet phases;            ///< the grid's true phases
  Milliamps max;              ///< the most it can draw per phase
  Milliamps failsafe;         ///< what its agent ramps to without a lease
  Milliamps device_fallback;  ///< what the device enters by itself when its agent is silent; always booked
  Milliamps max_feed;         ///< the most it can feed in per phase; 0: it only draws
  Milliamps failsafe_feed;    ///< what it may feed in without a lease
  Milliamps fallback_feed;    ///< what it feeds in by itself when its agent is silent; always booked
  int priority = 0;           ///< 0..255; higher ones come first
  Millis settle = defaults::kSettle;
  std::optional<Millis> revert;     ///< its own watchdog
  std::optional<Millis> contactor;  ///< cuts it this long after its agent's last heartbeat
};

/// A place with limits of its own. Node 0 is the transformer; parents come before their children.
struct Node {
  std::string name = "transformer";
  int parent = kNoParent;
  std::optional<Milliamps> max;       ///< fuse or cable, per phase: a hard limit
  std::optional<VoltAmps> max_va;     ///< over the three phases
  std::optional<Milliamps> max_feed;  ///< reverse flow, per phase
  std::optional<Milliamps> max_neutral;
  std::optional<VoltAmps> max_unbalance;  ///< between any two phases of what is controlled here
  PerPhase<Milliamps> design_peak_base;  ///< base load to assume without a trusted meter; the most of an unmetered node
  /// What generation that nobody controls may feed in, where any can (`Site::feeds_back`); absent: all that may flow
  /// back.
  std::optional<Milliamps> design_peak_feed;
  bool has_floors = false;  ///< a connection whose devices share one statutory floor
};

/// A meter and its place. Several at one node stand in for one another.
struct Meter {
  std::string name = "transformer";
  std::size_t node = 0;
};

struct Site {
  SiteId id;
  VoltAmps rated;
  std::optional<RatingPlan> rating;  ///< absent: the name plate, at all times
  std::int64_t margin_percent = 3;
  bool feeds_back = false;  ///< generation nobody controls may turn the flow round
  std::vector<Node> nodes{Node{}};
  std::vector<Meter> meters{Meter{}};
  std::vector<TimedLimit> schedule;  ///< limits of the timetable
  FloorSettings floors;
  Millis tick = defaults::kTick;
  Millis ttl = defaults::kTtl;
  Millis failsafe_hold = defaults::kFailsafeHold;  ///< Q of its agents
  std::vector<Enrolment> agents;
};

/// What an apparent power comes to over the three phases together at nominal voltage, rounded down.
constexpr Milliamps three_phase_sum(VoltAmps power) {
  return Milliamps(power.count() * 1'000'000 / defaults::kNominal.count());
}

/// Name-plate current per phase: rated / 3 / 230 V, rounded down.
PerPhase<Milliamps> static_rating(const Site& site);

/// The name plate less the margin.
PerPhase<Milliamps> usable_rating(const Site& site);

/// The name plate or the node's fuse, whichever is less on the way up: what no current at the node can exceed for long.
PerPhase<Milliamps> static_limit(const Site& site, std::size_t node);

/// What of `limit` may be granted.
constexpr Milliamps less_margin(Milliamps limit, std::int64_t margin_percent) {
  return limit * (100 - margin_percent) / 100;
}
constexpr Milliamps less_margin(const Site& site, Milliamps limit) { return less_margin(limit, site.margin_percent); }

/// What uncontrolled generation may feed in at a node of which `limit` may flow back.
PerPhase<Milliamps> design_peak_feed(const Site& site, std::size_t node, const PerPhase<Milliamps>& limit);

/// The nearest node above that has a meter; kNoParent where there is none.
int meter_above(const Site& site, std::size_t node);
bool has_meter(const Site& site, std::size_t node);

/// Whether `node` is `above` or lies below it.
bool is_below(const Site& site, std::size_t node, std::size_t above);

/// The most the device can do, its agent's failsafe, and what it does by itself, as allowances on its phases.
Allowance most_of(const Enrolment& agent);
Allowance failsafe_of(const Enrolment& agent);
Allowance fallback_of(const Enrolment& agent);

/// How long after the end of its lease a device is certainly down, whatever its agent does: the agent talks to it for a
/// while in vain, then its own watchdog acts or the contactor in its supply drops out, then the current follows.
/// Absent: never by itself, and time never shrinks its envelope.
std::optional<Millis> down_after(const Enrolment& agent);

/// How much longer than its TTL a lease is booked, for the drift of clocks.
Millis lease_margin(const Site& site);

/// D: a failsafe is booked this long after the send time of the newest acked limit. At most 20 s, and so short that
/// Q ≥ D + TTL + margin + the slowest device's `down_after`; zero means: always booked.
Millis failsafe_booked_after(const Site& site);

/// What is booked for a device at all times, whatever limit it has.
Milliamps always_booked(const Site& site, const Enrolment& agent, Direction direction);

/// One row of the books when everybody is silent: what all devices at and below a node do by themselves, the larger of
/// failsafe and device fallback each, on top of its design peak.
struct FailsafeSum {
  std::size_t node = 0;
  std::optional<Phase> phase;  ///< absent: over the three of them, where there is a limit in kVA
  Direction direction = Direction::Draw;
  std::vector<Milliamps> each;  ///< of every device that keeps anything, largest first; absent phase: its three phases
  Milliamps base;               ///< design-peak base load, or generation
  Milliamps limit;
  [[nodiscard]] Milliamps failsafe() const;
  [[nodiscard]] Milliamps total() const { return failsafe() + base; }
  [[nodiscard]] bool fits() const { return total() <= limit; }
};

/// Every row, node by node: first what is drawn, then what is fed in.
std::vector<FailsafeSum> failsafe_sums(const Site& site);

/// Refuses a site whose failsafes do not add up: at every node, on every phase and, where there is a limit in kVA, over
/// the three of them Σ max(failsafe, device fallback) + design-peak base load ≤ static limit; and for what is fed in
/// the same with the design peak of generation. The message does the sum: `feeder-2 L1: failsafe of 8 devices 48.0 A +
/// design-peak base load 30.0 A = 78.0 A of 50.0 A`.
Result<void> check_enrolment(const Site& site);

}  // namespace balans
