#pragma once
// What the devices of one line ask of it, from their descriptions.

#include <optional>
#include <span>
#include <string>

#include "common/io/modbus/client.hpp"
#include "common/io/modbus/line_budget.hpp"
#include "common/registers/description.hpp"

namespace balans {

/// One poll of the whole device every `period`.
PlannedPoll planned_poll(const std::string& name, const DeviceDescription& device, Millis period);

/// With figures, where the polls of one line do not fit on it. A device with a network of its own always fits.
std::optional<std::string> overload_of(const ModbusEndpoint& line, std::span<const PlannedPoll> polls);

}  // namespace balans
