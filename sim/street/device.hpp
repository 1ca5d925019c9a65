#pragma once
// One device of the street: its electronics, the load behind them, and its meter.

#include <memory>
#include <optional>

#include "sim/data/feeder.hpp"
#include "sim/physics/battery.hpp"
#include "sim/physics/car.hpp"
#include "sim/physics/heat.hpp"
#include "sim/street/electronics.hpp"

namespace balans::sim {

/// What a device does in one second, seen from the grid.
struct DeviceTruth {
  PerPhase<Milliamps> current;  ///< of the grid's phases; feeding in is negative
  PerPhase<PhasePower> power;
  Milliamps allowed;  ///< per phase, by its registers or its watchdog
  Milliamps wants;    ///< per phase, if nothing held it back; below 0 it would feed in
  Milliamps may_feed{};
  bool limited = false;
  bool fallen_back = false;
};

class StreetDevice {
 public:
  StreetDevice(const DevicePlan& plan, const Control& control, Policy policy);
  /// With a load of one's own.
  StreetDevice(const DevicePlan& plan, const Control& control, std::unique_ptr<Appliance> appliance);

  void step(LocalTime now, Millis dt, const PerPhase<Millivolts>& grid, const Orders& orders);

  void plug(const CarNeed& need);
  void unplug();
  void set_obedience(Obedience obedience) { obedience_ = obedience; }

  [[nodiscard]] const DevicePlan& plan() const { return plan_; }
  [[nodiscard]] const DeviceTruth& truth() const { return truth_; }
  [[nodiscard]] Millijoules energy() const { return energy_; }
  [[nodiscard]] Millijoules fed_in() const { return fed_in_; }
  /// What its registers show, in the order of its own terminals.
  [[nodiscard]] Sample sample() const;
  /// Only of chargers.
  [[nodiscard]] const CarPlace* car() const { return car_; }
  /// Only of batteries that follow the house around them.
  [[nodiscard]] HomeBattery* home_battery() { return home_battery_; }
  /// Nothing flows, and its electronics begin anew: they have forgotten since when nobody has spoken to it.
  void lose_power();

 private:
  [[nodiscard]] Millivolts mean_voltage(const PerPhase<Millivolts>& grid) const;
  [[nodiscard]] Milliamps allowed_now(const Setpoint& setpoint, Milliamps most, Millivolts voltage) const;
  [[nodiscard]] std::optional<std::int64_t> charge_permille() const;
  void measure(Millis dt, const PerPhase<Millivolts>& grid);

  DevicePlan plan_;
  Control control_;
  Electronics electronics_;
  std::unique_ptr<Appliance> appliance_;
  CarPlace* car_ = nullptr;  ///< the appliance of a charger
  Battery* battery_ = nullptr;
  HomeBattery* home_battery_ = nullptr;
  Pilot pilot_;
  Obedience obedience_ = Obedience::Obeys;
  DeviceTruth truth_;
  PerPhase<Millivolts> voltage_;  ///< at its own terminals
  Millijoules energy_;
  Millijoules fed_in_;
};

}  // namespace balans::sim
