#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/catalogue.hpp"
#include "cli/commands.hpp"
#include "cli/place.hpp"
#include "cli/reading.hpp"
#include "cli/real_pace.hpp"
#include "cli/stepping.hpp"
#include "cli/wording.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "common/registers/installed.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans test-device";

struct Arguments {
  std::string where, device, serial, format;
  std::optional<int> unit, port, baud, phases, socket;
  std::optional<double> max_a, back_to_a;
  std::optional<std::filesystem::path> folder;
  int settle_s = 10;
  int timeout_ms = 1000;
  bool write = false, sure = false;
};

struct Target {
  DeviceDescription device;
  ModbusPlace place;
  std::optional<Milliamps> max;
  int phases = 3;
};

Milliamps milliamps(double amps) { return Milliamps(static_cast<std::int64_t>(amps * 1000 + 0.5)); }

Result<ModbusEndpoint> endpoint_of(const Arguments& arguments, const DeviceDescription& device) {
  if (arguments.serial.empty()) {
    const std::uint16_t usual = device.tcp_port.value_or(std::uint16_t{502});
    const auto host = parse_host(arguments.where, arguments.port ? static_cast<std::uint16_t>(*arguments.port) : usual);
    if (!host) return host.error();
    return ModbusEndpoint(*host);
  }
  ModbusSerialEndpoint line{arguments.serial, device.serial.value_or(SerialFormat{})};
  if (!arguments.format.empty()) {
    const auto format = parse_serial_format(arguments.format);
    if (!format) return format.error().within("--format");
    const SerialFormat usual = line.format;
    line.format = *format;
    line.format.baud = usual.baud;
    line.format.framing = usual.framing;
  }
  if (arguments.baud) line.format.baud = *arguments.baud;
  return ModbusEndpoint(line);
}

Result<Target> from_agent_file(const Arguments& arguments) {
  auto configured = read_agent_device(arguments.where);
  if (!configured) return configured.error();
  const auto folder = devices_folder(arguments.folder ? arguments.folder : configured->devices_dir);
  if (!folder) return folder.error();
  const auto file = find_device(*folder, configured->name);
  if (!file) return file.error();
  if (arguments.socket) configured->socket = *arguments.socket;
  if (arguments.max_a) configured->max = milliamps(*arguments.max_a);
  auto device = as_configured(file->description, *configured, configured->max);
  if (!device) return device.error().within("--max-a, --socket");
  Target target{*std::move(device), configured->place, configured->max,
                configured->phases.value_or(file->description.phases)};
  use_framing_of(target.device, target.place);
  return target;
}

Result<Target> from_command_line(const Arguments& arguments) {
  if (arguments.device.empty())
    return Error{"--device", "is needed: which device file is it? (see `balans device list`)"};
  const auto folder = devices_folder(arguments.folder);
  if (!folder) return folder.error();
  const auto file = find_device(*folder, arguments.device);
  if (!file) return file.error();
  const auto endpoint = endpoint_of(arguments, file->description);
  if (!endpoint) return endpoint.error();
  std::optional<Milliamps> max;
  if (arguments.max_a) max = milliamps(*arguments.max_a);
  auto device = installed(file->description, {arguments.socket.value_or(1), max});
  if (!device) return device.error().within("--max-a, --socket");
  return Target{*std::move(device), {*endpoint, 1}, max, file->description.phases};
}

Result<Target> target_of(const Arguments& arguments) {
  std::error_code ignored;
  if (arguments.where.empty() == arguments.serial.empty())
    return Error{"", "say either FILE, HOST, HOST:PORT or --serial DEV"};
  const bool file = std::filesystem::is_regular_file(arguments.where, ignored);
  Result<Target> target = file ? from_agent_file(arguments) : from_command_line(arguments);
  if (!target) return target;
  if (arguments.phases) target->phases = *arguments.phases;
  if (target->device.unit) target->place.unit = *target->device.unit;
  if (arguments.unit) target->place.unit = static_cast<std::uint8_t>(*arguments.unit);
  return target;
}

bool confirmed(const Target& target, const SteppingOptions& options, bool sure) {
  fmt::print(
      "\nThe limit will be stepped through minimum, half and full, never above {}, and put back. The device may start "
      "to\n"
      "draw that much: everything behind it must carry it.\n",
      shown_amps(options.most));
  if (const auto& control = target.device.control; control)
    for (const auto* spec : {&control->draw, &control->feed})
      if (*spec)
        for (const FixedWrite& fixed : (*spec)->start)
          fmt::print("Also written, and left there: {} to {}\n", fixed.value, place_of(fixed.to));
  if (sure) return true;
  fmt::print("Type {} to go on: ", target.device.name);
  std::fflush(stdout);
  std::string typed;
  std::getline(std::cin, typed);
  return typed == target.device.name;
}

int step(const Arguments& arguments, const Target& target, Transport& transport) {
  SteppingOptions options;
  options.unit = target.place.unit;
  options.phases = target.phases;
  options.most = *target.max;
  options.settle = Millis(arguments.settle_s * 1000);
  if (arguments.back_to_a) options.back_to = milliamps(*arguments.back_to_a);
  if (!confirmed(target, options, arguments.sure)) {
    fmt::print("not confirmed: nothing was written\n");
    return kExitFailure;
  }
  RealPace pace;
  const StopSignals signals([&pace] { pace.stop(); });
  (void)::signal(SIGHUP, SIG_IGN);  // a terminal that goes away must not leave a wrong limit behind
  const Stepping stepping = step_through(target.device, transport, options, pace, [](const Step& done) {
    fmt::print("{}", step_text(done));
    std::fflush(stdout);
  });
  fmt::print("{}", outcome_text(stepping, target.device));
  return stepping.fine() ? kExitOk : kExitFailure;
}

int run(const Arguments& arguments) {
  const Result<Target> target = target_of(arguments);
  if (!target) return refuse_to_start(kName, target.error());
  if (arguments.write && !target->max)
    return refuse_to_start(kName, {"--write", "needs --max-a: the most that the supply carries, on each phase"});
  ModbusClientOptions options;
  options.endpoint = target->place.endpoint;
  options.response_timeout = std::chrono::milliseconds(arguments.timeout_ms);
  options.min_gap = std::chrono::milliseconds(target->device.requests.min_gap.count());
  ModbusClient client(std::move(options));
  fmt::print("{}, {}, unit {}\n", target->device.name, title_of(target->device), target->place.unit);
  const auto readings = read_everything(target->device, client, target->place.unit);
  if (!readings) {
    fmt::print(stderr, "{}: {}\n", kName, readings.error().message());
    return kExitFailure;
  }
  fmt::print("{}", readings_text(*readings));
  if (!readings->sound()) {
    fmt::print("not what the file expects{}\n", arguments.write ? ": nothing is written" : "");
    return kExitFailure;
  }
  return arguments.write ? step(arguments, *target, client) : kExitOk;
}

}  // namespace

std::function<int()> add_test_device_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* test =
      app.add_subcommand("test-device", "reads everything of one device once; with --write tries its limit");
  test->add_option("FILE|HOST", arguments->where, "an agent.yaml, or HOST or HOST:PORT");
  test->add_option("--device", arguments->device, "its device file")->type_name("NAME");
  test->add_option("--unit", arguments->unit, "unit id")->check(CLI::Range(0, 255));
  test->add_option("--port", arguments->port, "TCP port")->check(CLI::Range(1, 65535));
  test->add_option("--socket", arguments->socket, "of a box with several")->check(CLI::Range(1, 255));
  test->add_option("--serial", arguments->serial, "a serial line instead of HOST")->type_name("DEV");
  test->add_option("--baud", arguments->baud, "of the line")->check(CLI::Range(300, 1000000));
  test->add_option("--format", arguments->format, "of the line, such as 8N1");
  test->add_option("--timeout-ms", arguments->timeout_ms, "for each answer")->check(CLI::Range(20, 5000));
  test->add_option("--devices", arguments->folder, "the folder of device files")->type_name("DIR");
  test->add_flag("--write", arguments->write, "step the limit through minimum, half and full, and back; asks first");
  test->add_option("--max-a", arguments->max_a, "the most that the supply carries, A per phase")
      ->check(CLI::Range(0.001, 5000.0));
  test->add_option("--phases", arguments->phases, "how many are connected")->check(CLI::Range(1, 3));
  test->add_option("--settle-s", arguments->settle_s, "how long each step is watched")->check(CLI::Range(1, 600));
  test->add_option("--back-to-a", arguments->back_to_a, "what to put back, for a device that cannot tell")
      ->check(CLI::Range(0.0, 5000.0));
  test->add_flag("--yes-i-mean-it", arguments->sure, "with --write: do not ask");
  return [arguments] { return run(*arguments); };
}

}  // namespace balans::cli
