#pragma once
// What is behind a device's electronics.

#include <memory>
#include <string_view>

#include "common/registers/description.hpp"
#include "sim/physics/appliance.hpp"

namespace balans::sim {

struct DeviceModelSetup;

/// From its file follows the class; which appliance of that class it is, is told.
enum class LoadKind : std::uint8_t { Car, HeatPump, Boiler, Relay, Battery, Roof, House };
std::string_view name_of(LoadKind load);
Result<LoadKind> parse_load(std::string_view name);
/// A heater that is told its very power is a boiler, any other appliance that heats a heat pump.
LoadKind usual_load(const DeviceDescription& description);

DeviceKind kind_of(LoadKind load);
Milliwatts largest_power(const DeviceModelSetup& setup);
/// Heat pumps and boilers begin cold, so that they want something at once.
std::unique_ptr<Appliance> appliance_of(const DeviceModelSetup& setup);

}  // namespace balans::sim
