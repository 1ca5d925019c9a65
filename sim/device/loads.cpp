#include "sim/device/loads.hpp"

#include <array>
#include <string>
#include <utility>

#include "sim/device/modelled_device.hpp"
#include "sim/physics/battery.hpp"
#include "sim/physics/car.hpp"
#include "sim/physics/heat.hpp"
#include "sim/physics/house.hpp"

namespace balans::sim {
namespace {

constexpr CarHabits kCarHabits{2_s, 8_s, 5_s, 40_s};
constexpr Millis kMinimumRun = 3_min;
constexpr std::array<std::pair<std::string_view, LoadKind>, 7> kLoads{{{"car", LoadKind::Car},
                                                                       {"heat-pump", LoadKind::HeatPump},
                                                                       {"boiler", LoadKind::Boiler},
                                                                       {"relay", LoadKind::Relay},
                                                                       {"battery", LoadKind::Battery},
                                                                       {"roof", LoadKind::Roof},
                                                                       {"house", LoadKind::House}}};

std::unique_ptr<Appliance> heat_pump(const DeviceModelSetup& setup) {
  HeatPumpTraits traits;
  traits.conductors = setup.phases;
  traits.max = largest_power(setup);
  traits.min = traits.max / 4;
  traits.min_run = kMinimumRun;
  const bool is_hint = setup.description.control && setup.description.control->semantics == LimitSemantics::Hint;
  traits.lock = is_hint ? Lock::AfterMinimumRun : Lock::StopsAtOnce;
  traits.start_c = traits.lower_c - 2;
  return std::make_unique<HeatPump>(traits);
}

std::unique_ptr<Appliance> boiler(const DeviceModelSetup& setup, Element element) {
  BoilerTraits traits;
  traits.conductors = setup.phases;
  traits.power = largest_power(setup);
  traits.litres = 500;
  traits.start_c = 15;
  traits.element = element;
  return std::make_unique<Boiler>(traits);
}

std::unique_ptr<Appliance> battery(const DeviceModelSetup& setup) {
  HomeBatteryTraits traits;
  traits.conductors = setup.phases;
  traits.max = largest_power(setup);
  return std::make_unique<HomeBattery>(traits);
}

}  // namespace

Milliwatts largest_power(const DeviceModelSetup& setup) {
  return active_power(setup.max, defaults::kNominal, setup.phases, 1000);
}

DeviceKind kind_of(LoadKind load) {
  switch (load) {
    case LoadKind::Car:
      return DeviceKind::Charger;
    case LoadKind::HeatPump:
      return DeviceKind::HeatPump;
    case LoadKind::Boiler:
      return DeviceKind::Boiler;
    case LoadKind::Battery:
      return DeviceKind::Battery;
    case LoadKind::Roof:
      return DeviceKind::Inverter;
    case LoadKind::Relay:
    case LoadKind::House:
      break;
  }
  return DeviceKind::Relay;
}

std::unique_ptr<Appliance> appliance_of(const DeviceModelSetup& setup) {
  switch (setup.load) {
    case LoadKind::Car: {
      CarHabits habits = kCarHabits;
      habits.seed = setup.seed;
      return std::make_unique<CarPlace>(habits);
    }
    case LoadKind::HeatPump:
      return heat_pump(setup);
    case LoadKind::Boiler:
      return boiler(setup, Element::Continuous);
    case LoadKind::Relay:
      return boiler(setup, Element::Relay);
    case LoadKind::Battery:
      return battery(setup);
    case LoadKind::Roof:
      return std::make_unique<Roof>(RoofTraits{setup.phases, largest_power(setup) * 3 / 2, setup.seed});
    case LoadKind::House:
      break;
  }
  HouseTraits traits;
  traits.conductors = setup.phases;
  traits.seed = setup.seed;
  return std::make_unique<House>(traits);
}

std::string_view name_of(LoadKind load) {
  for (const auto& [name, kind] : kLoads)
    if (kind == load) return name;
  return "unknown";
}

Result<LoadKind> parse_load(std::string_view name) {
  std::string list;
  for (const auto& [known, kind] : kLoads) {
    if (known == name) return kind;
    list += (list.empty() ? "" : ", ") + std::string(known);
  }
  return Error{"", "expected one of " + list};
}

LoadKind usual_load(const DeviceDescription& description) {
  switch (description.device_class) {
    case DeviceClass::Charger:
      return LoadKind::Car;
    case DeviceClass::Battery:
      return LoadKind::Battery;
    case DeviceClass::Inverter:
      return LoadKind::Roof;
    case DeviceClass::Meter:
      return LoadKind::House;
    case DeviceClass::Heat:
      break;
  }
  const bool is_target = description.control && description.control->semantics == LimitSemantics::Target;
  return is_target ? LoadKind::Boiler : LoadKind::HeatPump;
}

}  // namespace balans::sim
