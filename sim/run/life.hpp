#pragma once
// What happens in the town whoever shares out its power: cars come, want, take and leave.

#include <optional>
#include <vector>

#include "sim/run/policy.hpp"
#include "sim/run/town.hpp"

namespace balans::runs {

/// One car's stay.
struct Visit {
  sim::LocalTime arrival;
  sim::LocalTime departure;
  PhaseSet phases;  ///< the grid's phases it loads
  int conductors = 1;
  Milliamps max;
  sim::Millijoules asked;
  sim::Millijoules got;
  int stops = 0;         ///< how often its charging was interrupted
  bool flowing = false;  ///< now

  [[nodiscard]] bool wants_more() const { return got < asked; }
};

class Life {
 public:
  Life(const Town& town, sim::LocalTime start, sim::LocalTime end);

  /// Whoever arrives or leaves by `now` does so.
  void come_and_go(sim::LocalTime now);
  /// The current on each conductor of each place for `dt`; a car takes no more than it asked for.
  void charge(std::span<const Milliamps> currents, Millis dt);

  /// By place; empty where no car is plugged in.
  [[nodiscard]] const std::vector<std::optional<Visit>>& plugged() const { return plugged_; }
  /// Visits that are over.
  [[nodiscard]] const std::vector<Visit>& over() const { return over_; }
  /// All visits of the run as they are asked for, for the oracle.
  [[nodiscard]] static std::vector<Visit> visits_of(const Charger& charger, sim::LocalTime start, sim::LocalTime end);

 private:
  std::vector<std::vector<Visit>> coming_;  ///< by place, last first
  std::vector<std::optional<Visit>> plugged_;
  std::vector<Visit> over_;
};

}  // namespace balans::runs
