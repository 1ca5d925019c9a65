#include "cli/commission/places.hpp"

#include <algorithm>

#include "cli/catalogue.hpp"
#include "common/defaults.hpp"
#include "common/io/config/config.hpp"
#include "common/registers/fallback.hpp"
#include "common/registers/installed.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr Milliamps kMostAmps = 5000_A;
constexpr std::size_t kMostAgents = 1000;
constexpr std::size_t kMostMeters = 100;

/// Keys that only the programs read are no problem here.
Result<void> problems_of(const config::File& file) {
  for (const Error& problem : file.problems())
    if (problem.what.find("is not a known key") == std::string::npos) return problem;
  return {};
}

std::optional<ContactorPlace> read_contactor(const config::Section& root) {
  const auto section = root.optional_section("contactor");
  if (!section) return std::nullopt;
  ContactorPlace contactor;
  contactor.place = read_modbus_place(*section);
  const auto coil = section->optional("coil"), address = section->optional("register");
  contactor.function = coil.present() ? WriteFunction::Coil : WriteFunction::Register;
  contactor.address = static_cast<std::uint16_t>((coil.present() ? coil : address).integer(0, 65535).value_or(0));
  contactor.on = static_cast<std::uint16_t>(section->optional("on").integer(0, 65535).value_or(1));
  contactor.refresh = section->optional("refresh_s").seconds(1_s, 60_s).value_or(2_s);
  contactor.drops_out = section->required("drops_out_s").seconds(2_s, 600_s);
  return contactor;
}

void read_limits(const config::Section& root, CommissionedDevice& device) {
  const Milliamps draw = root.optional("max_a").amps(0_A, kMostAmps).value_or(0_A);
  const Milliamps feed = root.optional("max_feed_a").amps(0_A, kMostAmps).value_or(0_A);
  const Control& control = *device.description.control;
  const bool draws = draw > 0_A && control.draw.has_value();
  device.direction = draws ? Direction::Draw : Direction::Feed;
  device.limits_feed = feed > 0_A;
  device.max = draws ? draw : feed;
  const char* failsafe = draws ? "failsafe_a" : "failsafe_feed_a";
  const char* fallback = draws ? "device_fallback_a" : "fallback_feed_a";
  device.failsafe = root.optional(failsafe).amps(0_A, kMostAmps).value_or(0_A);
  device.fallback = root.optional(fallback)
                        .amps(0_A, kMostAmps)
                        .value_or(usual_fallback(control, device.direction, device.failsafe, device.max));
  device.settle = root.optional("settle_s").seconds(1_s, 600_s).value_or(defaults::kSettle);
  const auto revert = root.optional("revert_s");
  if (!revert.present() && comes_down_alone(device.description, feed))
    device.revert = usual_revert(*control.watchdog);
  else if (revert.present() && !revert.is_word("none"))
    device.revert = revert.seconds(1_s, kLongestRevert);
}

Result<DeviceDescription> described(const std::string& name, const std::optional<fs::path>& own,
                                    const std::optional<fs::path>& asked) {
  const auto folder = devices_folder(asked ? asked : own);
  if (!folder) return folder.error();
  auto file = find_device(*folder, name);
  if (!file) return file.error();
  return std::move(file->description);
}

CommissioningMeter read_meter(const config::Section& section, std::string& device) {
  CommissioningMeter meter;
  device = section.required("device").text();
  meter.place = read_modbus_place(section);
  meter.phases = section.optional("phases").phases().value_or(std::vector<Phase>(kPhases.begin(), kPhases.end()));
  return meter;
}

}  // namespace

Result<CommissionedDevice> read_commissioned(const fs::path& agent_yaml, const std::optional<fs::path>& devices) {
  const auto where = read_agent_device(agent_yaml);
  if (!where) return where.error();
  auto description = described(where->name, where->devices_dir, devices);
  if (!description) return description.error();
  if (!description->control) return Error{agent_yaml.string(), "its device can only be read: nothing can be stepped"};
  const auto file = config::File::load(agent_yaml);
  if (!file) return file.error();
  const config::Section root = file->root();
  CommissionedDevice device;
  device.config = agent_yaml;
  device.name = root.required("agent").text();
  device.site = root.required("site").text();
  device.phases = root.required("phases").phases();
  device.place = where->place;
  device.contactor = read_contactor(root);
  auto installed = as_configured(*std::move(description), *where, where->max);
  if (!installed) return installed.error();
  device.description = *std::move(installed);
  use_framing_of(device.description, device.place);
  if (device.description.unit) device.place.unit = *device.description.unit;
  read_limits(root, device);
  if (const auto fine = problems_of(*file); !fine) return fine.error();
  if (device.max == 0_A) return Error{agent_yaml.string(), "max_a and max_feed_a are 0: nothing can be stepped"};
  return device;
}

Result<void> read_enrolment(const fs::path& site_yaml, CommissionedDevice& device) {
  const auto file = config::File::load(site_yaml);
  if (!file) return file.error();
  const bool draws = device.direction == Direction::Draw;
  for (const config::Section& entry : file->root().optional_list("agents", kMostAgents)) {
    if (entry.required("id").text() != device.name) continue;
    EnrolledDevice enrolled;
    enrolled.phases = entry.required("phases").phases();
    enrolled.max = entry.optional(draws ? "max_a" : "max_feed_a").amps(0_A, kMostAmps).value_or(0_A);
    enrolled.failsafe = entry.optional(draws ? "failsafe_a" : "failsafe_feed_a").amps(0_A, kMostAmps).value_or(0_A);
    enrolled.fallback =
        entry.optional(draws ? "device_fallback_a" : "fallback_feed_a").amps(0_A, kMostAmps).value_or(0_A);
    enrolled.settle = entry.optional("settle_s").seconds(1_s, 600_s).value_or(defaults::kSettle);
    enrolled.revert = entry.required("revert_s").seconds_or_none(1_s, kLongestRevert);
    if (const auto fine = problems_of(*file); !fine) return fine.error();
    device.enrolled = std::move(enrolled);
    return {};
  }
  return Error{site_yaml.string(), device.name + " is not enrolled there"};
}

Result<CommissioningMeter> read_commissioning_meter(const fs::path& site_yaml, const std::string& name,
                                                    const std::optional<fs::path>& devices) {
  const auto file = config::File::load(site_yaml);
  if (!file) return file.error();
  const config::Section root = file->root();
  std::string device;
  std::optional<CommissioningMeter> meter;
  if (name.empty()) meter = read_meter(root.section("meter"), device);
  for (const config::Section& section : root.optional_list("meters", kMostMeters))
    if (!name.empty() && section.required("name").text() == name) meter = read_meter(section, device);
  if (!meter) return Error{site_yaml.string(), "has no meter '" + name + "' under meters"};
  const auto own = root.optional("devices_dir").path();
  if (const auto fine = problems_of(*file); !fine) return fine.error();
  auto description = described(device, own, devices);
  if (!description) return description.error();
  meter->name = name.empty() ? "transformer" : name;
  meter->description = *std::move(description);
  use_framing_of(meter->description, meter->place);
  return *std::move(meter);
}

}  // namespace balans::cli
