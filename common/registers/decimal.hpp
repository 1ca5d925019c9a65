#pragma once
// Exact decimal numbers, so that a scale of 0.1 is a tenth and not the nearest binary fraction.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"
#include "common/wide_integer.hpp"

namespace balans {

/// mantissa × 10^exponent.
struct Decimal {
  std::int64_t mantissa = 1;
  int exponent = 0;

  /// "0.1", "-1", "100", "0.001". At most 18 digits; no exponent.
  static Result<Decimal> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
  bool operator==(const Decimal&) const = default;
};

/// Down is towards minus infinity, Smaller towards 0.
enum class Rounding : std::uint8_t { Nearest, Down, Smaller };

/// raw × scale × 10^more, rounded; an error when the result does not fit 64 bits.
Result<std::int64_t> scaled(Int128 raw, Decimal scale, int more, Rounding rounding);
/// The same for a floating-point raw value; NaN and infinities are errors.
Result<std::int64_t> scaled(double raw, Decimal scale, int more, Rounding rounding);
/// The inverse: value / (scale × 10^more), rounded.
Result<std::int64_t> unscaled(std::int64_t value, Decimal scale, int more, Rounding rounding);
/// The inverse for a floating-point register.
double unscaled_float(std::int64_t value, Decimal scale, int more);

}  // namespace balans
