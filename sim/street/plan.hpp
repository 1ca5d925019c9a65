#pragma once
// Who lives in the street: its controllable devices, how each is wired, and what its agent is told about it. The street
// builds its virtual devices from this; the stage writes the agents' configuration from the same.

#include <optional>
#include <string>
#include <vector>

#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::sim {

enum class Policy : std::uint8_t { Balans, Uncontrolled };

struct DevicePlan {
  AgentId id;
  DeviceKind kind = DeviceKind::Charger;
  std::string file;           ///< of config/devices, "chargers/alfen_eve"
  std::vector<Phase> phases;  ///< the grid phase on each of its own terminals, in its order
  Milliamps min;
  Milliamps max;  ///< what it is fused for and set to; 0: it only feeds in
  Milliamps step;
  Milliamps floor;
  Millis settle;
  /// The time-out that its installer has set on the device, where that is not set over Modbus.
  std::optional<Millis> installed_timeout;
  std::optional<Watts> rated_power;  ///< of devices that are told a share of it
  Milliamps max_feed{};              ///< what it can feed in
};

/// Five chargers of three makes, one of them one-phase and the others turned so that one-phase cars do not all meet on
/// L1; a heat pump with a statutory floor, a boiler, a battery, and a roof with the sun on it.
std::vector<DevicePlan> street_plan();

/// The devices of `plan` with these ids, in the plan's order; an error names an id that is not there.
Result<std::vector<DevicePlan>> chosen(const std::vector<DevicePlan>& plan, const std::vector<std::string>& ids);

inline constexpr const char* kMeterFile = "meters/eastron_sdm630";

}  // namespace balans::sim
