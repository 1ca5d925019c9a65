#include "cli/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/probe.hpp"
#include "common/registers/field.hpp"

namespace balans::cli {
namespace {

constexpr int kPatience = 40;
constexpr std::size_t kMostFirstWords = 6;
constexpr std::uint8_t kFirstUnitsOnALine = 10;

using Say = std::function<void(const std::string&)>;

std::string listed(const std::vector<std::uint8_t>& units) {
  std::string text;
  for (const std::uint8_t unit : units) text += fmt::format("{}{}", text.empty() ? "" : ", ", unit);
  return text;
}

/// What is asked to find out whether a unit is there: anything, then what devices with this unit id have.
std::vector<RegisterSpan> first_words(const Catalogue& catalogue, std::uint8_t unit) {
  std::vector<RegisterSpan> spans{{ReadFunction::HoldingRegisters, 0, 1}, {ReadFunction::InputRegisters, 0, 1}};
  for (const DeviceFile& file : catalogue.files) {
    const DeviceDescription& device = file.description;
    if (spans.size() == kMostFirstWords) break;
    if (device.unit != unit || device.quantities.empty() || !device.models.empty()) continue;
    const RegisterSpan span = span_of(device.quantities.front().field);
    if (std::find(spans.begin(), spans.end(), span) == spans.end()) spans.push_back(span);
  }
  return spans;
}

bool is_there(Probe& probe, const Catalogue& catalogue, std::uint8_t unit) {
  for (const RegisterSpan& span : first_words(catalogue, unit)) {
    (void)probe.read(span.function, unit, span.address, span.count);
    if (probe.heard(unit)) return true;
    if (!probe.has_line()) return false;
  }
  return false;
}

bool alike(const Recognition& a, const Recognition& b) {
  const auto same = [](const std::vector<Candidate>& one, const std::vector<Candidate>& other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](const Candidate& x, const Candidate& y) { return x.device == y.device; });
  };
  return a.sunspec == b.sunspec && a.identity == b.identity && same(a.proved, b.proved) && same(a.fitting, b.fitting);
}

/// A device with a network of its own often answers whatever unit id it is called by.
void add(std::vector<FoundUnit>& found, FoundUnit unit) {
  if (std::holds_alternative<ModbusTcpEndpoint>(unit.endpoint))
    for (FoundUnit& other : found)
      if (alike(other.recognition, unit.recognition) && other.complete == unit.complete)
        return other.units.push_back(unit.units.front());
  found.push_back(std::move(unit));
}

struct Place {
  const Catalogue& catalogue;
  const ScanOptions& options;
  const Say& say;
};

/// All units at one endpoint; `error` where there is no line at all. A device may close the connection when it is asked
/// for a unit that is not its own: the next one is asked all the same.
std::vector<FoundUnit> scan_endpoint(const Place& place, const ModbusEndpoint& endpoint,
                                     const std::vector<std::uint8_t>& units, std::optional<Error>& error) {
  ModbusClientOptions client_options;
  client_options.endpoint = endpoint;
  client_options.response_timeout = place.options.timeout;
  client_options.byte_timeout = place.options.timeout;
  ModbusClient client(std::move(client_options));
  Probe probe(client, kPatience);
  std::vector<FoundUnit> found;
  std::optional<Error> trouble;
  place.say(fmt::format("{}: units {}", words_of(endpoint), listed(units)));
  for (const std::uint8_t unit : units) {
    if (!is_there(probe, place.catalogue, unit)) {
      if (!trouble) trouble = probe.trouble();
      continue;
    }
    place.say(fmt::format("{}: unit {} answers, trying {} device files", words_of(endpoint), unit,
                          place.catalogue.files.size()));
    FoundUnit there{endpoint, {unit}, recognise(probe, unit, place.catalogue), true};
    there.complete = !probe.gave_up(unit);
    add(found, std::move(there));
  }
  if (found.empty()) error = trouble;
  return found;
}

void scan_line(const Place& place, const std::string& line, ScanResult& result) {
  const ScanOptions& options = place.options;
  const auto units = options.units.empty() ? usual_units(place.catalogue, true) : options.units;
  for (const SerialFormat& format : options.formats.empty() ? usual_formats(place.catalogue) : options.formats) {
    std::optional<Error> error;
    std::vector<FoundUnit> found = scan_endpoint(place, ModbusSerialEndpoint{line, format}, units, error);
    if (error) return result.unreachable.push_back(*error);
    const bool any = !found.empty();
    for (FoundUnit& unit : found) result.found.push_back(std::move(unit));
    if (any && options.settings == ScanOptions::Formats::UntilOneAnswers)
      return place.say(line + ": devices on one line share its settings, so no others are tried (--all-settings)");
  }
}

void count(std::vector<std::pair<SerialFormat, int>>& counted, const SerialFormat& format, int more) {
  const auto known =
      std::find_if(counted.begin(), counted.end(), [&](const auto& entry) { return entry.first == format; });
  if (known == counted.end())
    counted.emplace_back(format, more);
  else
    known->second += more;
}

}  // namespace

std::string words_of(const ModbusEndpoint& endpoint) {
  if (const auto* tcp = std::get_if<ModbusTcpEndpoint>(&endpoint)) return fmt::format("{}:{}", tcp->host, tcp->port);
  const auto& serial = std::get<ModbusSerialEndpoint>(endpoint);
  return serial.device + " " + text_of(serial.format);
}

std::vector<SerialFormat> usual_formats(const Catalogue& catalogue) {
  std::vector<std::pair<SerialFormat, int>> counted;
  for (const DeviceFile& file : catalogue.files)
    if (file.description.serial && file.description.serial->framing == Framing::Rtu)
      count(counted, *file.description.serial, 1);
  for (const int baud : {9600, 19200, 38400, 57600, 115200})
    for (const auto& [parity, stop_bits] : {std::pair('N', 1), std::pair('E', 1), std::pair('N', 2)})
      count(counted, SerialFormat{baud, 8, parity, stop_bits}, 0);
  std::stable_sort(counted.begin(), counted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<SerialFormat> formats;
  for (const auto& [format, times] : counted) formats.push_back(format);
  return formats;
}

std::vector<std::uint8_t> usual_units(const Catalogue& catalogue, bool on_a_line) {
  std::set<std::uint8_t> units{1};
  if (on_a_line)
    for (std::uint8_t unit = 1; unit <= kFirstUnitsOnALine; ++unit) units.insert(unit);
  for (const DeviceFile& file : catalogue.files)
    if (const auto unit = file.description.unit; unit && (!on_a_line || (*unit != 0 && file.description.serial)))
      units.insert(*unit);
  return {units.begin(), units.end()};
}

ScanResult scan(const ScanOptions& options, const Catalogue& catalogue, const Say& say) {
  const Place place{catalogue, options, say};
  ScanResult result;
  for (const ModbusTcpEndpoint& host : options.hosts) {
    const auto units = options.units.empty() ? usual_units(catalogue, false) : options.units;
    std::optional<Error> error;
    for (FoundUnit& unit : scan_endpoint(place, host, units, error)) result.found.push_back(std::move(unit));
    if (error) result.unreachable.push_back(*error);
  }
  for (const std::string& line : options.lines) scan_line(place, line, result);
  return result;
}

}  // namespace balans::cli
