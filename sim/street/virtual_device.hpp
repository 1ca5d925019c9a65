#pragma once
// A device's Modbus side: a real Modbus TCP server whose registers are laid out by the device's description.

#include <cstdint>
#include <functional>
#include <memory>

#include "common/io/modbus/server.hpp"
#include "sim/device/device_registers.hpp"
#include "sim/physics/units.hpp"

namespace balans::sim {

class VirtualDevice {
 public:
  /// Listens on a free port. `rated_power` is for devices that are told a share of it; `installed_timeout` is what its
  /// installer has set on the device. Both have usual values. Where it shows a safe limit that is set there, it is 0.
  static Result<std::unique_ptr<VirtualDevice>> start(const DeviceDescription& description, int phases,
                                                      std::optional<Watts> rated_power,
                                                      std::optional<Millis> installed_timeout = std::nullopt);

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::uint8_t unit() const { return unit_; }
  void set_answering(Answering answering) { server_->set_answering(answering); }

  Orders take_orders();
  /// Shows what the device has registers for; an error when a value does not fit its register.
  Result<void> show(const Sample& sample, LocalTime now);
  /// Other ways to fill the registers, for faults.
  void edit(const std::function<void(RegisterImage&)>& work);

 private:
  VirtualDevice(std::uint8_t unit, std::unique_ptr<DeviceRegisters> registers)
      : unit_(unit), registers_(std::move(registers)) {}

  std::uint8_t unit_;
  std::unique_ptr<DeviceRegisters> registers_;
  std::unique_ptr<ModbusTcpServer> server_;  ///< last: its thread uses the registers
};

}  // namespace balans::sim
