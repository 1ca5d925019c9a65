#pragma once
// site.yaml: everything the controller is told, read once.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/io/modbus/endpoint_config.hpp"
#include "common/io/mqtt/bus.hpp"
#include "trafo/core/site.hpp"

namespace balans {

struct MeterSettings {
  std::string device;  ///< "meters/eastron_sdm630"
  ModbusPlace place;
  Millis poll;
  std::vector<Phase> phases;  ///< the grid phase on each of the meter's own phases
};

struct SiteFile {
  Site site;
  DeploymentId deployment;
  std::filesystem::path trafo_key;
  std::filesystem::path site_key;
  BrokerAddress broker;
  std::filesystem::path state_dir;
  std::filesystem::path devices_dir;
  std::optional<std::filesystem::path> status_file;
  MeterSettings meter;
  std::optional<std::string> api_url;
};

/// Reads and checks the whole file, the enrolment's sums included.
Result<SiteFile> load_site(const std::filesystem::path& file);

}  // namespace balans
