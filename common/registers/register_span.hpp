#pragma once
// Registers that lie together.

#include <cstdint>

#include "common/registers/transport.hpp"

namespace balans {

/// The unit id that the device itself has, whatever that is; others are given as they are.
inline constexpr std::uint8_t kOwnUnit = 0;

/// One that holds a part of a value is never read without the rest.
struct RegisterSpan {
  ReadFunction function = ReadFunction::HoldingRegisters;
  std::uint16_t address = 0;
  std::uint16_t count = 1;
  std::uint8_t unit_id = kOwnUnit;
  bool operator==(const RegisterSpan&) const = default;
};

}  // namespace balans
