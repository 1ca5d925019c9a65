#include <algorithm>

#include "common/io/config/config.hpp"
#include "common/io/device_file/control.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/io/device_file/fields.hpp"
#include "common/io/device_file/vectors.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxSources = 16;
constexpr std::size_t kMaxModels = 16;

void read_transports(DeviceDescription& description, const config::Section& device) {
  if (const auto tcp = device.optional_section("tcp"))
    description.tcp_port = static_cast<std::uint16_t>(tcp->required("port").integer(1, 65535));
  if (const auto serial = device.optional_section("serial")) {
    SerialFormat format =
        serial->required("format").parse([](std::string_view text) { return parse_serial_format(text); });
    format.baud = static_cast<int>(serial->required("baud").integer(300, 1'000'000));
    description.serial = format;
  }
  if (!description.tcp_port && !description.serial) device.refuse("needs tcp, serial or both");
  if (const auto unit = device.optional("unit").integer(0, 255)) description.unit = static_cast<std::uint8_t>(*unit);
}

void read_requests(DeviceDescription& description, const config::Section& device) {
  const auto requests = device.optional_section("requests");
  if (!requests) return;
  RequestLimits& limits = description.requests;
  const auto most = requests->optional("max_registers").integer(1, kMaxReadRegisters);
  if (most) limits.max_registers = static_cast<std::uint16_t>(*most);
  const auto gap = requests->optional("max_gap").integer(0, kMaxReadRegisters);
  if (gap) limits.max_gap = static_cast<std::uint16_t>(*gap);
  limits.min_gap = requests->optional("min_gap_ms").millis(0_ms, 10_s).value_or(0_ms);
}

IdentityField read_identity(const config::Section& at, const FileOrders& orders) {
  IdentityField identity;
  identity.field = read_field(at, orders, Dimension::None);
  if (identity.field.encoding.type == DataType::Ascii)
    identity.text = at.optional("expect").text();
  else
    identity.number = at.optional("expect").parse([](std::string_view text) { return parse_integer(text); });
  return identity;
}

void read_quantities(DeviceDescription& description, const config::Section& device, const FileOrders& orders) {
  const config::Section quantities = device.section("quantities");
  for (std::size_t i = 0; i < kQuantityCount; ++i) {
    const auto id = static_cast<QuantityId>(i);
    if (const auto at = quantities.optional_section(name_of(id)))
      description.quantities.push_back(read_quantity(*at, id, orders));
  }
}

/// Every `model:` names one of the file's SunSpec models, and only files with models use the key.
struct ModelCheck {
  const DeviceDescription& description;
  bool fine = true;
  template <class AnyField>
  void operator()(const AnyField& field) {
    const auto& models = description.models;
    if (field.model.has_value() == models.empty()) fine = false;
    if (field.model && std::none_of(models.begin(), models.end(), [&](const auto& m) { return m.id == *field.model; }))
      fine = false;
  }
};

void check_models(const DeviceDescription& description, const config::Section& device) {
  ModelCheck check{description};
  for_each_field(description, check);
  if (!check.fine) device.refuse("every field needs a `model` of the list `sunspec`, or none where there is no list");
}

DeviceDescription read_device(const config::Section& device) {
  DeviceDescription description;
  description.vendor = device.required("vendor").text();
  description.model = device.required("model").text();
  description.device_class = device.required("class").choice<DeviceClass>({{"meter", DeviceClass::Meter},
                                                                           {"charger", DeviceClass::Charger},
                                                                           {"heat", DeviceClass::Heat},
                                                                           {"battery", DeviceClass::Battery},
                                                                           {"inverter", DeviceClass::Inverter}});
  description.notes = device.optional("notes").text().value_or("");
  description.phases = device.required("phases").choice<int>({{"1", 1}, {"3", 3}});
  read_transports(description, device);
  read_requests(description, device);
  for (const config::Section& model : device.optional_list("sunspec", kMaxModels))
    description.models.push_back({static_cast<std::uint16_t>(model.required("model").integer(1, 65534)),
                                  static_cast<std::uint16_t>(model.required("length").integer(1, 1000))});
  const FileOrders orders = read_orders(device);
  if (const auto identity = device.optional_section("identity"))
    description.identity = read_identity(*identity, orders);
  read_quantities(description, device, orders);
  if (const auto control = device.optional_section("control")) description.control = read_control(*control, orders);
  if (description.control.has_value() == (description.device_class == DeviceClass::Meter))
    device.refuse("a meter has no control, everything else has");
  check_models(description, device);
  return description;
}

std::vector<Source> read_sources(const config::Section& root) {
  std::vector<Source> sources;
  for (const config::Section& source : root.list("source", 1, kMaxSources))
    sources.push_back({source.optional("repository").text().value_or(""), source.required("path").text(),
                       source.optional("commit").text().value_or(""), source.optional("licence").text().value_or("")});
  return sources;
}

/// "meters/eastron_sdm630" from "…/devices/meters/eastron_sdm630.yaml".
std::string device_name(const std::filesystem::path& path) {
  return (path.parent_path().filename() / path.stem()).string();
}

}  // namespace

Result<DeviceFile> load_device_file(const std::filesystem::path& path) {
  Result<config::File> file = config::File::load(path);
  if (!file) return file.error();
  const config::Section root = file->root();
  DeviceFile device_file;
  device_file.description = read_device(root.section("device"));
  device_file.description.name = device_name(path);
  device_file.description.sources = read_sources(root);
  device_file.vectors = read_vectors(root);
  if (auto fine = file->finish(); !fine) return fine.error();
  return device_file;
}

Result<DeviceDescription> load_device(const std::filesystem::path& path) {
  Result<DeviceFile> file = load_device_file(path);
  if (!file) return file.error();
  return std::move(file->description);
}

Result<DeviceDescription> load_device(const std::filesystem::path& devices_dir, std::string_view name) {
  if (name.find("..") != std::string_view::npos || name.starts_with('/'))
    return Error{std::string(name), "a device is named by folder and file, such as meters/eastron_sdm630"};
  return load_device(devices_dir / (std::string(name) + ".yaml"));
}

}  // namespace balans
