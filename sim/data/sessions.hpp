#pragma once
// Charging sessions: who comes when, leaves when, and takes how much.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "sim/physics/car.hpp"
#include "sim/physics/units.hpp"

namespace balans::sim {

struct Session {
  LocalTime arrival;
  LocalTime departure;
  WattHours energy;
  std::optional<Watts> rate;  ///< the car's charging power, where it is known
};

/// The sessions of one user, in order of arrival, none overlapping the next.
struct Motorist {
  std::string user;
  std::vector<Session> sessions;
};

struct Motorists {
  std::vector<Motorist> drivers;
  std::string source;  ///< for people: the file and the site, or "synthetic …"
  bool synthetic = false;
  std::string site{};  ///< empty where there is none
};

/// Which sessions: those that arrive in this time at this site; without one, at the site with most arrivals in it (of
/// equals, the first by name).
struct SessionChoice {
  LocalTime start;
  Millis length{7 * kSecondsPerDay * 1000};
  std::optional<std::string> site{};
};

/// The drivers of the site in the order of their first arrival in that time (of equals, the first by name); of each,
/// the sessions that arrive in it. Where a user arrives before their last session has ended, the earlier one ends
/// there.
Result<Motorists> parse_sessions(std::string_view csv, const std::string& file, const SessionChoice& choice);
Result<Motorists> load_sessions(const std::string& file, const SessionChoice& choice);

/// What the car of a session can take: ≤ 3.7 kW one phase at 16 A, ≤ 7.4 kW one phase at 32 A, ≤ 11.1 kW three phases
/// at 16 A, above that three at 32 A; unknown is one phase at 16 A. Never more than its charger has.
CarNeed car_of(const Session& session, int charger_conductors, Milliamps charger_max);

}  // namespace balans::sim
