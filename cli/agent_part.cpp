#include "cli/agent_part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/wording.hpp"
#include "common/messages/json.hpp"
#include "common/registers/fallback.hpp"
#include "common/registers/limit.hpp"

namespace balans::cli {
namespace {

constexpr Milliamps kGuess = 16_A;       ///< where the file knows only shares of a rated power
constexpr Milliamps kMostAmps = 5000_A;  ///< that a config file takes

std::string number(Milliamps current) {
  std::string text = shown_amps(current);
  return text.substr(0, text.size() - 2);
}

const char* kind_words(const DeviceDescription& device) {
  return device.device_class == DeviceClass::Heat ? "heat-pump                     # or air-conditioner, boiler"
                                                  : name_of(kind_of(device)).data();
}

/// How long its watchdog takes, as far as the file knows; `none` is never wrong, only dearer.
std::string revert_words(const DeviceDescription& device) {
  const Control& control = *device.control;
  if (!control.watchdog) return "none                      # it has no watchdog";
  const Watchdog& watchdog = *control.watchdog;
  const bool falls_back = watchdog.fallback != Fallback::Unlimited && watchdog.fallback != Fallback::Unknown;
  const bool brings_feed_down = watchdog.fallback == Fallback::Zero || watchdog.fallback == Fallback::Configured;
  if (!falls_back) return "none                      # its watchdog falls back to nothing one can build on";
  if (control.feed && !brings_feed_down)
    return "none                      # its watchdog does not bring down what it feeds in";
  if (!watchdog.timeout && !watchdog.default_timeout)
    return "none                      # enter the time-out that is set on the device, if there is one";
  Millis time = watchdog.default_timeout.value_or(kUsualRevert);
  if (watchdog.timeout) time = std::max(kUsualRevert, watchdog.refresh * 3);
  if (time <= watchdog.refresh || time > 3600_s || time < 1_s)
    return "none                      # its time-out is too close to its refresh";
  std::string seconds = shown_seconds(time);
  return seconds.substr(0, seconds.size() - 2) + (watchdog.timeout ? "                        # written into the device"
                                                                   : "                        # the device's own");
}

std::string control_keys(const DeviceDescription& device) {
  const Control& control = *device.control;
  const CurrentBounds draw = bounds_of(control.draw, device.phases), feed = bounds_of(control.feed, device.phases);
  std::string text = fmt::format("\nkind: {}\n", kind_words(device));
  text +=
      fmt::format("phases: [{}]                # the grid phase on each of its terminals: look where it is connected\n",
                  device.phases == 1 ? "L1" : "L1, L2, L3");
  text += fmt::format(
      "min_a: {}\nmax_a: {:<24}# {}\n", number(draw.min), number(draw.max),
      draw.guessed ? "ENTER what its name plate says" : "of the device: enter less where its supply carries less");
  if (control.feed)
    text += fmt::format("max_feed_a: {:<19}# {}\n", number(feed.max),
                        feed.guessed ? "ENTER what its name plate says" : "as above, for what it feeds in");
  text += "revert_s: " + revert_words(device) + "\nfailsafe_a: 0\n";
  if (const auto why = needs_contactor(device))
    text += fmt::format("# {}: add a `contactor:`, or make failsafe_a as large as max_a\n", *why);
  return text;
}

std::string candidates_text(const std::vector<Candidate>& candidates) {
  std::string text;
  for (const Candidate& candidate : candidates)
    text += fmt::format("    {:<36} {}\n", candidate.device->name, candidate.why);
  return text;
}

std::string units_words(const FoundUnit& found) {
  std::string text = found.units.size() > 1 ? "units" : "unit";
  for (const std::uint8_t unit : found.units) text += fmt::format(" {}", unit);
  return text;
}

/// Of units that answer alike the one that the device usually has.
std::uint8_t best_unit(const FoundUnit& found, const DeviceDescription& device) {
  const bool usual =
      device.unit && std::find(found.units.begin(), found.units.end(), *device.unit) != found.units.end();
  return usual ? *device.unit : found.units.front();
}

std::string found_unit_text(const FoundUnit& found) {
  const Recognition& seen = found.recognition;
  std::string text = fmt::format("{}, {}\n", words_of(found.endpoint), units_words(found));
  if (found.units.size() > 1) text += "  one device that takes any unit id, or several alike\n";
  if (seen.sunspec)
    text += fmt::format("  SunSpec: {} {}, version {}, serial number {}\n", seen.sunspec->maker, seen.sunspec->model,
                        seen.sunspec->version, seen.sunspec->serial);
  if (!found.complete) text += "  it was silent so often that not all device files were tried\n";
  if (const Candidate* claimed = seen.claimed()) {
    text += fmt::format("  recognised: {}, {}\n", claimed->device->name, title_of(*claimed->device));
    text += fmt::format("  because {}\n\n", claimed->why);
    return text + config_part(*claimed->device, found.endpoint, best_unit(found, *claimed->device));
  }
  if (!seen.proved.empty())
    return text + "  ambiguous: its registers prove each of these, look at the name plate\n" +
           candidates_text(seen.proved);
  if (seen.fitting.empty()) return text + "  answers, but is like no device file\n";
  return text + "  not recognised. It could be one of these, which nothing proves; look at the name plate\n" +
         candidates_text(seen.fitting);
}

void write_candidates(json::Writer& out, std::string_view key, const std::vector<Candidate>& candidates) {
  out.key(key).begin_array();
  for (const Candidate& candidate : candidates)
    out.begin_object().key("device").string(candidate.device->name).key("why").string(candidate.why).end_object();
  out.end_array();
}

void write_found(json::Writer& out, const FoundUnit& found) {
  const Recognition& seen = found.recognition;
  out.begin_object().key("endpoint").string(words_of(found.endpoint)).key("units").begin_array();
  for (const std::uint8_t unit : found.units) out.integer(unit);
  out.end_array().key("complete").boolean(found.complete).key("recognised");
  if (const Candidate* claimed = seen.claimed())
    out.string(claimed->device->name)
        .key("config")
        .string(config_part(*claimed->device, found.endpoint, best_unit(found, *claimed->device)));
  else
    out.null();
  if (seen.sunspec)
    out.key("sunspec")
        .begin_object()
        .key("maker")
        .string(seen.sunspec->maker)
        .key("model")
        .string(seen.sunspec->model)
        .key("version")
        .string(seen.sunspec->version)
        .key("serial")
        .string(seen.sunspec->serial)
        .end_object();
  write_candidates(out, "proved", seen.proved);
  write_candidates(out, "fitting", seen.fitting);
  out.end_object();
}

}  // namespace

std::string endpoint_keys(const ModbusEndpoint& endpoint, std::uint8_t unit, const char* indent) {
  if (const auto* tcp = std::get_if<ModbusTcpEndpoint>(&endpoint))
    return fmt::format("{0}tcp: {{ host: \"{1}\", port: {2} }}\n{0}unit: {3}\n", indent, tcp->host, tcp->port, unit);
  const auto& serial = std::get<ModbusSerialEndpoint>(endpoint);
  return fmt::format("{0}serial: {{ port: {1}, baud: {2}, format: {3} }}\n{0}unit: {4}\n", indent, serial.device,
                     serial.format.baud, character_text(serial.format), unit);
}

DeviceKind kind_of(const DeviceDescription& device) {
  switch (device.device_class) {
    case DeviceClass::Heat:
      return DeviceKind::HeatPump;
    case DeviceClass::Battery:
      return DeviceKind::Battery;
    case DeviceClass::Inverter:
      return DeviceKind::Inverter;
    case DeviceClass::Charger:
    case DeviceClass::Meter:
      break;
  }
  return DeviceKind::Charger;
}

CurrentBounds bounds_of(const std::optional<LimitSpec>& spec, int phases) {
  if (!spec) return {};
  if (!spec->levels.empty()) {
    const bool shares = spec->levels.back().permille != 0;
    const std::int64_t first = spec->levels.size() > 1 ? spec->levels[1].current : spec->levels[0].current;
    return shares ? CurrentBounds{0_A, kGuess, true}
                  : CurrentBounds{Milliamps(first), Milliamps(spec->levels.back().current)};
  }
  if (spec->unit == LimitUnit::PermilleOfRated) return {0_A, kGuess, true};
  const Milliamps max = std::min(kMostAmps, setpoint_of(*spec, spec->max, phases, std::nullopt).current);
  return {std::min(max, setpoint_of(*spec, spec->min, phases, std::nullopt).current), max};
}

std::string config_part(const DeviceDescription& device, const ModbusEndpoint& endpoint, std::uint8_t unit) {
  if (device.device_class == DeviceClass::Meter)
    return "# site.yaml\nmeter:\n  device: " + device.name + "\n" + endpoint_keys(endpoint, unit, "  ");
  const std::string place =
      fmt::format("# agent.yaml\ndevice:\n  file: {}\n{}", device.name, endpoint_keys(endpoint, unit, "  "));
  return device.control ? place + control_keys(device) : place + "# it can only be read\n";
}

std::string found_text(const ScanResult& result) {
  std::string text;
  for (const FoundUnit& found : result.found) text += (text.empty() ? "" : "\n") + found_unit_text(found);
  if (result.found.empty()) text += "nothing answers\n";
  return text;
}

std::string found_json(const ScanResult& result) {
  json::Writer out;
  out.begin_object().key("found").begin_array();
  for (const FoundUnit& found : result.found) write_found(out, found);
  out.end_array().key("unreachable").begin_array();
  for (const Error& error : result.unreachable) out.string(error.message());
  out.end_array().end_object();
  return out.take() + "\n";
}

}  // namespace balans::cli
