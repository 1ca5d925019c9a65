#pragma once
// The street without its sockets: base load, cars that come and go, devices, voltages. Pure and deterministic.

#include <array>
#include <optional>
#include <vector>

#include "sim/data/feeder.hpp"
#include "sim/data/sessions.hpp"
#include "sim/street/device.hpp"

namespace balans::sim {

/// What the transformer carries in one second.
struct GridTruth {
  PerPhase<PhasePower> base;
  PerPhase<PhasePower> total;
  PerPhase<Millivolts> voltage;
  PerPhase<Milliamps> current;  ///< of the total
  Millihertz frequency;
};

class World {
 public:
  struct Setup {
    LocalTime start;  ///< before it no car has come
    BaseLoad base;
    Motorists drivers;
    std::vector<DevicePlan> plan;
    std::vector<Control> controls;  ///< of the plan's devices, in the same order
    Policy policy = Policy::Balans;
  };
  explicit World(Setup setup);

  /// Lets the second that ends at `now` pass. `orders` are the devices', in the plan's order.
  void step(LocalTime now, Millis dt, const std::vector<Orders>& orders);

  /// More base load on each phase, on top of the feeder's, until set again.
  void add_base(const PerPhase<Milliamps>& current) { added_base_ = current; }
  void plug(std::size_t device, const CarNeed& need);
  void unplug(std::size_t device) { devices_[device].unplug(); }

  [[nodiscard]] std::vector<StreetDevice>& devices() { return devices_; }
  [[nodiscard]] const std::vector<StreetDevice>& devices() const { return devices_; }
  [[nodiscard]] const GridTruth& grid() const { return grid_; }
  /// The transformer meter's counters of import and export, over its phases together.
  [[nodiscard]] Millijoules energy() const { return energy_; }
  [[nodiscard]] Millijoules fed_in() const { return fed_in_; }
  /// What all cars that have come wanted, and what all have taken.
  [[nodiscard]] Millijoules requested() const { return requested_; }
  [[nodiscard]] Millijoules delivered() const;

 private:
  /// A charger and the sessions of its driver.
  struct Visits {
    std::size_t device = 0;
    std::vector<Session> sessions;
    std::size_t next = 0;
    std::optional<LocalTime> departure;
  };
  void come_and_go(LocalTime now);
  void carry_base(LocalTime now);
  void carry_all(Millis dt);

  BaseLoad base_;
  std::vector<StreetDevice> devices_;
  std::vector<Visits> visits_;
  PerPhase<Milliamps> added_base_;
  GridTruth grid_;
  Millijoules energy_;
  Millijoules fed_in_;
  Millijoules requested_;
};

}  // namespace balans::sim
