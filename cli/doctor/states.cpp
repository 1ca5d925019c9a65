// What the programs say of themselves, and what meters and devices say where no program asks them.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/catalogue.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/place.hpp"
#include "cli/reading.hpp"
#include "cli/wording.hpp"
#include "common/io/config/config.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr Millis kOld{15'000};
constexpr std::size_t kMostAlarmsShown = 8;

/// Since when the file has been as it is. Absent: there is none.
std::optional<Millis> age_of(const Machine& machine, const fs::path& file) {
  std::error_code failed;
  const auto written = fs::last_write_time(file, failed);
  if (failed) return std::nullopt;
  const auto system = std::chrono::file_clock::to_sys(written).time_since_epoch();
  return machine.now() - UnixTime(std::chrono::duration_cast<std::chrono::milliseconds>(system).count());
}

enum class Fresh : std::uint8_t { No, Yes };

Fresh look_at_age(const Machine& machine, const Service& service, Findings& findings) {
  const std::string restart =
      fmt::format("journalctl -u {0} -n 30 --no-pager; sudo systemctl restart {0}", service.unit);
  const auto age = age_of(machine, *service.status_file);
  if (!age) {
    findings.push_back(failure(fmt::format("{}: no status, so it has not run since the start", service.name), restart));
    return Fresh::No;
  }
  const std::string text = fmt::format("{}: status is {} old", service.name, shown_age(std::max(*age, Millis())));
  if (*age > kOld) {
    findings.push_back(failure(text, restart));
    return Fresh::No;
  }
  findings.push_back(ok(text));
  return Fresh::Yes;
}

// ---- the controller ----

void judge_meter(const MeterState& meter, Findings& findings) {
  const std::string title = fmt::format("meter {}: {}", meter.meter, name_of(meter.quality));
  const std::string detail = meter.doubt.empty() ? title : title + ", " + meter.doubt;
  const char* remedy =
      "look at its wiring, then: sudo systemctl stop balans-trafo && sudo balans doctor (reads it itself)";
  if (meter.quality == MeterQuality::Good)
    findings.push_back(meter.doubt.empty() ? ok(title) : warning(detail, remedy));
  else if (meter.quality == MeterQuality::Late)
    findings.push_back(warning(detail, remedy));
  else
    findings.push_back(failure(detail, remedy));
}

void judge_device(const DeviceState& device, Findings& findings) {
  const std::string& name = device.agent.str();
  if (device.silent)
    findings.push_back(
        failure(fmt::format("device {}: its agent is not heard", name),
                fmt::format("on its machine: sudo balans doctor (service balans-chargepoint@{})", name)));
  else if (!device.fault.empty())
    findings.push_back(failure(fmt::format("device {}: {}", name, device.fault),
                               fmt::format("on its machine: sudo balans doctor; journalctl -u balans-chargepoint@{} "
                                           "-n 30 --no-pager",
                                           name)));
  else if (device.stuck)
    findings.push_back(warning(fmt::format("device {}: does not follow its limit", name),
                               fmt::format("on its machine: sudo balans commission --device {}", name)));
  else
    findings.push_back(ok(fmt::format("device {}: {}", name, name_of(device.state))));
}

void judge_nodes(const std::vector<NodeState>& nodes, Findings& findings) {
  for (const NodeState& node : nodes)
    for (const Phase p : kPhases)
      if (node.metered && node.rating[p] > 0_A && node.load[p] > node.rating[p])
        findings.push_back(warning(fmt::format("{} {}: {} of {} allowed", node.node.empty() ? "transformer" : node.node,
                                               name_of(p), shown_amps(node.load[p]), shown_amps(node.rating[p])),
                                   "watch it: journalctl -u balans-trafo -o cat -f"));
}

void judge_trafo(const std::string& text, Findings& findings) {
  const auto state = decode<TrafoState>(text);
  if (!state) {
    findings.push_back(failure("trafo: its status is of another version: " + state.error().message(),
                               "sudo systemctl restart balans-trafo"));
    return;
  }
  for (const MeterState& meter : state->meters) judge_meter(meter, findings);
  judge_nodes(state->nodes, findings);
  for (const DeviceState& device : state->devices) judge_device(device, findings);
  for (std::size_t i = 0; i < std::min(state->alarms.size(), kMostAlarmsShown); ++i)
    findings.push_back(warning("trafo: " + state->alarms[i], "journalctl -u balans-trafo -n 50 --no-pager"));
}

// ---- an agent ----

void judge_agent(const Service& service, const std::string& text, Findings& findings) {
  const auto status = decode<Status>(text);
  if (!status) {
    findings.push_back(
        failure(fmt::format("{}: its status is of another version: {}", service.name, status.error().message()),
                "sudo systemctl restart " + service.unit));
    return;
  }
  const std::string again =
      fmt::format("sudo systemctl stop {0}; sudo balans test-device {1}; sudo systemctl start {0}", service.unit,
                  service.config.string());
  if (!status->fault.empty())
    findings.push_back(failure(fmt::format("device {}: {}", service.name, status->fault), again));
  else if (status->state == AgentState::Failsafe)
    findings.push_back(
        warning(fmt::format("device {}: answers, and its agent has no limit: at its failsafe", service.name),
                "is the controller there? see the broker above; on its machine: sudo balans doctor"));
  else if (status->state == AgentState::Fault)
    findings.push_back(failure(fmt::format("device {}: fault", service.name), again));
  else
    findings.push_back(ok(fmt::format("device {}: answers, {}", service.name, name_of(status->state))));
}

// ---- read by ourselves ----

struct Unasked {
  std::string name;
  ConfiguredDevice device;
};

Result<Unasked> meter_of(const config::Section& section, std::string name) {
  Unasked unasked;
  unasked.name = std::move(name);
  unasked.device.name = section.required("device").text();
  unasked.device.place = read_modbus_place(section);
  unasked.device.says_unit = section.has("unit");
  return unasked;
}

Result<std::vector<Unasked>> unasked_of(const Service& service, std::optional<fs::path>& folder) {
  std::vector<Unasked> all;
  if (service.part == Part::Agent) {
    auto device = read_agent_device(service.config);
    if (!device) return device.error();
    folder = device->devices_dir;
    all.push_back({"device " + service.name, *std::move(device)});
    return all;
  }
  const auto file = config::File::load(service.config);
  if (!file) return file.error();
  const config::Section root = file->root();
  folder = root.optional("devices_dir").path();
  if (const auto meter = meter_of(root.section("meter"), "meter of the transformer")) all.push_back(*meter);
  for (const config::Section& section : root.optional_list("meters", 100))
    if (const auto meter = meter_of(section, "meter " + section.required("name").text())) all.push_back(*meter);
  return all;
}

Result<Readings> read_one(const Unasked& unasked, const fs::path& folder, std::string& title) {
  const auto file = find_device(folder, unasked.device.name);
  if (!file) return file.error();
  const auto description = as_configured(file->description, unasked.device, unasked.device.max.value_or(16_A));
  if (!description) return description.error();
  title = title_of(*description);
  ModbusPlace place = unasked.device.place;
  use_framing_of(*description, place);
  ModbusClientOptions options;
  options.endpoint = place.endpoint;
  options.response_timeout = std::chrono::milliseconds(1000);
  options.min_gap = std::chrono::milliseconds(description->requests.min_gap.count());
  ModbusClient client(std::move(options));
  return read_everything(*description, client, description->unit.value_or(place.unit));
}

void read_ourselves(const Unasked& unasked, const fs::path& folder, Findings& findings) {
  std::string title = unasked.device.name;
  const auto readings = read_one(unasked, folder, title);
  const std::string wiring = "look at its cable, address and unit id, then: sudo balans detect";
  if (!readings) {
    findings.push_back(failure(fmt::format("{}: {}", unasked.name, readings.error().message()), wiring));
    return;
  }
  for (const Reading& reading : readings->quantities)
    if (reading.problem)
      findings.push_back(
          failure(fmt::format("{}: {}: {}", unasked.name, name_of(reading.quantity.id), *reading.problem), wiring));
  if (readings->wrong_identity)
    findings.push_back(failure(fmt::format("{}: {}", unasked.name, readings->wrong_identity->message()), wiring));
  for (const std::string& doubt : readings->doubts)
    findings.push_back(warning(fmt::format("{}: {}", unasked.name, doubt), "look at its terminals"));
  if (readings->sound() && readings->doubts.empty())
    findings.push_back(
        ok(fmt::format("{}: {} answers, {} plausible values", unasked.name, title, readings->answered())));
}

void read_what_nobody_asks(const Machine& machine, const Service& service, Findings& findings) {
  std::optional<fs::path> folder;
  const auto all = unasked_of(service, folder);
  if (!all) return findings.push_back(failure(all.error().message(), "sudo editor " + service.config.string()));
  if (folder) folder = machine.at(*folder);
  const auto devices = devices_folder(folder);
  if (!devices)
    return findings.push_back(failure(devices.error().message(), "sudo apt-get install --reinstall balans"));
  for (const Unasked& unasked : *all) read_ourselves(unasked, *devices, findings);
}

/// Whether the service runs all the same: two who ask one meter would disturb each other.
bool runs(const Machine& machine, const Service& service) {
  return machine.has_systemd() && machine.run({"systemctl", "is-active", service.unit}).text == "active";
}

void look_at(const Machine& machine, const Service& service, Findings& findings) {
  if (service.status_file && look_at_age(machine, service, findings) == Fresh::Yes) {
    const auto text = read_small_file(*service.status_file);
    if (!text) return findings.push_back(failure(text.error().message(), "sudo ls -l /run/balans"));
    return service.part == Part::Trafo ? judge_trafo(*text, findings) : judge_agent(service, *text, findings);
  }
  if (!service.status_file)
    findings.push_back(
        warning(fmt::format("{}: its configuration names no status_file", service.name),
                fmt::format("add to {}: status_file: /run/balans/{}.json", service.config.string(), service.name)));
  if (!runs(machine, service)) read_what_nobody_asks(machine, service, findings);
}

}  // namespace

Findings check_states(const Machine& machine, const Services& services) {
  Findings findings;
  for (const Service& service : services)
    if (service.part != Part::Api && !service.trouble) look_at(machine, service, findings);
  return findings;
}

}  // namespace balans::cli
