#pragma once
// Where a device is, from the command line or from a config file.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/io/modbus/endpoint_config.hpp"
#include "common/registers/description.hpp"
#include "common/result.hpp"

namespace balans::cli {

/// "charger.lan", "192.168.1.7:1502", "[fe80::1]:502".
Result<ModbusTcpEndpoint> parse_host(const std::string& text, std::uint16_t usual_port);
/// "1,3,10-20": ascending, each once.
Result<std::vector<std::uint8_t>> parse_units(const std::string& text);

struct ConfiguredDevice {
  std::string name;  ///< of its device file
  std::optional<std::filesystem::path> devices_dir;
  ModbusPlace place;
  std::optional<Milliamps> max;  ///< max_a
  std::optional<int> phases;
  bool says_unit = false;  ///< else the usual one of its device file counts
  int socket = 1;
};
/// The part of an agent.yaml that says where its device is; the rest of the file is not looked at.
Result<ConfiguredDevice> read_agent_device(const std::filesystem::path& file);

/// `description` at the socket and under the unit id at which the agent has it.
Result<DeviceDescription> as_configured(DeviceDescription description, const ConfiguredDevice& device,
                                        std::optional<Milliamps> nameplate);

}  // namespace balans::cli
