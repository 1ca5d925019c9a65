#include "sim/device/served_device.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

/// As long as a device takes to start.
constexpr Millis kRestartTakes = 8_s;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

Result<std::unique_ptr<ServedDevice>> ServedDevice::start(const std::vector<DeviceModelSetup>& sockets,
                                                          const ServedOver& over, WriteHook on_write) {
  BALANS_CHECK(!sockets.empty());
  std::unique_ptr<ServedDevice> served(new ServedDevice());
  std::vector<DeviceRegisters*> registers;
  for (const DeviceModelSetup& setup : sockets) {
    auto device = ModelledDevice::make(setup);
    if (!device) return device.error();
    registers.push_back(&(*device)->registers());
    served->devices_.push_back(std::move(*device));
  }
  served->box_.emplace(std::move(registers));
  if (auto listening = served->listen(sockets, over, std::move(on_write)); !listening) return listening.error();
  return served;
}

Result<void> ServedDevice::listen(const std::vector<DeviceModelSetup>& sockets, const ServedOver& over,
                                  WriteHook on_write) {
  std::map<std::uint8_t, Transport*> units;
  for (const DeviceModelSetup& setup : sockets)
    for (std::uint8_t unit : units_of(setup.description)) units[unit] = &*box_;
  if (const auto* tcp = std::get_if<ModbusTcpServerOptions>(&over)) {
    auto server = ModbusTcpServer::start(*tcp, std::move(units), std::move(on_write));
    if (!server) return server.error();
    tcp_ = std::move(*server);
    place_ = tcp->host + ":" + std::to_string(tcp_->port());
    return {};
  }
  const std::optional<SerialFormat>& line = sockets.front().description.serial;
  const Framing framing = line ? line->framing : Framing::Rtu;
  auto server = ModbusSerialServer::start(std::move(units), std::move(on_write), framing);
  if (!server) return server.error();
  serial_ = std::move(*server);
  place_ = serial_->device();
  return {};
}

void ServedDevice::set_answering(Answering answering) {
  if (tcp_) tcp_->set_answering(answering);
  if (serial_) serial_->set_answering(answering);
}

void ServedDevice::step(LocalTime now, Millis dt) {
  const bool off = locked([&](auto& devices) {
    for (const auto& device : devices) device->step(now, dt);
    return std::any_of(devices.begin(), devices.end(), [](const auto& device) { return device->is_off(); });
  });
  set_answering(off ? Answering::Refusing : line_);
}

Result<void> ServedDevice::apply(const DeviceCommand& command) {
  if (command.socket > static_cast<int>(devices_.size()))
    return Error{"socket", "there are " + std::to_string(devices_.size()) + " here"};
  if (const auto* trouble = std::get_if<DeviceTrouble>(&command.what)) set_answering(line_ = trouble->line);
  if (std::holds_alternative<ResetDevice>(command.what)) set_answering(Answering::Refusing);
  return locked([&](auto& devices) {
    ModelledDevice& device = *devices[static_cast<std::size_t>(command.socket - 1)];
    return std::visit(
        Overloaded{[&](const CarNeed& need) { return device.plug(need); }, [&](UnplugHere) { return device.unplug(); },
                   [&](BatteryWish wish) { return device.set_wish(wish); },
                   [&](const DeviceTrouble& trouble) {
                     device.set_fault(trouble.device);
                     return Result<void>();
                   },
                   [&](ResetDevice) {
                     for (const auto& each : devices) each->restart(kRestartTakes);
                     return Result<void>();
                   }},
        command.what);
  });
}

}  // namespace balans::sim
