#pragma once
// Which requests to send: neighbouring registers are read together as far as the device allows it.

#include <span>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/transport.hpp"

namespace balans {

/// Registers that lie together. One that holds a part of a value is never read without the rest.
struct RegisterSpan {
  ReadFunction function = ReadFunction::HoldingRegisters;
  std::uint16_t address = 0;
  std::uint16_t count = 1;
  bool operator==(const RegisterSpan&) const = default;
};

/// Requests in order of function and address that cover all of `wanted`, each within `limits`. A value longer than
/// max_registers is read by a request of its own.
std::vector<RegisterSpan> plan_reads(std::vector<RegisterSpan> wanted, const RequestLimits& limits);

}  // namespace balans
