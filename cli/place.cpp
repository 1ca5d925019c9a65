#include "cli/place.hpp"

#include <charconv>
#include <set>
#include <utility>

#include "common/registers/installed.hpp"

namespace balans::cli {
namespace {

std::optional<int> whole(std::string_view text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

/// Problems of what was read; keys that only an agent reads are not problems here.
Result<void> problems_of(const config::File& file) {
  for (const Error& problem : file.problems())
    if (problem.what.find("is not a known key") == std::string::npos) return problem;
  return {};
}

}  // namespace

Result<ModbusTcpEndpoint> parse_host(const std::string& text, std::uint16_t usual_port) {
  ModbusTcpEndpoint endpoint{text, usual_port};
  std::string port;
  if (const std::size_t close = text.find(']'); text.starts_with('[') && close != std::string::npos) {
    endpoint.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string::npos && colon == text.rfind(':')) {
    endpoint.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!port.empty()) {
    const auto number = port.front() == ':' ? whole(std::string_view(port).substr(1), 1, 65535) : std::nullopt;
    if (!number) return Error{text, "expected HOST or HOST:PORT"};
    endpoint.port = static_cast<std::uint16_t>(*number);
  }
  if (endpoint.host.empty() || endpoint.host.size() > 253) return Error{text, "expected HOST or HOST:PORT"};
  return endpoint;
}

Result<std::vector<std::uint8_t>> parse_units(const std::string& text) {
  std::set<std::uint8_t> units;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part(text.data() + begin, end - begin);
    const std::size_t dash = part.find('-');
    const auto first = whole(part.substr(0, dash), 0, 255);
    const auto last = dash == std::string_view::npos ? first : whole(part.substr(dash + 1), 0, 255);
    if (!first || !last || *last < *first) return Error{text, "expected unit ids such as 1,3,10-20, each 0..255"};
    for (int unit = *first; unit <= *last; ++unit) units.insert(static_cast<std::uint8_t>(unit));
    begin = end + 1;
  }
  return std::vector<std::uint8_t>(units.begin(), units.end());
}

Result<ConfiguredDevice> read_agent_device(const std::filesystem::path& path) {
  const auto file = config::File::load(path);
  if (!file) return file.error();
  const config::Section root = file->root();
  const config::Section section = root.section("device");
  ConfiguredDevice device;
  device.name = section.required("file").text();
  device.place = read_modbus_place(section);
  device.says_unit = section.has("unit");
  device.socket = static_cast<int>(section.optional("socket").integer(1, 255).value_or(1));
  device.devices_dir = root.optional("devices_dir").path();
  device.max = root.optional("max_a").amps(0_A, 5000_A);
  if (const auto phases = root.optional("phases").phases()) device.phases = static_cast<int>(phases->size());
  if (const auto fine = problems_of(*file); !fine) return fine.error();
  return device;
}

Result<DeviceDescription> as_configured(DeviceDescription description, const ConfiguredDevice& device,
                                        std::optional<Milliamps> nameplate) {
  if (device.says_unit || !description.unit) description.unit = device.place.unit;
  return installed(std::move(description), {device.socket, nameplate});
}

}  // namespace balans::cli
