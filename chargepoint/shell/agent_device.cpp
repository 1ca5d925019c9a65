#include "chargepoint/shell/agent_device.hpp"

#include <algorithm>

#include "common/io/device_file/device_file.hpp"
#include "common/io/device_file/shown.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/fallback.hpp"
#include "common/registers/installed.hpp"

namespace balans {
namespace {

constexpr Milliamps kMostAmps = 5000_A;
constexpr std::int64_t kWordsPerExpiry = 3;

std::string seconds_text(Millis time) { return std::to_string((time.count() + 999) / 1000) + " s"; }

std::optional<Millis> derived_revert(const config::Section& root, const DeviceDescription& device,
                                     const AgentSettings& settings) {
  if (!comes_down_alone(device, settings.max_feed)) return std::nullopt;
  const Watchdog& watchdog = *device.control->watchdog;
  const std::optional<Millis> usual = usual_revert(watchdog);
  if (!usual && !watchdog.default_timeout)
    root.refuse("needs revert_s: the device's file does not tell how soon its watchdog acts");
  return usual;
}

/// What the controller counts on must be there: a watchdog, one that acts by then, and one that brings down what is
/// drawn, and what is fed in too.
void check_revert(const config::OptionalValue& revert, const DeviceDescription& device, const AgentSettings& settings) {
  if (!settings.revert) return;
  const Control& control = *device.control;
  if (!control.watchdog) return revert.refuse("the device has no watchdog: expected none");
  const Watchdog& watchdog = *control.watchdog;
  if (watchdog.fallback == Fallback::Unlimited)
    return revert.refuse("the device's watchdog lifts every limit: expected none");
  if (watchdog.fallback == Fallback::Unknown)
    return revert.refuse("nobody knows what the device falls back to: expected none");
  if (is_kept_by_others(device))
    return revert.refuse("the agents of the device's other sockets keep its watchdog quiet: expected none");
  if (settings.max_feed > 0_A && !brings_down_feed(control))
    return revert.refuse("the device's watchdog does not bring down what it feeds in: expected none");
  if (!watchdog.timeout && !watchdog.shows_timeout && watchdog.default_timeout &&
      *settings.revert < *watchdog.default_timeout)
    revert.refuse("the device's watchdog acts only after " + seconds_text(*watchdog.default_timeout));
}

/// Only a claim that the device's file contradicts is refused: who installs it may know more.
std::string fallback_contradiction(const Control& control, Milliamps claimed, const Band& band, bool has_contactor) {
  if (control.semantics == LimitSemantics::Hint && claimed < band.max)
    return "what it is told is only a hint to the device: expected its largest";
  if (control.longest_pause && !has_contactor && claimed < band.max)
    return "the device ends a pause by itself: expected its largest";
  if (!control.watchdog) return {};
  if (control.watchdog->fallback == Fallback::Unlimited && !has_contactor && claimed < band.max)
    return "the device's watchdog lifts every limit: expected its largest";
  if (control.watchdog->fallback == Fallback::Zero && claimed > 0_A)
    return "the device's watchdog goes to 0: expected 0";
  return {};
}

Milliamps read_fallback(const config::Section& root, std::string_view key, const Control& control, Direction direction,
                        const AgentSettings& settings) {
  const Band band = band_of(settings, direction);
  const auto claimed = read_zero_or_between(root, key, band);
  if (!claimed) return usual_fallback(control, direction, band.failsafe, band.max);
  const bool has_contactor = settings.supply.has_value();
  if (const auto why = fallback_contradiction(control, *claimed, band, has_contactor); !why.empty())
    root.optional(key).refuse(why);
  return *claimed;
}

/// Its watchdog: when it acts, how often it wants to hear from us, what it goes to.
void read_watchdog(const config::Section& root, const DeviceDescription& device, AgentFile& file) {
  const Control& control = *device.control;
  AgentSettings& settings = file.settings;
  const config::OptionalValue revert = root.optional("revert_s");
  if (!revert.present())
    settings.revert = derived_revert(root, device, settings);
  else if (!revert.is_word("none"))
    settings.revert = revert.seconds(1_s, kLongestRevert);
  check_revert(revert, device, settings);
  settings.device_fallback = read_fallback(root, "device_fallback_a", control, Direction::Draw, settings);
  settings.fallback_feed = read_fallback(root, "fallback_feed_a", control, Direction::Feed, settings);
  if (!control.watchdog) return;
  const std::optional<Millis> expiry = settings.revert ? settings.revert : control.watchdog->default_timeout;
  settings.refresh = refresh_of(*control.watchdog, expiry);
  if (settings.refresh < file.tick)
    (revert.present() ? revert : root.optional("tick_ms"))
        .refuse("the device's watchdog needs a word every " + std::to_string(settings.refresh->count()) +
                " ms, and a tick is " + std::to_string(file.tick.count()) + " ms");
}

/// The levels of the device, as far as the agent may use them.
void check_levels(const config::Section& root, const LimitSpec& draw, AgentSettings& settings) {
  if (draw.levels.empty()) return;
  std::vector<Milliamps> known;
  for (const LimitLevel& level : draw.levels)
    if (level.current > 0 && Milliamps(level.current) >= settings.min && Milliamps(level.current) <= settings.max)
      known.emplace_back(level.current);
  if (settings.levels.empty()) settings.levels = known;
  if (known.empty()) root.required("max_a").refuse("is below every level of the device");
  for (Milliamps level : settings.levels)
    if (std::find(known.begin(), known.end(), level) == known.end())
      return root.optional("levels_a").refuse("the device has no level of " + std::to_string(level.count()) + " mA");
}

/// It may draw what its name plate says, which then is what has to be booked, however little it can be told.
bool can_exceed_limit(const Control& control) {
  if (control.semantics == LimitSemantics::Hint || control.longest_pause) return true;
  return control.watchdog &&
         (control.watchdog->fallback == Fallback::Unlimited || control.watchdog->fallback == Fallback::Unknown);
}

/// More than the device can be told would be leased in vain. Only where it is told in A per phase that is known
/// exactly.
template <class Value>
void check_most(const Value& value, Milliamps most, const std::optional<LimitSpec>& spec, const Control& control) {
  if (!spec || !spec->levels.empty() || spec->unit != LimitUnit::MilliampsPerPhase) return;
  if (can_exceed_limit(control) || most <= Milliamps(spec->max)) return;
  value.refuse("the device is never told more than " + shown_amps(Milliamps(spec->max)));
}

Confirm confirm_of(const std::optional<LimitSpec>& spec, const DeviceDescription& device) {
  const Confirm confirm = device.control->confirm;
  const bool by_reading = confirm == Confirm::ReadBack || confirm == Confirm::Applied;
  if (!by_reading || can_be_read(spec)) return confirm;
  return Confirm::Nothing;  // only the other direction can be read
}

DeviceHabits habits_of(const DeviceDescription& device) {
  const Control& control = *device.control;
  DeviceHabits habits;
  habits.semantics = control.semantics;
  if (control.watchdog) habits.kept_by = control.watchdog->kept_by;
  habits.confirm = {confirm_of(control.draw, device), confirm_of(control.feed, device)};
  habits.longest_pause = control.longest_pause;
  habits.wear_interval = control.wear_interval;
  return habits;
}

void check_control(const config::Section& root, const config::RequiredValue& name, const Control& control,
                   AgentSettings& settings) {
  if (settings.max > 0_A && !control.draw) name.refuse("cannot limit what it draws: expected max_a: 0");
  if (settings.max_feed > 0_A && !control.feed) name.refuse("cannot limit what it feeds in: expected no max_feed_a");
  if (!settings.fewer_phases.empty() && !control.phase_switch)
    name.refuse("cannot switch phases: expected no fewer_phases");
  if (control.draw) check_levels(root, *control.draw, settings);
  check_most(root.required("max_a"), settings.max, control.draw, control);
  check_most(root.optional("max_feed_a"), settings.max_feed, control.feed, control);
}

/// What to do with a device that an agent is of no use for.
std::string nothing_to_limit(const DeviceDescription& device) {
  std::string why = "'" + device.name + "' can only be read, and an agent limits: ";
  if (device.device_class == DeviceClass::Meter) return why + "a meter belongs into the transformer's site.yaml";
  if (device.device_class != DeviceClass::Inverter)
    return why + "choose a device file with a control, or leave it without an agent: it then counts as base load";
  return why +
         "choose a file of the same inverter with a control (inverters/sunspec_123, inverters/sunspec_704), or "
         "leave it without an agent: what it feeds in then counts as base load (feeds_back: true in site.yaml)";
}

/// As it is installed: which of its sockets, under which unit id, with which name plate.
Result<DeviceDescription> as_installed(const config::Section& section, DeviceDescription description, AgentFile& file) {
  const int socket = static_cast<int>(section.optional("socket").integer(1, 255).value_or(1));
  if (section.has("unit") || !description.unit) description.unit = file.place.unit;
  auto device = installed(std::move(description), {socket, file.settings.max});
  if (device) file.place.unit = *device->unit;
  return device;
}

}  // namespace

std::optional<Milliamps> read_zero_or_between(const config::Section& root, std::string_view key, const Band& band) {
  const config::OptionalValue value = root.optional(key);
  const auto current = value.amps(0_A, kMostAmps);
  if (current && *current != 0_A && (*current < band.min || *current > band.max))
    value.refuse("expected 0 or a value between min_a and max_a, those of its direction");
  return current;
}

Millis refresh_of(const Watchdog& watchdog, std::optional<Millis> expiry) {
  return expiry ? std::min(watchdog.refresh, *expiry / kWordsPerExpiry) : watchdog.refresh;
}

void read_device(const config::Section& root, const std::filesystem::path& devices_dir, AgentFile& file) {
  const config::Section section = root.section("device");
  // Known keys, whether the device's file can be read or not.
  (void)section.optional("socket");
  for (const char* key : {"revert_s", "device_fallback_a", "fallback_feed_a"}) (void)root.optional(key);
  const auto name = section.required("file");
  const std::string device = name.text();
  file.place = read_modbus_place(section);
  if (device.empty() || devices_dir.empty()) return;
  Result<DeviceDescription> description = load_device(devices_dir, device);
  if (!description) return name.refuse(description.error().message());
  use_framing_of(*description, file.place);
  description = as_installed(section, std::move(*description), file);
  if (!description) return section.refuse(description.error().message());
  if (!description->control) return name.refuse(nothing_to_limit(*description));
  if (static_cast<int>(file.phases.size()) > description->phases) name.refuse("has fewer phases than 'phases' lists");
  check_control(root, name, *description->control, file.settings);
  read_watchdog(root, *description, file);
  file.settings.habits = habits_of(*description);
  file.device = std::move(*description);
}

}  // namespace balans
