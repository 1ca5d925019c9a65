#include "chargepoint/shell/agent_file.hpp"

#include "chargepoint/shell/agent_device.hpp"
#include "common/io/config/config.hpp"
#include "common/io/device_file/units.hpp"
#include "common/io/mqtt/broker_config.hpp"

namespace balans {
namespace {

constexpr Milliamps kMostAmps = 5000_A;
constexpr Millis kColdLoadPickup = 600_s;

Milliamps read_at_most(const config::Section& root, std::string_view key, Milliamps max) {
  const config::OptionalValue value = root.optional(key);
  const Milliamps current = value.amps(0_A, kMostAmps).value_or(0_A);
  if (current > max) value.refuse("is above max_a");
  return current;
}

void read_limits(const config::Section& root, AgentSettings& settings) {
  settings.min = root.required("min_a").amps(0_A, kMostAmps);
  const auto max = root.required("max_a");
  settings.max = max.amps(0_A, kMostAmps);
  if (settings.max < settings.min) max.refuse("is below min_a");
  settings.step = root.optional("step_a").amps(1_mA, 100_A).value_or(1_A);
  settings.floor = read_at_most(root, "floor_a", settings.max);
  settings.comfort = read_at_most(root, "comfort_a", settings.max);
  settings.failsafe = read_zero_or_between(root, "failsafe_a", band_of(settings, Direction::Draw)).value_or(0_A);
  settings.weight = root.optional("weight").integer(1, 1 << 20).value_or(1);
}

void read_feed_limits(const config::Section& root, AgentSettings& settings) {
  const config::OptionalValue max = root.optional("max_feed_a");
  settings.max_feed = max.amps(0_A, kMostAmps).value_or(0_A);
  settings.min_feed = root.optional("min_feed_a").amps(0_A, kMostAmps).value_or(0_A);
  if (settings.min_feed > settings.max_feed) root.optional("min_feed_a").refuse("is above max_feed_a");
  settings.failsafe_feed =
      read_zero_or_between(root, "failsafe_feed_a", band_of(settings, Direction::Feed)).value_or(0_A);
  if (settings.max == 0_A && settings.max_feed == 0_A)
    root.required("max_a").refuse("expected more than 0 here or in max_feed_a");
}

void read_levels(const config::Section& root, AgentSettings& settings) {
  constexpr std::size_t kMaxLevels = 16;
  const config::OptionalValue value = root.optional("levels_a");
  for (const std::string& text : value.texts(1, kMaxLevels).value_or(std::vector<std::string>{})) {
    const Result<std::int64_t> level = in_base_units(text, {Dimension::Current, 3});
    if (!level) return value.refuse(level.error().what);
    const Milliamps least = settings.levels.empty() ? std::max(settings.min, 1_mA) : settings.levels.back() + 1_mA;
    if (Milliamps(*level) < least || Milliamps(*level) > settings.max)
      return value.refuse("expected levels that ascend from min_a to max_a");
    settings.levels.emplace_back(*level);
  }
}

/// What the one who lives with the device wants of it.
void read_wishes(const config::Section& root, AgentFile& file) {
  constexpr std::int64_t kMaxPrice = 1'000'000'000'000;  // a million of the currency for each kWh
  if (const auto session = root.optional_section("session")) {
    file.settings.session_need = session->required("energy_kwh").kilowatt_hours(0_Wh, 1'000'000_Wh);
    file.ready_by = session->optional("ready_by").parse(parse_time_of_day);
  }
  if (const auto volunteer = root.optional_section("volunteer")) {
    const auto price = volunteer->required("price_per_kwh");
    const auto base = price.parse([](std::string_view text) { return in_base_units(text, {Dimension::None, 6}); });
    if (base < 0 || base > kMaxPrice) price.refuse("is outside 0..1000000");
    file.settings.volunteers_for = base;
  }
}

void read_times(const config::Section& root, AgentFile& file) {
  AgentSettings& settings = file.settings;
  settings.settle = root.optional("settle_s").seconds(1_s, 600_s).value_or(defaults::kSettle);
  settings.failsafe_hold = root.optional("failsafe_hold_s").seconds(1_s, 3600_s).value_or(defaults::kFailsafeHold);
  settings.status_every = root.optional("status_every_s").seconds(1_s, 60_s).value_or(defaults::kStatusEvery);
  settings.min_on = root.optional("min_on_s").seconds(0_s, 3600_s).value_or(0_s);
  settings.min_off = root.optional("min_off_s").seconds(0_s, 3600_s).value_or(0_s);
  file.cold_load_pickup = root.optional("cold_load_pickup_s").seconds(0_s, 3600_s).value_or(kColdLoadPickup);
  file.tick = root.optional("tick_ms").millis(100_ms, 2_s).value_or(defaults::kAgentTick);
  file.reading_every = root.optional("reading_every_s").seconds(1_s, 900_s).value_or(defaults::kReadingEvery);
}

/// The contactor in the device's supply.
void read_supply(const config::Section& root, AgentFile& file) {
  const auto section = root.optional_section("contactor");
  if (!section) return;
  SupplyPlace supply;
  supply.place = read_modbus_place(*section);
  const config::OptionalValue coil = section->optional("coil"), address = section->optional("register");
  if (coil.present() == address.present()) section->refuse("expected either coil or register");
  supply.function = coil.present() ? WriteFunction::Coil : WriteFunction::Register;
  const std::int64_t most = coil.present() ? 1 : 65535;
  supply.address = static_cast<std::uint16_t>((coil.present() ? coil : address).integer(0, 65535).value_or(0));
  supply.on = static_cast<std::uint16_t>(section->optional("on").integer(0, most).value_or(1));
  supply.off = static_cast<std::uint16_t>(section->optional("off").integer(0, most).value_or(0));
  if (supply.on == supply.off) section->refuse("on and off are the same");
  Supply times;
  times.refresh = section->optional("refresh_s").seconds(1_s, 60_s).value_or(2_s);
  const config::RequiredValue drops_out = section->required("drops_out_s");
  times.drops_out = drops_out.seconds(2_s, 600_s);
  if (times.drops_out < 2 * times.refresh)
    drops_out.refuse("is less than twice refresh_s: it would drop out now and then");
  file.supply = supply;
  file.settings.supply = times;
}

/// A device on one phase uses its first terminal.
void read_fewer_phases(const config::Section& root, AgentFile& file) {
  const config::OptionalValue value = root.optional("fewer_phases");
  const auto phases = value.phases();
  if (!phases) return;
  if (file.phases.size() < 2 || *phases != std::vector<Phase>{file.phases.front()})
    return value.refuse("expected the first of several 'phases': that of the device's first terminal");
  file.settings.fewer_phases = {phases->front()};
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
  read_fewer_phases(root, file);
  read_limits(root, file.settings);
  read_feed_limits(root, file.settings);
  read_levels(root, file.settings);
  read_wishes(root, file);
  read_times(root, file);
  read_supply(root, file);
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
