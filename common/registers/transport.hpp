#pragma once
// What a device is reached through: Modbus TCP, Modbus RTU, or memory in tests and in a virtual device.

#include <cstdint>
#include <span>
#include <vector>

#include "common/result.hpp"

namespace balans {

/// Modbus function codes by what they do; the numbers are the codes on the wire.
enum class ReadFunction : std::uint8_t { Coils = 1, DiscreteInputs = 2, HoldingRegisters = 3, InputRegisters = 4 };
enum class WriteFunction : std::uint8_t { Coil = 5, Register = 6, Coils = 15, Registers = 16 };

constexpr bool is_bits(ReadFunction f) { return f == ReadFunction::Coils || f == ReadFunction::DiscreteInputs; }
constexpr bool is_bits(WriteFunction f) { return f == WriteFunction::Coil || f == WriteFunction::Coils; }
constexpr bool is_single(WriteFunction f) { return f == WriteFunction::Coil || f == WriteFunction::Register; }
/// The function that reads what `f` writes.
constexpr ReadFunction reads_back(WriteFunction f) {
  return is_bits(f) ? ReadFunction::Coils : ReadFunction::HoldingRegisters;
}

inline constexpr std::uint16_t kMaxReadRegisters = 125;  ///< of the protocol, for one request
inline constexpr std::uint16_t kMaxReadBits = 2000;
inline constexpr std::uint16_t kMaxWriteRegisters = 123;
inline constexpr std::uint16_t kMaxWriteBits = 1968;

/// One request at a time. Addresses are those on the wire (from 0). Bits are words of 0 or 1. An error says who, where
/// and what: `meter 127.0.0.1:1502 unit 1, register 52: timeout`.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                                  std::uint16_t count) = 0;
  virtual Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                             std::span<const std::uint16_t> words) = 0;
};

}  // namespace balans
