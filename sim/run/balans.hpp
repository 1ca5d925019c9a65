#pragma once
// Balans itself at work in the town: its controller and one agent per place, both their real cores, in virtual time.

#include <memory>
#include <span>
#include <vector>

#include "sim/physics/heat.hpp"
#include "sim/random.hpp"
#include "sim/run/life.hpp"
#include "sim/twin/world.hpp"

namespace balans::runs {

/// The site as an installer would enter it.
twin::Street street_of(const Town& town, const RunOptions& options);

class Balans {
 public:
  Balans(const Town& town, const RunOptions& options);

  /// One tick that ends at `now`.
  void tick(sim::LocalTime now, const PerPhase<Milliamps>& base, MilliCelsius ambient,
            std::span<const std::optional<Visit>> plugged, std::span<sim::HeatPump> pumps);

  /// What flows into each place's car, per conductor.
  [[nodiscard]] std::span<const Milliamps> currents() const { return currents_; }
  /// What flows into all heat pumps.
  [[nodiscard]] PerPhase<Milliamps> pumps() const;
  /// Σ envelopes by the controller's books.
  [[nodiscard]] PerPhase<Milliamps> booked() const;
  [[nodiscard]] const twin::World& world() const { return world_; }

 private:
  void show_car(std::size_t place, const std::optional<Visit>& visit);
  void suffer();

  RunOptions options_;
  std::size_t places_;
  twin::World world_;
  Random random_;
  std::vector<Milliamps> currents_;
  std::vector<sim::LocalTime> arrived_;  ///< of the car whose need the agent has been told
  std::vector<sim::Millijoules> drawn_;  ///< by each place since the start: its counter
};

}  // namespace balans::runs
