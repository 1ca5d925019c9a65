#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/commission/judge.hpp"
#include "cli/commission/ready.hpp"
#include "cli/commission/report.hpp"
#include "cli/reading.hpp"
#include "cli/real_pace.hpp"
#include "cli/scan.hpp"
#include "cli/wording.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans commission";

struct Arguments {
  CommissionWish wish;
  std::filesystem::path reports = "/var/lib/balans/commissioning";
  std::optional<double> max_a;
  int rises = 2;
  bool json = false, sure = false, no_silence = false;
};

/// What is said on the way; with --json the report alone goes to standard output.
void say(const Arguments& arguments, const std::string& line) {
  fmt::print(arguments.json ? stderr : stdout, "{}\n", line);
  std::fflush(stdout);
}

std::unique_ptr<ModbusClient> connect(const ModbusPlace& place, const DeviceDescription* device) {
  ModbusClientOptions options;
  options.endpoint = place.endpoint;
  options.response_timeout = std::chrono::milliseconds(1000);
  if (device != nullptr) options.min_gap = std::chrono::milliseconds(device->requests.min_gap.count());
  return std::make_unique<ModbusClient>(std::move(options));
}

/// Its devices, and whoever shares a serial line with it: one connection.
class Lines {
 public:
  Transport& join(const ModbusPlace& place, const DeviceDescription* device) {
    const std::string words = words_of(place.endpoint);
    for (const auto& [name, client] : clients_)
      if (name == words) return *client;
    clients_.emplace_back(words, connect(place, device));
    return *clients_.back().second;
  }

 private:
  std::vector<std::pair<std::string, std::unique_ptr<ModbusClient>>> clients_;
};

bool confirmed(const Arguments& arguments, const CommissionedDevice& device) {
  const Millis silence = arguments.no_silence ? Millis() : device.revert.value_or(Millis());
  say(arguments, fmt::format("{}: {}, {}, unit {}", device.name, title_of(device.description),
                             words_of(device.place.endpoint), device.place.unit));
  say(arguments, fmt::format("  Needed: {}.", needs_of(device)));
  say(arguments,
      fmt::format("  It is stepped up to {} on each phase, {} times{}. Everything behind it must carry that.",
                  shown_amps(device.max), arguments.rises,
                  silence > Millis() ? ", then left alone for " + shown_seconds(silence) + " and more" : ""));
  if (arguments.sure) return true;
  fmt::print(stderr, "  Type {} to go on, anything else to leave it out: ", device.name);
  std::string typed;
  std::getline(std::cin, typed);
  return typed == device.name;
}

Result<CommissioningReport> commission(const Arguments& arguments, const Ready& ready, const CommissionedDevice& device,
                                       RealPace& pace, const Machine& machine) {
  Lines lines;
  Transport& line = lines.join(device.place, &device.description);
  const auto readings = read_everything(device.description, line, device.place.unit);
  if (!readings) return readings.error();
  if (!readings->sound())
    return Error{device.name, "does not show what its file expects:\n" + readings_text(*readings)};
  std::optional<GridMeter> meter;
  if (ready.meter) meter.emplace(*ready.meter, lines.join(ready.meter->place, &ready.meter->description));
  if (meter)
    if (const auto first = meter->read(); !first) return first.error().within("meter " + ready.meter->name);
  Transport* contactor = device.contactor ? &lines.join(device.contactor->place, nullptr) : nullptr;
  MeasureOptions options;
  options.rises = arguments.rises;
  options.with_silence = !arguments.no_silence;
  CommissioningReport report{device, meter ? meter_words(*ready.meter) : "", machine.now(), machine.version, {}, {}};
  report.measures = measure(device, line, meter ? &*meter : nullptr, contactor, options, pace,
                            [&](const std::string& text) { say(arguments, text); });
  report.findings = judge(device, report.measures);
  return report;
}

int finish(const Arguments& arguments, const CommissioningReport& report) {
  const auto saved = save_report(report, arguments.reports);
  if (arguments.json)
    fmt::print("{}", report_json(report));
  else
    fmt::print("\n{}", findings_text(report.findings));
  if (!saved) {
    fmt::print(stderr, "{}: the report is not kept: {}\n", kName, saved.error().message());
    return kExitFailure;
  }
  say(arguments, "report: " + saved->string() + ", and to print: " + saved->stem().string() + ".txt");
  return exit_code_of(report.findings);
}

int run(const Arguments& arguments, const std::string& version) {
  const Machine machine = this_machine("/", version);
  CommissionWish wish = arguments.wish;
  if (arguments.max_a) wish.most = Milliamps(static_cast<std::int64_t>(*arguments.max_a * 1000 + 0.5));
  const auto ready = ready_to_commission(machine, wish);
  if (!ready) return refuse_to_start(kName, ready.error());
  RealPace pace;
  const StopSignals signals([&pace] { pace.stop(); });
  (void)::signal(SIGHUP, SIG_IGN);  // a terminal that goes away must not leave a wrong limit behind
  int exit_code = kExitOk;
  for (const CommissionedDevice& device : ready->devices) {
    if (!confirmed(arguments, device)) {
      say(arguments, "  left out: nothing was written");
      exit_code = kExitFailure;
      continue;
    }
    const auto report = commission(arguments, *ready, device, pace, machine);
    if (!report) fmt::print(stderr, "{}: {}: {}\n", kName, device.name, report.error().message());
    if (!report || finish(arguments, *report) != kExitOk) exit_code = kExitFailure;
    if (pace.wait(Millis()) == Pace::Wait::Interrupted) break;
  }
  if (exit_code == kExitOk) say(arguments, "start the services again: " + start_again(*ready));
  return exit_code;
}

}  // namespace

std::function<int()> add_commission_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "commission", "steps each device and proves its phases, the meter's signs and ratios, settling and silence");
  CommissionWish& wish = arguments->wish;
  command->add_option("--device", wish.device, "this agent alone (default: all of /etc/balans/agents)")
      ->type_name("NAME");
  command->add_option("--meter", wish.meter, "one of `meters:` (default: the transformer's)")->type_name("NAME");
  command->add_flag("--no-meter", wish.no_meter, "by the device's own measuring alone: proves no phase and no sign");
  command->add_option("--max-a", arguments->max_a, "go no higher, A per phase")->check(CLI::Range(0.1, 5000.0));
  command->add_option("--rises", arguments->rises, "how often it is stepped up: more where others switch much")
      ->check(CLI::Range(2, 10));
  command->add_flag("--no-silence", arguments->no_silence, "do not try what it does when its agent is silent");
  command->add_option("--etc", wish.etc, "the folder of the configuration (default: /etc/balans)")->type_name("DIR");
  command->add_option("--devices", wish.devices, "the folder of device files")->type_name("DIR");
  command->add_option("--reports", arguments->reports, "where reports go (default: /var/lib/balans/commissioning)")
      ->type_name("DIR");
  command->add_flag("--yes", arguments->sure, "do not ask");
  command->add_flag("--json", arguments->json, "the reports for programs, one a line");
  command->footer(
      "Exit codes: 0 proven, 1 something is not and a line says what, 2 the command line or a file is wrong.");
  return [arguments, version = app.version()] { return run(*arguments, version); };
}

}  // namespace balans::cli
