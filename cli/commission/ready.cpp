#include "cli/commission/ready.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/scan.hpp"
#include "cli/wording.hpp"
#include "common/ids.hpp"
#include "common/io/config/config.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr Millis kAlive{15'000};  ///< a program that runs has written its status since
constexpr std::string_view kEnding = ".yaml";

std::string unit_of(const std::string& agent) { return "balans-chargepoint@" + agent + ".service"; }

std::optional<fs::path> status_file_of(const fs::path& config) {
  const auto file = config::File::load(config);
  return file ? file->root().optional("status_file").path() : std::nullopt;
}

/// By systemd, and where there is none by how fresh its status is.
bool runs(const Machine& machine, const std::string& unit, const fs::path& config) {
  if (machine.has_systemd()) {
    const std::string state = machine.run({"systemctl", "is-active", unit}).text;
    return state == "active" || state == "activating" || state == "reloading" || state == "deactivating";
  }
  const auto status = status_file_of(config);
  if (!status) return false;
  std::error_code failed;
  const auto written = fs::last_write_time(machine.at(*status), failed);
  if (failed) return false;
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::file_clock::to_sys(written).time_since_epoch());
  return machine.now() - UnixTime(at.count()) < kAlive;
}

Result<std::vector<fs::path>> agent_files(const Machine& machine, const CommissionWish& wish) {
  const fs::path folder = wish.etc / "agents";
  if (!wish.device.empty()) {
    const auto name = AgentId::parse(wish.device);
    if (!name) return name.error().within("--device");
    const fs::path file = folder / (wish.device + std::string(kEnding));
    if (machine.has(file)) return std::vector{machine.at(file)};
    return Error{file.string(), "is not there: which devices have their agent here? ls " + folder.string()};
  }
  std::vector<fs::path> files;
  for (const std::string& name : machine.names(folder))
    if (name.ends_with(kEnding)) files.push_back(machine.at(folder) / name);
  if (files.empty()) return Error{folder.string(), "no agent has its configuration here"};
  return files;
}

Result<void> is_left_alone(const Machine& machine, const Ready& ready, const CommissionWish& wish) {
  std::string stop;
  for (const CommissionedDevice& device : ready.devices)
    if (runs(machine, unit_of(device.name), device.config)) stop += " " + unit_of(device.name);
  const bool on_line = ready.meter && std::holds_alternative<ModbusSerialEndpoint>(ready.meter->place.endpoint);
  if (on_line && runs(machine, "balans-trafo.service", machine.at(wish.etc / "site.yaml")))
    stop += " balans-trafo.service";  // one line, one program
  if (stop.empty()) return {};
  return Error{"", "somebody else would speak to the devices meanwhile. First: sudo systemctl stop" + stop};
}

}  // namespace

Result<Ready> ready_to_commission(const Machine& machine, const CommissionWish& wish) {
  const auto files = agent_files(machine, wish);
  if (!files) return files.error();
  Ready ready;
  const fs::path site = wish.etc / "site.yaml";
  for (const fs::path& file : *files) {
    auto device = read_commissioned(file, wish.devices);
    if (!device) return device.error();
    if (machine.has(site))
      if (const auto enrolled = read_enrolment(machine.at(site), *device); !enrolled) return enrolled.error();
    if (wish.most) device->max = std::min(device->max, *wish.most);
    ready.devices.push_back(*std::move(device));
  }
  if (!wish.no_meter && machine.has(site)) {
    auto meter = read_commissioning_meter(machine.at(site), wish.meter, wish.devices);
    if (!meter) return meter.error();
    ready.meter = *std::move(meter);
  } else if (!wish.meter.empty()) {
    return Error{"--meter", "needs " + site.string() + ", and no --no-meter"};
  }
  if (const auto alone = is_left_alone(machine, ready, wish); !alone) return alone.error();
  return ready;
}

std::string needs_of(const CommissionedDevice& device) {
  const std::string amps = shown_amps(device.max);
  switch (device.description.device_class) {
    case DeviceClass::Charger:
      return fmt::format("a car that is not full and charges with {}", amps);
    case DeviceClass::Heat:
      return fmt::format("heat is wanted (warm water, a higher room temperature): it should take {}", amps);
    case DeviceClass::Battery:
      return fmt::format("a battery that is not full and free to take {}", amps);
    case DeviceClass::Inverter:
      return fmt::format("sun enough to feed in {}", amps);
    case DeviceClass::Meter:
      break;
  }
  return fmt::format("it should take {}", amps);
}

std::string meter_words(const CommissioningMeter& meter) {
  return fmt::format("{}: {}, {}", meter.name, title_of(meter.description), words_of(meter.place.endpoint));
}

std::string start_again(const Ready& ready) {
  std::string text = "sudo systemctl start";
  for (const CommissionedDevice& device : ready.devices) text += " " + unit_of(device.name);
  return text;
}

}  // namespace balans::cli
