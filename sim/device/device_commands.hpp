#pragma once
// What can be done to a virtual device while it runs: one JSON object a line on standard input.
//
//   {"plug":{"kwh":20,"phases":3,"max_a":16}}
//   {"unplug":true}
//   {"wish":"charge|discharge|idle"}
//   {"fault":"late|silent|wrong-unit|exception|stuck|disobey|frozen|none"}
//   {"reset":true}
//
// In a box with several sockets `"socket":2` says which one; a fault of the line is that of the box.

#include <string_view>
#include <variant>

#include "common/io/modbus/server.hpp"
#include "sim/device/modelled_device.hpp"

namespace balans::sim {

struct UnplugHere {};
struct ResetDevice {};
struct DeviceTrouble {
  Answering line = Answering::Normal;
  ModelFault device = ModelFault::None;
};
struct DeviceCommand {
  int socket = 1;
  std::variant<CarNeed, UnplugHere, BatteryWish, DeviceTrouble, ResetDevice> what;
};

Result<DeviceCommand> parse_device_command(std::string_view line);

}  // namespace balans::sim
