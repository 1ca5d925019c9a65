#include "sim/street/virtual_device.hpp"

namespace balans::sim {

Result<std::unique_ptr<VirtualDevice>> VirtualDevice::start(const DeviceDescription& description, int phases,
                                                            std::optional<Watts> rated_power,
                                                            std::optional<Millis> installed_timeout) {
  auto registers = DeviceRegisters::make(description, {phases, rated_power, installed_timeout});
  if (!registers) return registers.error();
  std::unique_ptr<VirtualDevice> device(new VirtualDevice(description.unit.value_or(1), std::move(*registers)));
  auto server = ModbusTcpServer::start({}, {{device->unit_, device->registers_.get()}});
  if (!server) return server.error().within(description.name);
  device->server_ = std::move(*server);
  return device;
}

Orders VirtualDevice::take_orders() {
  return server_->locked([&] { return registers_->take_orders(); });
}

Result<void> VirtualDevice::show(const Sample& sample, LocalTime now) {
  return server_->locked([&] {
    RegisterImage& image = registers_->image();
    Result<void> shown = image.show(sample);
    if (!shown || !image.description().find(QuantityId::Clock)) return shown;
    return image.set(QuantityId::Clock, now.ms() / 1000);
  });
}

void VirtualDevice::edit(const std::function<void(RegisterImage&)>& work) {
  server_->locked([&] { work(registers_->image()); });
}

}  // namespace balans::sim
