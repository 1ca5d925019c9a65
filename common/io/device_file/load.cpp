#include <algorithm>

#include "common/io/config/config.hpp"
#include "common/io/device_file/control.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/io/device_file/fields.hpp"
#include "common/io/device_file/vectors.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/sunspec.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxSources = 16;
constexpr std::size_t kMaxModels = 16;
constexpr std::size_t kMaxBlocks = 16;

void read_transports(DeviceDescription& description, const config::Section& device) {
  if (const auto tcp = device.optional_section("tcp"))
    description.tcp_port = static_cast<std::uint16_t>(tcp->required("port").integer(1, 65535));
  if (const auto serial = device.optional_section("serial")) {
    SerialFormat format =
        serial->required("format").parse([](std::string_view text) { return parse_serial_format(text); });
    format.baud = static_cast<int>(serial->required("baud").integer(300, 1'000'000));
    format.framing = serial->optional("framing")
                         .choice<Framing>({{"rtu", Framing::Rtu}, {"ascii", Framing::Ascii}})
                         .value_or(Framing::Rtu);
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
  limits.sent_twice = requests->optional("sent_twice").boolean().value_or(false);
  for (const config::Section& block : requests->optional_list("blocks", kMaxBlocks))
    limits.blocks.push_back({static_cast<ReadFunction>(block.required("fc").integer(1, 4)),
                             static_cast<std::uint16_t>(block.required("register").integer(0, 65535)),
                             static_cast<std::uint16_t>(block.required("count").integer(2, kMaxReadRegisters))});
  limits.min_gap = requests->optional("min_gap_ms").millis(0_ms, 10_s).value_or(0_ms);
}

void read_sockets(DeviceDescription& description, const config::Section& device) {
  const auto at = device.optional_section("sockets");
  if (!at) return;
  Sockets& sockets = description.sockets;
  sockets.most = static_cast<int>(at->required("most").integer(2, 255));
  sockets.registers = static_cast<std::uint16_t>(at->optional("registers").integer(1, 32'767).value_or(0));
  sockets.units = static_cast<std::uint8_t>(at->optional("units").integer(1, 127).value_or(0));
  if ((sockets.registers == 0) == (sockets.units == 0)) at->refuse("needs either registers or units");
  if (sockets.units != 0 && !description.unit) at->refuse("units count from the device's key unit");
}

SunSpecModel read_model_of_list(const config::Section& at) {
  SunSpecModel model;
  model.id = static_cast<std::uint16_t>(at.required("model").integer(1, 65534));
  model.length = static_cast<std::uint16_t>(at.required("length").integer(1, 1000));
  for (const std::int64_t id : at.optional("or").integer_list({1, 16}, 1, 65534).value_or(std::vector<std::int64_t>{}))
    model.alternatives.push_back(static_cast<std::uint16_t>(id));
  return model;
}

/// How one knows that a limit holds, where the file does not say.
Confirm usual_confirm(const DeviceDescription& description) {
  const auto measured = [](const QuantityField& quantity) {
    return dimension_of(quantity.id) == Dimension::Current || dimension_of(quantity.id) == Dimension::Power;
  };
  const Control& control = *description.control;
  if (can_be_read(control.draw) || can_be_read(control.feed)) return Confirm::ReadBack;
  if (std::any_of(description.quantities.begin(), description.quantities.end(), measured)) return Confirm::Current;
  return description.find(QuantityId::VehicleState) != nullptr ? Confirm::State : Confirm::Nothing;
}

void read_control_of(DeviceDescription& description, const config::Section& device, const FileOrders& orders) {
  const bool meter = description.device_class == DeviceClass::Meter;
  if (meter != !device.has("control")) device.refuse("a meter has no control, everything else has");
  if (!device.has("control") || device.optional("control").is_word("none")) return;
  const config::Section at = device.section("control");
  description.control = read_control(at, orders);
  if (!at.has("confirm")) return void(description.control->confirm = usual_confirm(description));
  const bool readable = can_be_read(description.control->draw) || can_be_read(description.control->feed);
  const Confirm confirm = description.control->confirm;
  if ((confirm == Confirm::ReadBack || confirm == Confirm::Applied) && !readable)
    at.refuse("confirm: this needs a read_back");
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
  bool known = true;
  bool inside = true;
  template <class AnyField>
  void operator()(const AnyField& field) {
    const auto& models = description.models;
    if (field.model.has_value() == models.empty()) known = false;
    if (!field.model) return;
    const auto model = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.id == *field.model; });
    if (model == models.end())
      known = false;
    else if (field.address + field.encoding.words() > 2 + model->length)
      inside = false;
  }
};

void check_models(const DeviceDescription& description, const config::Section& device) {
  ModelCheck check{description};
  for_each_field(description, check);
  if (!check.known) device.refuse("every field needs a `model` of the list `sunspec`, or none where there is no list");
  if (!check.inside) device.refuse("a field lies behind the end of its SunSpec model");
  for (const SunSpecModel& model : description.models)
    if (const auto least = least_model_length(model.id); least && model.length < *least)
      device.refuse("SunSpec model " + std::to_string(model.id) + " has length " + std::to_string(*least) +
                    " at least");
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
  description.confidence =
      device.required("confidence")
          .choice<Confidence>({{"high", Confidence::High}, {"medium", Confidence::Medium}, {"low", Confidence::Low}});
  description.notes = device.optional("notes").text().value_or("");
  description.phases = device.required("phases").choice<int>({{"1", 1}, {"3", 3}});
  read_transports(description, device);
  read_requests(description, device);
  read_sockets(description, device);
  for (const config::Section& model : device.optional_list("sunspec", kMaxModels))
    description.models.push_back(read_model_of_list(model));
  const FileOrders orders = read_orders(device);
  if (const auto identity = device.optional_section("identity"))
    description.identity = read_identity(*identity, orders);
  read_quantities(description, device, orders);
  read_control_of(description, device, orders);
  check_models(description, device);
  return description;
}

std::vector<Source> read_sources(const config::Section& root) {
  std::vector<Source> sources;
  for (const config::Section& source : root.list("source", 1, kMaxSources))
    sources.push_back({source.optional("repository").text().value_or(""), source.required("path").text(),
                       source.optional("commit").text().value_or(""), source.optional("revision").text().value_or(""),
                       source.optional("licence").text().value_or("")});
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
