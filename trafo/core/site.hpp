#pragma once
// What the controller knows before it hears anybody: the transformer and its enrolment file.

#include <optional>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/defaults.hpp"
#include "common/ids.hpp"
#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

/// One enrolled device. What is booked for it never depends on what it says of itself.
struct Enrolment {
  AgentId id;
  PublicKey key;
  DeviceKind kind = DeviceKind::Charger;
  PhaseSet phases;            ///< the grid's true phases
  Milliamps max;              ///< the most it can draw per phase
  Milliamps failsafe;         ///< what its agent ramps to without a lease
  Milliamps device_fallback;  ///< what the device enters by itself when its agent is silent; always booked
  Millis settle = defaults::kSettle;
  std::optional<Millis> revert;  ///< its own watchdog; absent: time never shrinks its envelope
};

enum class Rating : std::uint8_t {
  Static,  ///< the name plate, at all times
};

struct Site {
  SiteId id;
  VoltAmps rated;
  Rating rating = Rating::Static;
  std::int64_t margin_percent = 3;
  PerPhase<Milliamps> design_peak_base;  ///< base load to assume without a trusted meter
  bool feeds_back = false;               ///< generation below the transformer may turn the flow round
  Millis tick = defaults::kTick;
  Millis ttl = defaults::kTtl;
  Millis failsafe_hold = defaults::kFailsafeHold;  ///< Q of its agents
  std::vector<Enrolment> agents;
};

/// Name-plate current per phase: rated / 3 / 230 V, rounded down.
PerPhase<Milliamps> static_rating(const Site& site);

/// What may be granted at most: the rating less the margin.
PerPhase<Milliamps> usable_rating(const Site& site);

/// How long after the end of its lease a device is certainly down, whatever its agent does: the agent talks to it for a
/// while in vain, then its own watchdog acts, then the current follows. Absent: never by itself.
std::optional<Millis> down_after(const Enrolment& agent);

/// How much longer than its TTL a lease is booked, for the drift of clocks.
Millis lease_margin(const Site& site);

/// D: a failsafe is booked this long after the send time of the newest acked limit. At most 20 s, and so short that
/// Q ≥ D + TTL + margin + the slowest device's `down_after`; zero means: always booked.
Millis failsafe_booked_after(const Site& site);

/// What is booked for a device at all times, whatever limit it has.
Milliamps always_booked(const Site& site, const Enrolment& agent);

/// Refuses a site whose failsafes do not add up: on every phase Σ max(failsafe, device fallback) + design-peak base
/// load ≤ static rating. The message does the sum: `L1: 8 devices 48 A + base 30 A = 78 A of 50 A`.
Result<void> check_enrolment(const Site& site);

}  // namespace balans
