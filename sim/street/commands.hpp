#pragma once
// What can be done to the street while it runs: one JSON object a line on standard input.
//
//   {"meter":"freeze|nan|sign|x1000|silent|none"}
//   {"device":"charger-1","fault":"silent|disobey|none"}
//   {"base_add_a":[0,20.5,0]}
//   {"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}}
//   {"car":"charger-1","unplug":true}

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/ids.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "sim/physics/car.hpp"

namespace balans::sim {

enum class MeterFault : std::uint8_t { None, Freeze, Nan, Sign, Times1000, Silent };
enum class DeviceFault : std::uint8_t { None, Silent, Disobey };

struct SetMeterFault {
  MeterFault fault = MeterFault::None;
};
struct SetDeviceFault {
  AgentId device;
  DeviceFault fault = DeviceFault::None;
};
struct AddBase {
  PerPhase<Milliamps> current;
};
struct PlugCar {
  AgentId charger;
  CarNeed need;
};
struct UnplugCar {
  AgentId charger;
};
using Command = std::variant<SetMeterFault, SetDeviceFault, AddBase, PlugCar, UnplugCar>;

Result<Command> parse_command(std::string_view line);
/// {"kwh","phases","max_a"}
Result<CarNeed> parse_car(const boost::json::value* plug);

}  // namespace balans::sim
