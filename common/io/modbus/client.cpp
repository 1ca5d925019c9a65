#include "common/io/modbus/client.hpp"

#include <utility>

#include "common/io/modbus/serial_client.hpp"
#include "common/io/modbus/tcp_client.hpp"

namespace balans {
namespace {

std::unique_ptr<ModbusConnection> connection_for(ModbusClientOptions options) {
  if (std::holds_alternative<ModbusTcpEndpoint>(options.endpoint))
    return std::make_unique<TcpClient>(std::move(options));
  return std::make_unique<SerialClient>(std::move(options));
}

}  // namespace

ModbusClient::ModbusClient(ModbusClientOptions options) : connection_(connection_for(std::move(options))) {}
ModbusClient::~ModbusClient() = default;

Result<std::vector<std::uint16_t>> ModbusClient::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                                      std::uint16_t count) {
  if (count < 1 || count > (is_bits(function) ? kMaxReadBits : kMaxReadRegisters))
    return Error{"register " + std::to_string(address), std::to_string(count) + " registers in one request"};
  return connection_->read(function, unit, address, count);
}

Result<void> ModbusClient::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                                 std::span<const std::uint16_t> words) {
  const std::size_t most = is_single(function) ? 1U : (is_bits(function) ? kMaxWriteBits : kMaxWriteRegisters);
  if (words.empty() || words.size() > most)
    return Error{"register " + std::to_string(address), std::to_string(words.size()) + " registers in one request"};
  return connection_->write(function, unit, address, words);
}

Heard ModbusClient::heard() const { return connection_->heard(); }

}  // namespace balans
