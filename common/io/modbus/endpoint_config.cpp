#include "common/io/modbus/endpoint_config.hpp"

namespace balans {
namespace {

ModbusTcpEndpoint read_tcp(const config::Section& tcp) {
  ModbusTcpEndpoint endpoint;
  endpoint.host = tcp.required("host").text(253);
  endpoint.port = static_cast<std::uint16_t>(tcp.optional("port").integer(1, 65535).value_or(502));
  return endpoint;
}

ModbusSerialEndpoint read_serial(const config::Section& serial) {
  ModbusSerialEndpoint endpoint;
  endpoint.device = serial.required("port").text(255);
  endpoint.format = serial.optional("format").parse(parse_serial_format).value_or(SerialFormat{});
  endpoint.format.baud = static_cast<int>(serial.optional("baud").integer(1200, 921600).value_or(9600));
  return endpoint;
}

}  // namespace

ModbusPlace read_modbus_place(const config::Section& section) {
  ModbusPlace place;
  const std::optional<config::Section> tcp = section.optional_section("tcp");
  const std::optional<config::Section> serial = section.optional_section("serial");
  if (tcp.has_value() == serial.has_value()) section.refuse("expected either tcp or serial");
  if (tcp) place.endpoint = read_tcp(*tcp);
  if (serial) place.endpoint = read_serial(*serial);
  place.unit = static_cast<std::uint8_t>(section.optional("unit").integer(0, 255).value_or(1));
  return place;
}

void use_framing_of(const DeviceDescription& device, ModbusPlace& place) {
  auto* line = std::get_if<ModbusSerialEndpoint>(&place.endpoint);
  if (line != nullptr && device.serial) line->format.framing = device.serial->framing;
}

}  // namespace balans
