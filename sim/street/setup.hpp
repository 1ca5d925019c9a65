#pragma once
// From what was asked for on the command line to a world that can run.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/registers/description.hpp"
#include "sim/street/world.hpp"

namespace balans::sim {

struct StreetOptions {
  std::optional<std::string> feeder;    ///< folder; absent: that of the data folder, else synthetic
  std::optional<std::string> sessions;  ///< file; the same
  std::filesystem::path data_dir;
  std::filesystem::path devices_dir;
  LocalTime start;
  VoltAmps rating = 75_kVA;
  std::optional<std::int64_t> minutes;  ///< simulated; absent: until stopped
  Policy policy = Policy::Balans;
  std::vector<std::string> devices;  ///< absent: all
};

/// Where the street's people and loads come from, for the screen and the summary.
struct Sources {
  std::string feeder;
  std::string sessions;
  bool synthetic = false;  ///< either of them
};

struct StreetSetup {
  World::Setup world;
  DeviceDescription meter;
  std::vector<DeviceDescription> devices;  ///< of the plan's devices, in the same order
  Sources sources;
};

/// The world alone; its devices have no description yet and no watchdog.
Result<StreetSetup> set_up_world(const StreetOptions& options);
/// The world with the descriptions of its meter and devices.
Result<StreetSetup> set_up(const StreetOptions& options);

}  // namespace balans::sim
