#pragma once
// The command line of a street, shared by `balans-sim street` and `balans-sim demo`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/street/setup.hpp"

namespace CLI {
class App;
}

namespace balans::sim {

inline constexpr std::int64_t kMaxSpeed = 30;

struct StreetArguments {
  std::optional<std::string> feeder;
  std::optional<std::string> sessions;
  std::string start = "2019-04-03T16:00";
  std::int64_t speed = 1;
  std::optional<std::int64_t> minutes;
  double transformer_kva = 75;
  std::string policy = "balans";
  std::vector<std::string> devices;
  std::optional<std::string> devices_dir;
  std::optional<std::string> data_dir;
};

void add_street_arguments(CLI::App& app, StreetArguments& arguments);

/// What they mean. Where no folder is named, data is looked for in BALANS_DATA_DIR or ../shared/data, device files in
/// config/devices, beside the build, or where packages put them.
Result<StreetOptions> street_options(const StreetArguments& arguments);

/// Where device files are looked for when no folder is named.
std::filesystem::path default_devices_dir();

/// The folder this program lies in.
std::filesystem::path program_folder();

}  // namespace balans::sim
