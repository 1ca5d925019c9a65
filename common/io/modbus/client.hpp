#pragma once
// Modbus client over TCP or RTU on libmodbus, whose own recovery is never used: see docs/architecture.md.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "common/registers/description.hpp"
#include "common/registers/transport.hpp"

namespace balans {

struct ModbusTcpEndpoint {
  std::string host;
  std::uint16_t port = 502;
};
struct ModbusSerialEndpoint {
  std::string device;  ///< "/dev/ttyUSB0"
  SerialFormat format;
};
using ModbusEndpoint = std::variant<ModbusTcpEndpoint, ModbusSerialEndpoint>;

struct ModbusClientOptions {
  std::string name;  ///< starts every error: "meter"
  ModbusEndpoint endpoint;
  std::chrono::milliseconds response_timeout{500};  ///< also bounds the wait before a reopening
  std::chrono::milliseconds byte_timeout{200};
  std::chrono::milliseconds back_off_min{100};  ///< after a failed connection; doubles up to the next
  std::chrono::milliseconds back_off_max{2000};
  std::chrono::milliseconds min_gap{0};  ///< rest between two requests
};

/// One connection, opened when first needed. Every failure but a device's own exception answer closes it, after waiting
/// for what may still come; it is opened again with the next request, not sooner than the back-off allows (until then a
/// request fails at once). Blocks for at most about two response timeouts and the connection. One thread at a time.
class ModbusClient final : public Transport {
 public:
  explicit ModbusClient(ModbusClientOptions options);
  ~ModbusClient() override;

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace balans
