#include "sim/street/device.hpp"

#include <algorithm>
#include <cmath>

#include "sim/physics/house.hpp"

namespace balans::sim {
namespace {

/// Rounding of watts and steps on the way is no limit.
constexpr Milliamps kLimitTolerance = 100_mA;

std::unique_ptr<Appliance> appliance_of(const DevicePlan& plan) {
  const int conductors = static_cast<int>(plan.phases.size());
  switch (plan.kind) {
    case DeviceKind::Charger:
      return std::make_unique<CarPlace>();
    case DeviceKind::HeatPump: {
      HeatPumpTraits traits;
      traits.conductors = conductors;
      return std::make_unique<HeatPump>(traits);
    }
    case DeviceKind::Battery: {
      BatteryTraits traits;
      traits.conductors = conductors;
      return std::make_unique<Battery>(traits);
    }
    case DeviceKind::Inverter: {
      RoofTraits traits;
      traits.conductors = conductors;
      return std::make_unique<Roof>(traits);
    }
    case DeviceKind::Boiler:
    case DeviceKind::Relay:
    case DeviceKind::AirConditioner:
      break;
  }
  BoilerTraits traits;
  traits.conductors = conductors;
  return std::make_unique<Boiler>(traits);
}

std::int64_t tan_phi_micro(std::int64_t permille) {
  const double cos_phi = static_cast<double>(permille) / 1000;
  return std::llround(std::sqrt(1 - cos_phi * cos_phi) / cos_phi * 1e6);
}

}  // namespace

StreetDevice::StreetDevice(const DevicePlan& plan, const Control& control, Policy policy)
    : plan_(plan), control_(control), electronics_(control, plan, policy), appliance_(appliance_of(plan)) {
  car_ = dynamic_cast<CarPlace*>(appliance_.get());
  battery_ = dynamic_cast<Battery*>(appliance_.get());
}

StreetDevice::StreetDevice(const DevicePlan& plan, const Control& control, std::unique_ptr<Appliance> appliance)
    : plan_(plan),
      control_(control),
      electronics_(control, plan, Policy::Balans),
      appliance_(std::move(appliance)),
      car_(dynamic_cast<CarPlace*>(appliance_.get())),
      home_battery_(dynamic_cast<HomeBattery*>(appliance_.get())) {}

void StreetDevice::plug(const CarNeed& need) {
  BALANS_CHECK(car_ != nullptr);
  car_->plug(need);
}

void StreetDevice::unplug() {
  BALANS_CHECK(car_ != nullptr);
  car_->unplug();
}

Millivolts StreetDevice::mean_voltage(const PerPhase<Millivolts>& grid) const {
  const auto conductors = static_cast<std::size_t>(appliance_->conductors());
  Millivolts sum;
  for (std::size_t i = 0; i < conductors; ++i) sum += grid[plan_.phases[i]];
  return sum / static_cast<std::int64_t>(conductors);
}

Milliamps StreetDevice::allowed_now(const Setpoint& setpoint, Milliamps most, Millivolts voltage) const {
  if (!setpoint.power) return setpoint.current;
  const Milliwatts power(setpoint.power->count() * 1000);
  return std::min(most, current_for(power, voltage, appliance_->conductors(), appliance_->power_factor_permille()));
}

void StreetDevice::step(LocalTime now, Millis dt, const PerPhase<Millivolts>& grid, const Orders& orders) {
  const Millivolts voltage = mean_voltage(grid);
  truth_.allowed = allowed_now(electronics_.step(dt, orders, obedience_), plan_.max, voltage);
  truth_.may_feed = allowed_now(electronics_.feed(), plan_.max_feed, voltage);
  truth_.fallen_back = electronics_.fallen_back();
  const Milliamps passed = car_ ? pilot_.step(dt, truth_.allowed) : truth_.allowed;
  const int connected = orders.phases == PhaseMode::Fewer ? 1 : 3;
  appliance_->step({now, dt, voltage, truth_.may_feed, connected}, passed);
  truth_.wants = appliance_->wants();
  truth_.limited = truth_.wants > truth_.allowed + kLimitTolerance || -truth_.wants > truth_.may_feed + kLimitTolerance;
  measure(dt, grid);
}

void StreetDevice::lose_power() {
  appliance_->lose_power();
  electronics_ = Electronics(control_, plan_, Policy::Balans);
  truth_ = {};
}

void StreetDevice::measure(Millis dt, const PerPhase<Millivolts>& grid) {
  truth_.current = {};
  truth_.power = {};
  const std::int64_t factor = appliance_->power_factor_permille();
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    const Phase phase = plan_.phases[i];
    voltage_.values[i] = grid[phase];
    const Milliamps current = appliance_->current_on(static_cast<int>(i));
    const Milliwatts active = active_power(current, grid[phase], 1, factor);
    truth_.current[phase] = current;
    truth_.power[phase] = {active, Millivars(active.count() * tan_phi_micro(factor) / 1'000'000)};
    (active < Milliwatts() ? fed_in_ : energy_) += energy_of(active < Milliwatts() ? -active : active, dt);
  }
}

Sample StreetDevice::sample() const {
  Sample sample;
  PerPhase<Milliamps> current;
  PerPhase<Watts> power;
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    current.values[i] = truth_.current[plan_.phases[i]];
    power.values[i] = Watts(truth_.power[plan_.phases[i]].active.count() / 1000);
  }
  sample.current = current;
  sample.voltage = voltage_;
  sample.power = power;
  sample.total_power = power.sum();
  sample.energy_import = watt_hours(energy_);
  sample.energy_export = watt_hours(fed_in_);
  sample.frequency = Millihertz(50'000);
  if (car_) sample.vehicle = !car_->plugged() ? VehicleState::A : car_->charging() ? VehicleState::C : VehicleState::B;
  if (const auto charge = charge_permille()) sample.state_of_charge = Permille(*charge);
  return sample;
}

std::optional<std::int64_t> StreetDevice::charge_permille() const {
  if (battery_) return battery_->charge_permille();
  if (home_battery_) return home_battery_->charge_permille();
  if (car_ && car_->plugged()) return car_->filled_permille();
  return std::nullopt;
}

}  // namespace balans::sim
