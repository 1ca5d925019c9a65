#include "sim/device/main_device.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <memory>

#include "common/io/device_file/device_file.hpp"
#include "common/io/runtime/program.hpp"
#include "common/registers/installed.hpp"
#include "sim/data/local_time.hpp"
#include "sim/device/run_device.hpp"
#include "sim/street/arguments.hpp"

namespace balans::sim {
namespace {

namespace fs = std::filesystem;

struct DeviceArguments {
  std::string file;
  std::optional<std::string> devices_dir, tcp, load;
  bool pty = false, no_car = false, verbose = false;
  std::optional<int> unit, phases;
  int sockets = 1;
  double max_a = 16;
  std::vector<double> car;  ///< kWh, phases, A
  std::optional<double> timeout_s;
  std::int64_t status_every_s = 0;
  std::int64_t speed = 1;
  std::uint64_t seed = 1;
  std::string start = "2024-06-21T12:00";
};

/// `keba_p30`, `chargers/keba_p30` or a path.
Result<DeviceDescription> load_named(const DeviceArguments& arguments) {
  const fs::path path(arguments.file);
  if (path.extension() == ".yaml") return load_device(path);
  const fs::path folder = arguments.devices_dir ? fs::path(*arguments.devices_dir) : default_devices_dir();
  if (path.has_parent_path()) return load_device(folder, arguments.file);
  std::error_code failed;
  for (const auto& part : fs::directory_iterator(folder, failed))
    if (fs::exists(part.path() / (arguments.file + ".yaml"), failed))
      return load_device(folder, (part.path().filename() / arguments.file).string());
  return Error{arguments.file, "no such file in " + folder.string()};
}

/// [HOST:]PORT
Result<ModbusTcpServerOptions> parse_tcp(const std::string& text) {
  ModbusTcpServerOptions options;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos) options.host = text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), options.port);
  if (failure != std::errc() || end != port.data() + port.size()) return Error{"--tcp", "expected [HOST:]PORT"};
  return options;
}

Result<DeviceModelSetup> socket_of(const DeviceArguments& arguments, DeviceDescription description, int socket) {
  DeviceModelSetup setup;
  setup.max = Milliamps(static_cast<std::int64_t>(arguments.max_a * 1000));
  setup.phases = std::min(arguments.phases.value_or(description.phases), description.phases);
  setup.seed = arguments.seed + static_cast<std::uint64_t>(socket);
  if (arguments.timeout_s) setup.installed_timeout = Millis(static_cast<std::int64_t>(*arguments.timeout_s * 1000));
  setup.load = usual_load(description);
  if (arguments.load) {
    const Result<LoadKind> load = parse_load(*arguments.load);
    if (!load) return load.error().within("--load");
    setup.load = *load;
  }
  if (arguments.unit || !description.unit) description.unit = static_cast<std::uint8_t>(arguments.unit.value_or(1));
  auto device = installed(std::move(description), {socket, setup.max});
  if (!device) return device.error();
  setup.description = *std::move(device);
  return setup;
}

Result<RunDeviceOptions> options_of(const DeviceArguments& arguments) {
  RunDeviceOptions options;
  const Result<DeviceDescription> description = load_named(arguments);
  if (!description) return description.error();
  for (int socket = 1; socket <= arguments.sockets; ++socket) {
    auto setup = socket_of(arguments, *description, socket);
    if (!setup) return setup.error();
    options.sockets.push_back(std::move(*setup));
  }
  if (options.sockets.front().load == LoadKind::Car && !arguments.no_car) {
    const std::vector<double> car = arguments.car.empty() ? std::vector<double>{40, 3, 16} : arguments.car;
    options.car = CarNeed{WattHours(static_cast<std::int64_t>(car[0] * 1000)), car[1] < 2 ? 1 : 3,
                          Milliamps(static_cast<std::int64_t>(car[2] * 1000))};
  }
  options.over = OverPty{};
  if (!arguments.pty) {
    auto tcp = parse_tcp(arguments.tcp.value_or("1502"));
    if (!tcp) return tcp.error();
    options.over = *tcp;
  }
  const Result<LocalTime> start = parse_local_time(arguments.start);
  if (!start) return start.error().within("--start");
  options.start = *start;
  options.speed = arguments.speed;
  if (arguments.status_every_s > 0) options.status_every = Millis(arguments.status_every_s * 1000);
  options.tells_writes = arguments.verbose;
  return options;
}

int run_command(const DeviceArguments& arguments) {
  const auto refuse = [](const Error& error) { return refuse_to_start("balans-sim device", error); };
  const Result<RunDeviceOptions> options = options_of(arguments);
  if (!options) return refuse(options.error());
  std::optional<std::string> numbers;
  const SystemClock system;
  if (options->speed != 1)
    numbers = std::to_string(options->speed) + ":" + std::to_string(system.utc().ms()) + ":" +
              std::to_string(system.boot().ms());
  const Result<std::unique_ptr<Clock>> clock = make_clock(numbers);
  if (!clock) return refuse(clock.error().within("--speed"));
  const Result<void> done = run_device(*options, **clock);
  return done ? kExitOk : refuse(done.error());
}

void add_model_options(CLI::App& app, DeviceArguments& arguments) {
  app.add_option("--phases", arguments.phases, "how many of its phases are connected")->check(CLI::IsMember({1, 3}));
  app.add_option("--sockets", arguments.sockets, "how many sockets the box has")
      ->check(CLI::Range(1, 65))
      ->capture_default_str();
  app.add_option("--max-a", arguments.max_a, "the most it can draw, on each phase")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  app.add_option(
      "--load", arguments.load,
      "what is behind it: car, heat-pump, boiler, relay, battery, roof, house; without it as its class says");
  app.add_option("--car", arguments.car, "the car that is plugged in: KWH PHASES A; 40 3 16 where nothing is said")
      ->expected(3)
      ->check(CLI::Range(0.1, 500.0));
  app.add_flag("--no-car", arguments.no_car, "nothing is plugged in");
  app.add_option("--timeout-s", arguments.timeout_s, "its watchdog's time-out, as set on the device itself")
      ->check(CLI::Range(0.0, 86400.0));
  app.add_option("--start", arguments.start, "local date and time at which it starts")->capture_default_str();
  app.add_option("--seed", arguments.seed, "of all that happens by chance")->capture_default_str();
}

}  // namespace

std::function<int()> add_device_command(CLI::App& app) {
  auto arguments = std::make_shared<DeviceArguments>();
  CLI::App& device = *app.add_subcommand("device", "a virtual device of any device file, over Modbus TCP or on a pty");
  device.add_option("file", arguments->file, "keba_p30, chargers/keba_p30, or a path that ends in .yaml")->required();
  CLI::Option* tcp =
      device.add_option("--tcp", arguments->tcp, "[HOST:]PORT to listen on, 0 for a free one; 1502 if not said");
  device.add_flag("--pty", arguments->pty, "on a pseudo-terminal, with the framing of its file")->excludes(tcp);
  device.add_option("--unit", arguments->unit, "its unit id, instead of that of its file")->check(CLI::Range(1, 255));
  device.add_option("--devices-dir", arguments->devices_dir, "folder with the device files");
  add_model_options(device, *arguments);
  device.add_option("--speed", arguments->speed, "times faster than the wall clock")
      ->check(CLI::Range(std::int64_t{1}, kMaxSpeed))
      ->capture_default_str();
  device
      .add_option("--status-every", arguments->status_every_s, "seconds between two lines on what it does; 0 for none")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86400}));
  device.add_flag("--verbose", arguments->verbose, "a line for each write");
  return [arguments] { return run_command(*arguments); };
}

}  // namespace balans::sim
