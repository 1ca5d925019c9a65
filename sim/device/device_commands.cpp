#include "sim/device/device_commands.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "sim/street/commands.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, DeviceTrouble>, 8> kTroubles{{
    {"none", {}},
    {"late", {Answering::Late, ModelFault::None}},
    {"silent", {Answering::Silent, ModelFault::None}},
    {"wrong-unit", {Answering::WrongUnit, ModelFault::None}},
    {"exception", {Answering::Normal, ModelFault::Exception}},
    {"stuck", {Answering::Normal, ModelFault::Stuck}},
    {"disobey", {Answering::Normal, ModelFault::Disobey}},
    {"frozen", {Answering::Normal, ModelFault::Frozen}},
}};
constexpr std::array<std::pair<std::string_view, BatteryWish>, 3> kWishes{
    {{"idle", BatteryWish::Idle}, {"charge", BatteryWish::Charge}, {"discharge", BatteryWish::Discharge}}};

template <class Value, std::size_t N>
Result<Value> named(const json::value& value, const char* key,
                    const std::array<std::pair<std::string_view, Value>, N>& names) {
  std::string list;
  for (const auto& [name, result] : names) {
    if (value.is_string() && value.get_string() == name) return result;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  return Error{key, "expected one of " + list};
}

template <class What>
Result<DeviceCommand> to(int socket, const Result<What>& what) {
  if (!what) return what.error();
  return DeviceCommand{socket, *what};
}

}  // namespace

Result<DeviceCommand> parse_device_command(std::string_view line) {
  boost::system::error_code failure;
  const json::value value = json::parse(line, failure);
  if (failure || !value.is_object()) return Error{"", "not a JSON object"};
  const json::object& object = value.get_object();
  int socket = 1;
  if (const json::value* number = object.if_contains("socket")) {
    if (!number->is_int64() || number->get_int64() < 1 || number->get_int64() > 255)
      return Error{"socket", "expected a number in 1..255"};
    socket = static_cast<int>(number->get_int64());
  }
  if (const json::value* plug = object.if_contains("plug")) return to(socket, parse_car(plug));
  if (object.contains("unplug")) return DeviceCommand{socket, UnplugHere{}};
  if (const json::value* wish = object.if_contains("wish")) return to(socket, named(*wish, "wish", kWishes));
  if (const json::value* fault = object.if_contains("fault")) return to(socket, named(*fault, "fault", kTroubles));
  if (object.contains("reset")) return DeviceCommand{socket, ResetDevice{}};
  return Error{"", "expected one of the keys plug, unplug, wish, fault, reset"};
}

}  // namespace balans::sim
