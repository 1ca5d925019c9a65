#pragma once
// site.yaml: everything the controller is told, read once.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
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

/// A thermometer that is a file with one number in it, such as those of the kernel's 1-wire driver.
struct ThermometerSettings {
  std::filesystem::path file;
  double scale = 1;  ///< °C per unit of the number
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
  std::vector<MeterSettings> meters;  ///< by index of the site's meters; the transformer's comes first
  std::optional<ThermometerSettings> thermometer;
  std::optional<std::filesystem::path> limits_file;
  std::filesystem::path revoked_file;  ///< device keys that are trusted no more; need not be there
  std::optional<std::string> api_url;
  std::optional<PublicKey> api_key;  ///< signs the orders that are taken; absent: none are
};

/// Reads the whole file; whether the enrolment's sums fit is not asked.
Result<SiteFile> read_site(const std::filesystem::path& file);

/// Reads and checks the whole file, the enrolment's sums included.
Result<SiteFile> load_site(const std::filesystem::path& file);

/// The index of the node with this name.
Result<std::size_t> node_named(const Site& site, std::string_view name);

}  // namespace balans
