#include "cli/init/locate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/agent_part.hpp"
#include "cli/place.hpp"
#include "cli/scan.hpp"
#include "cli/wording.hpp"

namespace balans::cli {
namespace {

/// "/dev/balans/AB0L2K3M", or with ",9600,8N1".
struct SerialLine {
  std::string device;
  std::optional<SerialFormat> format;
};

Result<SerialLine> parse_line(const std::string& text) {
  const std::size_t comma = text.find(',');
  SerialLine line{text.substr(0, comma), std::nullopt};
  if (comma == std::string::npos) return line;
  const std::size_t second = text.find(',', comma + 1);
  int baud = 0;
  const char* const end = text.data() + std::min(second, text.size());
  const auto [at, error] = std::from_chars(text.data() + comma + 1, end, baud);
  auto format = parse_serial_format(second == std::string::npos ? "8N1" : text.substr(second + 1));
  if (error != std::errc() || at != end || baud < 300 || baud > 1'000'000 || !format)
    return Error{"'" + text + "'", "expected a line such as /dev/balans/AB0L2K3M, or with its settings: …,9600,8N1"};
  format->baud = baud;
  line.format = *format;
  return line;
}

bool is_line(const std::string& text) { return text.starts_with('/'); }

Result<ModbusEndpoint> endpoint_of(const std::string& text) {
  if (!is_line(text)) {
    const auto host = parse_host(text, 502);
    return host ? Result<ModbusEndpoint>(ModbusEndpoint(*host)) : Result<ModbusEndpoint>(host.error());
  }
  const auto line = parse_line(text);
  if (!line) return line.error();
  return ModbusEndpoint(ModbusSerialEndpoint{line->device, line->format.value_or(SerialFormat{})});
}

/// As it was said, if it can be a place at all: it goes into a file.
Result<std::string> parse_where(const std::string& text) {
  if (text.empty()) return Error{"", "there has to be an answer"};
  if (text.find_first_of("\"\\ \t\n") != std::string::npos)
    return Error{"'" + text + "'", "has a space, a quote or a backslash in it"};
  const auto endpoint = endpoint_of(text);
  return endpoint ? Result<std::string>(text) : Result<std::string>(endpoint.error());
}

ScanOptions scan_of(const std::string& where, const ModbusEndpoint& endpoint, const Catalogue& catalogue) {
  ScanOptions options;
  if (const auto* host = std::get_if<ModbusTcpEndpoint>(&endpoint)) options.hosts.push_back(*host);
  if (const auto* serial = std::get_if<ModbusSerialEndpoint>(&endpoint)) options.lines.push_back(serial->device);
  options.formats = usual_formats(catalogue);
  if (const auto line = parse_line(where); is_line(where) && line && line->format) options.formats = {*line->format};
  return options;
}

bool is_wanted(const DeviceDescription& device, const std::string& what) {
  return (device.device_class == DeviceClass::Meter) == (what == "meter");
}

struct Seen {
  std::string name;  ///< of its device file
  ModbusPlace place;
};

/// Of units that answer alike the one that the device usually has.
std::uint8_t usual_of(const FoundUnit& found, const DeviceDescription& device) {
  const bool usual = device.unit && std::ranges::find(found.units, *device.unit) != found.units.end();
  return usual ? *device.unit : found.units.front();
}

/// What answered and proved nothing, most telling first.
void say_candidates(Dialogue& dialogue, const std::string& what, const ScanResult& result) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> lines;
  for (const FoundUnit& found : result.found)
    for (const auto* candidates : {&found.recognition.proved, &found.recognition.fitting})
      for (const Candidate& candidate : *candidates)
        if (is_wanted(*candidate.device, what) && lines.size() < kMost)
          lines.push_back(fmt::format("    {:<36} {}", candidate.device->name, candidate.why));
  dialogue.say(lines.empty() ? "  nothing was recognised there; `balans device list` names what is known"
                             : "  it could be one of these, which nothing proves; look at the name plate:");
  for (const std::string& line : lines) dialogue.say(line);
}

/// The first that was recognised and is of the kind that is looked for.
Result<std::optional<Seen>> look(Dialogue& dialogue, const std::string& what, const std::string& where,
                                 const ModbusEndpoint& endpoint, const std::filesystem::path& devices) {
  const auto catalogue = load_catalogue(devices);
  if (!catalogue) return catalogue.error();
  const ScanResult result = scan(scan_of(where, endpoint, *catalogue), *catalogue,
                                 [&](const std::string& text) { dialogue.say("  " + text); });
  for (const Error& error : result.unreachable) dialogue.say("  " + error.message());
  for (const FoundUnit& found : result.found) {
    const Candidate* claimed = found.recognition.claimed();
    if (claimed == nullptr || !is_wanted(*claimed->device, what)) continue;
    dialogue.say("  recognised: " + claimed->device->name + ", " + title_of(*claimed->device) + ", because " +
                 claimed->why);
    return std::optional(Seen{claimed->device->name, {found.endpoint, usual_of(found, *claimed->device)}});
  }
  say_candidates(dialogue, what, result);
  return std::optional<Seen>();
}

/// Nothing where it was named, or where whoever is asked does not want it.
Result<std::optional<Seen>> look_if_wanted(Dialogue& dialogue, const std::string& what, const std::string& where,
                                           const ModbusEndpoint& endpoint, const LocateAnswers& answers,
                                           const std::filesystem::path& devices) {
  if (answers.device) return std::optional<Seen>();
  const auto wanted = dialogue.asks() ? dialogue.yes({"", "Look there which one it is? Only reads.", "yes"}) : true;
  if (!wanted) return wanted.error();
  return *wanted ? look(dialogue, what, where, endpoint, devices) : std::optional<Seen>();
}

Result<DeviceDescription> describe(const std::filesystem::path& devices, const std::string& what,
                                   const std::string& name) {
  const auto device = find_device(devices, name);
  if (!device) return device.error();
  if (!is_wanted(device->description, what)) return Error{name, "is not a " + what};
  return device->description;
}

Result<std::uint8_t> parse_unit_id(const std::string& text) {
  const auto units = parse_units(text);
  if (!units || units->size() != 1) return Error{"'" + text + "'", "expected one unit id, 0 to 255"};
  return units->front();
}

}  // namespace

Result<Located> locate(Dialogue& dialogue, const std::string& what, const std::string& prefix,
                       const LocateAnswers& answers, const std::filesystem::path& devices) {
  const auto where = dialogue.ask({prefix + (answers.serial ? "serial" : "host"),
                                   "Where is the " + what +
                                       "? A host, HOST:PORT, or a serial line (/dev/balans/…, or "
                                       "…,9600,8N1):",
                                   ""},
                                  answers.host ? answers.host : answers.serial, parse_where);
  if (!where) return where.error();
  const auto endpoint = endpoint_of(*where);
  if (!endpoint) return endpoint.error();
  const auto looked = look_if_wanted(dialogue, what, *where, *endpoint, answers, devices);
  if (!looked) return looked.error();
  const std::optional<Seen>& seen = *looked;
  const auto file = dialogue.ask(
      {what == "meter" ? "--meter" : "--device", "Its device file (`balans device list`):", seen ? seen->name : ""},
      answers.device, [&](const std::string& name) { return describe(devices, what, name); });
  if (!file) return file.error();
  Located located{*file, seen ? seen->place : ModbusPlace{*endpoint, file->unit.value_or(1)}};
  if (auto* serial = std::get_if<ModbusSerialEndpoint>(&located.place.endpoint); serial != nullptr && !seen)
    if (const auto line = parse_line(*where); line && !line->format && file->serial) serial->format = *file->serial;
  const auto unit =
      dialogue.ask({prefix + "unit", "Its unit id:", std::to_string(located.place.unit)}, answers.unit, parse_unit_id);
  if (!unit) return unit.error();
  located.place.unit = *unit;
  return located;
}

}  // namespace balans::cli
