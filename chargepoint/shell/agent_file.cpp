#include "chargepoint/shell/agent_file.hpp"

#include <algorithm>

#include "common/io/config/config.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/io/mqtt/broker_config.hpp"

namespace balans {
namespace {

constexpr Milliamps kMostAmps = 5000_A;

void read_limits(const config::Section& root, AgentSettings& settings) {
  settings.min = root.required("min_a").amps(0_A, kMostAmps);
  const auto max = root.required("max_a");
  settings.max = max.amps(1_A, kMostAmps);
  if (settings.max < settings.min) max.refuse("is below min_a");
  settings.step = root.optional("step_a").amps(1_mA, 100_A).value_or(1_A);
  const config::OptionalValue floor = root.optional("floor_a");
  settings.floor = floor.amps(0_A, kMostAmps).value_or(0_A);
  if (settings.floor > settings.max) floor.refuse("is above max_a");
  const config::OptionalValue failsafe = root.optional("failsafe_a");
  settings.failsafe = failsafe.amps(0_A, kMostAmps).value_or(0_A);
  const bool possible =
      settings.failsafe == 0_A || (settings.failsafe >= settings.min && settings.failsafe <= settings.max);
  if (!possible) failsafe.refuse("expected 0 or a value between min_a and max_a");
  settings.weight = root.optional("weight").integer(1, 1 << 20).value_or(1);
}

void read_times(const config::Section& root, AgentFile& file) {
  AgentSettings& settings = file.settings;
  settings.settle = root.optional("settle_s").seconds(1_s, 600_s).value_or(defaults::kSettle);
  settings.revert = root.required("revert_s").seconds_or_none(1_s, 3600_s);
  settings.failsafe_hold = root.optional("failsafe_hold_s").seconds(1_s, 3600_s).value_or(defaults::kFailsafeHold);
  settings.status_every = root.optional("status_every_s").seconds(1_s, 60_s).value_or(defaults::kStatusEvery);
  file.tick = root.optional("tick_ms").millis(100_ms, 2_s).value_or(defaults::kAgentTick);
  file.reading_every = root.optional("reading_every_s").seconds(1_s, 900_s).value_or(defaults::kReadingEvery);
}

/// What the controller counts on must be there: a watchdog, and one that hears from us often enough.
void check_revert(const config::Section& root, const Control& control, const AgentSettings& settings) {
  if (!settings.revert) return;
  const auto revert = root.required("revert_s");
  if (!control.watchdog) return revert.refuse("the device has no watchdog: expected none");
  if (control.watchdog->refresh >= *settings.revert)
    revert.refuse("is not longer than the " + std::to_string(control.watchdog->refresh.count() / 1000) +
                  " s between two words to the device");
}

/// The device's own file, with what the agent needs of it.
void read_device(const config::Section& root, const std::filesystem::path& devices_dir, AgentFile& file) {
  const config::Section section = root.section("device");
  const auto name = section.required("file");
  const std::string device = name.text();
  file.place = read_modbus_place(section);
  if (device.empty() || devices_dir.empty()) return;
  Result<DeviceDescription> description = load_device(devices_dir, device);
  if (!description) return name.refuse(description.error().message());
  if (!description->control) return name.refuse("'" + device + "' is a meter: it has nothing to limit");
  if (static_cast<int>(file.phases.size()) > description->phases) name.refuse("has fewer phases than 'phases' lists");
  check_revert(root, *description->control, file.settings);
  if (description->control->watchdog) file.settings.refresh = description->control->watchdog->refresh;
  file.device = std::move(*description);
}

AgentFile read(const config::Section& root) {
  AgentFile file;
  file.settings.id = root.required("agent").name<AgentId>();
  file.site = root.required("site").name<SiteId>();
  file.deployment = root.required("deployment").deployment();
  const config::Section keys = root.section("keys");
  file.device_key = keys.required("device").path();
  file.trafo_key = keys.required("trafo").public_key();
  file.broker = read_broker(root.section("broker"));
  file.state_dir = root.required("state_dir").path();
  file.status_file = root.optional("status_file").path();
  file.settings.kind = root.required("kind").parse([](std::string_view text) { return parse_name<DeviceKind>(text); });
  file.phases = root.required("phases").phases();
  for (Phase p : file.phases) file.settings.phases.insert(p);
  read_limits(root, file.settings);
  read_times(root, file);
  read_device(root, root.required("devices_dir").path(), file);
  return file;
}

}  // namespace

Result<AgentFile> load_agent(const std::filesystem::path& path) {
  auto file = config::File::load(path);
  if (!file) return file.error();
  AgentFile agent = read(file->root());
  if (const auto fine = file->finish(); !fine) return fine.error();
  return agent;
}

}  // namespace balans
