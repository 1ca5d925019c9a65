#pragma once
// Units of device files: what they measure and how they become base units.

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/registers/description.hpp"

namespace balans {

enum class Dimension : std::uint8_t { Current, Voltage, Power, Energy, Frequency, Share, Time, None };

struct Unit {
  Dimension dimension = Dimension::None;
  int exponent = 0;  ///< base unit = unit × 10^exponent
};

/// "A", "mA", "V", … "": no unit.
Result<Unit> parse_unit(std::string_view text);
Dimension dimension_of(QuantityId id);
/// The unit in which vectors give a quantity: A, V, W, kWh, Hz, %.
Unit vector_unit(QuantityId id);
/// The number in base units; an error when it is finer than those.
Result<std::int64_t> in_base_units(std::string_view number, Unit unit);
/// Decimal or hexadecimal (0x…).
Result<std::int64_t> parse_integer(std::string_view text);
Result<std::uint16_t> parse_word(std::string_view text);
Result<QuantityId> parse_quantity(std::string_view name);

}  // namespace balans
