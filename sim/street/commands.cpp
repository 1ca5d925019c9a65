#include "sim/street/commands.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <optional>
#include <utility>

namespace balans::sim {
namespace {

namespace json = boost::json;

template <class Enum, std::size_t N>
Result<Enum> named(const json::value& value, const char* key,
                   const std::array<std::pair<std::string_view, Enum>, N>& names) {
  std::string list;
  for (const auto& [name, result] : names) {
    if (value.is_string() && value.get_string() == name) return result;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  return Error{key, "expected one of " + list};
}

constexpr std::array<std::pair<std::string_view, MeterFault>, 6> kMeterFaults{{{"none", MeterFault::None},
                                                                               {"freeze", MeterFault::Freeze},
                                                                               {"nan", MeterFault::Nan},
                                                                               {"sign", MeterFault::Sign},
                                                                               {"x1000", MeterFault::Times1000},
                                                                               {"silent", MeterFault::Silent}}};
constexpr std::array<std::pair<std::string_view, DeviceFault>, 3> kDeviceFaults{
    {{"none", DeviceFault::None}, {"silent", DeviceFault::Silent}, {"disobey", DeviceFault::Disobey}}};

Result<AgentId> device_id(const json::value& value, const char* key) {
  if (!value.is_string()) return Error{key, "expected a device's name"};
  Result<AgentId> id = AgentId::parse(std::string_view(value.get_string()));
  return id ? id : Result<AgentId>(id.error().within(key));
}

/// A number times 1000.
Result<std::int64_t> thousandths(const json::value* value, const char* key, double low, double high) {
  const bool number = value && (value->is_int64() || value->is_double() || value->is_uint64());
  const double real = number ? value->to_number<double>() : 0;
  if (!number || !(real >= low && real <= high))
    return Error{key,
                 "expected a number in " + std::to_string(std::lround(low)) + ".." + std::to_string(std::lround(high))};
  return std::llround(real * 1000);
}

Result<Command> add_base(const json::value& value) {
  if (!value.is_array() || value.get_array().size() != 3)
    return Error{"base_add_a", "expected three numbers, L1 L2 L3"};
  AddBase command;
  for (Phase p : kPhases) {
    const Result<std::int64_t> ma =
        thousandths(&value.get_array()[static_cast<std::size_t>(p)], "base_add_a", -2000, 2000);
    if (!ma) return ma.error();
    command.current[p] = Milliamps(*ma);
  }
  return Command(command);
}

Result<Command> car(const json::object& object) {
  const Result<AgentId> charger = device_id(object.at("car"), "car");
  if (!charger) return charger.error();
  if (object.contains("unplug")) return Command(UnplugCar{*charger});
  const Result<CarNeed> need = parse_car(object.if_contains("plug"));
  if (!need) return need.error().where.empty() ? need.error().within("car") : need.error();
  return Command(PlugCar{*charger, *need});
}

Result<Command> device(const json::object& object) {
  const Result<AgentId> id = device_id(object.at("device"), "device");
  if (!id) return id.error();
  const json::value* fault = object.if_contains("fault");
  const Result<DeviceFault> named_fault = named(fault ? *fault : json::value(), "fault", kDeviceFaults);
  if (!named_fault) return named_fault.error();
  return Command(SetDeviceFault{*id, *named_fault});
}

}  // namespace

Result<CarNeed> parse_car(const json::value* plug) {
  if (!plug || !plug->is_object())
    return Error{"", "expected \"plug\":{\"kwh\",\"phases\",\"max_a\"} or \"unplug\":true"};
  const json::object& need = plug->get_object();
  const Result<std::int64_t> wh = thousandths(need.if_contains("kwh"), "plug.kwh", 0, 500);
  if (!wh) return wh.error();
  const Result<std::int64_t> phases = thousandths(need.if_contains("phases"), "plug.phases", 1, 3);
  if (!phases) return phases.error();
  if (*phases != 1000 && *phases != 3000) return Error{"plug.phases", "expected 1 or 3"};
  const Result<std::int64_t> ma = thousandths(need.if_contains("max_a"), "plug.max_a", 6, 80);
  if (!ma) return ma.error();
  return CarNeed{WattHours(*wh), static_cast<int>(*phases / 1000), Milliamps(*ma)};
}

Result<Command> parse_command(std::string_view line) {
  boost::system::error_code failure;
  const json::value value = json::parse(line, failure);
  if (failure || !value.is_object()) return Error{"", "not a JSON object"};
  const json::object& object = value.get_object();
  if (object.contains("base_add_a")) return add_base(object.at("base_add_a"));
  if (object.contains("car")) return car(object);
  if (object.contains("device")) return device(object);
  if (!object.contains("meter")) return Error{"", "expected one of the keys meter, device, base_add_a, car"};
  const Result<MeterFault> fault = named(object.at("meter"), "meter", kMeterFaults);
  if (!fault) return fault.error();
  return Command(SetMeterFault{*fault});
}

}  // namespace balans::sim
