#pragma once
// Modbus client over TCP (libmodbus, whose own recovery is never used) or a serial line (our own): see
// docs/architecture.md.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/io/modbus/connection.hpp"
#include "common/registers/serial_format.hpp"
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
  std::chrono::milliseconds response_timeout{500};
  std::optional<std::chrono::milliseconds>
      byte_timeout{};                           ///< inside an answer; absent: 200 ms, 1 s with ASCII framing
  std::chrono::milliseconds quiet{20};          ///< of a serial line: the silence that ends damage
  std::chrono::milliseconds back_off_min{100};  ///< after a failed connection; doubles up to the next
  std::chrono::milliseconds back_off_max{2000};
  std::chrono::milliseconds min_gap{0};  ///< rest between two requests
};

/// One connection, opened when first needed. Over TCP every failure but a device's own exception answer closes it, and
/// late answers go with it; on a serial line late answers are told apart by their order and form. A connection is
/// opened again with the next request, not sooner than the back-off allows (until then a request fails at once). Blocks
/// for at most about two response timeouts and the connection; a few more where answers look like echoes. One thread at
/// a time.
class ModbusClient final : public ModbusConnection {
 public:
  explicit ModbusClient(ModbusClientOptions options);
  ~ModbusClient() override;

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;
  [[nodiscard]] Heard heard() const override;

 private:
  std::unique_ptr<ModbusConnection> connection_;
};

}  // namespace balans
