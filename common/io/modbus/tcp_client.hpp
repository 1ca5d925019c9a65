#pragma once
// Modbus TCP on libmodbus.

#include <memory>

#include "common/io/modbus/client.hpp"

namespace balans {

class TcpClient final : public ModbusConnection {
 public:
  /// `options.endpoint` is a TCP one.
  explicit TcpClient(ModbusClientOptions options);
  ~TcpClient() override;

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;
  [[nodiscard]] Heard heard() const override;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace balans
