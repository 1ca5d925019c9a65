#pragma once
// From registers to a Sample.

#include "common/registers/description.hpp"
#include "common/registers/field.hpp"
#include "common/registers/sample.hpp"

namespace balans {

/// The quantity in base units; nothing when it is optional and not available. An error says what stands there and what
/// was expected, without saying where.
Result<std::optional<std::int64_t>> quantity_at(const QuantityField& quantity, const RegisterMemory& memory);

/// Everything but the setpoint. The error's `where` is `current_l1, register 6`.
Result<Sample> assemble(const DeviceDescription& description, const RegisterMemory& memory);

}  // namespace balans
