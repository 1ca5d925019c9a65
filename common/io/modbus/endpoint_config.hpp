#pragma once
// Where a Modbus device is: the keys `tcp: { host, port }` or `serial: { port, baud, format }`, and `unit`.

#include "common/io/config/config.hpp"
#include "common/io/modbus/client.hpp"
#include "common/registers/description.hpp"

namespace balans {

struct ModbusPlace {
  ModbusEndpoint endpoint;
  std::uint8_t unit = 1;
};

/// Problems go to the section's file.
ModbusPlace read_modbus_place(const config::Section& section);

/// On a serial line one speaks to a device in the framing that its file names.
void use_framing_of(const DeviceDescription& device, ModbusPlace& place);

}  // namespace balans
