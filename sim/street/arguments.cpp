#include "sim/street/arguments.hpp"

#include <CLI/CLI.hpp>
#include <cmath>

#include "sim/data/default_folder.hpp"
#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

constexpr std::int64_t kMaxMinutes = 7 * 1440;
constexpr const char* kInstalledDevices = "/usr/share/balans/devices";

}  // namespace

std::filesystem::path default_devices_dir() {
  for (const std::filesystem::path& folder :
       {std::filesystem::path("config/devices"), program_folder() / "../../../config/devices"})  // build/PRESET/bin
    if (std::filesystem::is_directory(folder)) return std::filesystem::weakly_canonical(folder);
  return kInstalledDevices;
}

void add_street_arguments(CLI::App& app, StreetArguments& arguments) {
  app.add_option("--feeder", arguments.feeder, "folder with loads.csv and load_profiles.csv");
  app.add_option("--sessions", arguments.sessions, "charging sessions, a CSV file");
  app.add_option("--start", arguments.start, "local date and time at which the run starts")->capture_default_str();
  app.add_option("--speed", arguments.speed, "times faster than the wall clock")
      ->check(CLI::Range(std::int64_t{1}, kMaxSpeed))
      ->capture_default_str();
  app.add_option("--minutes", arguments.minutes, "simulated minutes; without it until stopped")
      ->check(CLI::Range(std::int64_t{1}, kMaxMinutes));
  app.add_option("--transformer-kva", arguments.transformer_kva, "rating of the transformer")
      ->check(CLI::Range(1.0, 5000.0))
      ->capture_default_str();
  app.add_option("--policy", arguments.policy, "balans, or uncontrolled: all devices run at their maximum")
      ->check(CLI::IsMember({"balans", "uncontrolled"}))
      ->capture_default_str();
  app.add_option("--device", arguments.devices, "only this device of the street; may be repeated");
  app.add_option("--devices-dir", arguments.devices_dir, "folder with the device files");
  app.add_option("--data-dir", arguments.data_dir, "folder with the data that is used when no file is named");
}

Result<StreetOptions> street_options(const StreetArguments& arguments) {
  StreetOptions options;
  options.feeder = arguments.feeder;
  options.sessions = arguments.sessions;
  options.data_dir = arguments.data_dir ? std::filesystem::path(*arguments.data_dir) : default_data_dir();
  options.devices_dir = arguments.devices_dir ? std::filesystem::path(*arguments.devices_dir) : default_devices_dir();
  const Result<LocalTime> start = parse_local_time(arguments.start);
  if (!start) return start.error().within("--start");
  options.start = *start;
  options.rating = VoltAmps(std::llround(arguments.transformer_kva * 1000));
  options.minutes = arguments.minutes;
  options.policy = arguments.policy == "balans" ? Policy::Balans : Policy::Uncontrolled;
  options.devices = arguments.devices;
  return options;
}

std::filesystem::path program_folder() {
  std::error_code failure;
  return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
}

}  // namespace balans::sim
