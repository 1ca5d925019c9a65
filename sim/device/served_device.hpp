#pragma once
// Virtual devices behind a real Modbus server, over TCP or on a pseudo-terminal.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/io/modbus/serial_server.hpp"
#include "common/io/modbus/server.hpp"
#include "sim/device/box.hpp"
#include "sim/device/device_commands.hpp"

namespace balans::sim {

struct OverPty {};
using ServedOver = std::variant<ModbusTcpServerOptions, OverPty>;

class ServedDevice {
 public:
  using WriteHook = ModbusTcpServer::WriteHook;

  /// `sockets`: one setup for each socket of the box, the first one's first.
  static Result<std::unique_ptr<ServedDevice>> start(const std::vector<DeviceModelSetup>& sockets,
                                                     const ServedOver& over, WriteHook on_write = {});

  /// "127.0.0.1:1502", "/dev/pts/7".
  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] std::uint16_t port() const { return tcp_ ? tcp_->port() : std::uint16_t{0}; }

  void step(LocalTime now, Millis dt);
  Result<void> apply(const DeviceCommand& command);
  /// Runs `work` with the devices while no request is being answered.
  template <class Work>
  auto locked(Work&& work) {
    const auto with_devices = [&] { return work(devices_); };
    return tcp_ ? tcp_->locked(with_devices) : serial_->locked(with_devices);
  }

 private:
  ServedDevice() = default;
  Result<void> listen(const std::vector<DeviceModelSetup>& sockets, const ServedOver& over, WriteHook on_write);
  void set_answering(Answering answering);

  std::vector<std::unique_ptr<ModelledDevice>> devices_;
  std::optional<Box> box_;
  std::string place_;
  Answering line_ = Answering::Normal;    ///< its fault, when the device has power
  std::unique_ptr<ModbusTcpServer> tcp_;  ///< last: their threads use all of the above
  std::unique_ptr<ModbusSerialServer> serial_;
};

}  // namespace balans::sim
