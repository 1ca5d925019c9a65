#pragma once
// agent.yaml: everything an agent is told, read once.

#include <filesystem>
#include <string>
#include <vector>

#include "chargepoint/core/agent.hpp"
#include "chargepoint/shell/time_of_day.hpp"
#include "common/crypto/crypto.hpp"
#include "common/io/modbus/endpoint_config.hpp"
#include "common/io/mqtt/bus.hpp"
#include "common/registers/description.hpp"

namespace balans {

/// Where the contactor in the device's supply is told to hold.
struct SupplyPlace {
  ModbusPlace place;
  WriteFunction function = WriteFunction::Coil;
  std::uint16_t address = 0;
  std::uint16_t on = 1;
  std::uint16_t off = 0;
};

struct AgentFile {
  AgentSettings settings;
  SiteId site;
  DeploymentId deployment;
  std::filesystem::path device_key;
  PublicKey trafo_key;  ///< the only one whose limits are obeyed
  BrokerAddress broker;
  std::filesystem::path state_dir;
  std::optional<std::filesystem::path> status_file;
  DeviceDescription device;
  ModbusPlace place;
  std::optional<SupplyPlace> supply;
  std::vector<Phase> phases;          ///< the grid phase on each of the device's own phases
  std::optional<TimeOfDay> ready_by;  ///< when what is plugged in should have its energy
  Millis cold_load_pickup;            ///< longest hold after a power cut
  Millis tick;
  Millis reading_every;
};

/// Reads and checks the whole file and the device's own.
Result<AgentFile> load_agent(const std::filesystem::path& file);

}  // namespace balans
