#include "common/io/modbus/line_load.hpp"

#include "common/registers/driver_spans.hpp"
#include "common/registers/image.hpp"
#include "common/registers/read_plan.hpp"

namespace balans {

PlannedPoll planned_poll(const std::string& name, const DeviceDescription& device, Millis period) {
  const DeviceDescription placed = RegisterImage(device).description();  // its models have places there
  return {name, plan_reads(poll_spans(placed), device.requests), period, device.requests.min_gap};
}

std::optional<std::string> overload_of(const ModbusEndpoint& line, std::span<const PlannedPoll> polls) {
  const auto* serial = std::get_if<ModbusSerialEndpoint>(&line);
  if (serial == nullptr && polls.size() == 1) return std::nullopt;
  return budget_warning(budget_of(polls, serial == nullptr ? std::nullopt : std::optional(serial->format)));
}

}  // namespace balans
