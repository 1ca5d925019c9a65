#include "common/registers/decimal.hpp"

#include <cmath>
#include <limits>

namespace balans {
namespace {

constexpr int kMaxExponent = 18;  // 10^18 times any 64-bit number fits 128 bits

Int128 power_of_ten(int exponent) {
  Int128 result = 1;
  for (int i = 0; i < exponent; ++i) result *= 10;
  return result;
}

Int128 divide(Int128 numerator, Int128 denominator, Rounding rounding) {
  if (denominator < 0) numerator = -numerator, denominator = -denominator;
  const Int128 magnitude = numerator < 0 ? -numerator : numerator;
  const Int128 quotient = magnitude / denominator;
  const Int128 rest = magnitude % denominator;
  if (rounding == Rounding::Nearest) {
    const Int128 rounded = rest >= denominator - rest ? quotient + 1 : quotient;
    return numerator < 0 ? -rounded : rounded;
  }
  if (numerator >= 0) return quotient;
  if (rounding == Rounding::Smaller) return -quotient;
  return rest == 0 ? -quotient : -quotient - 1;
}

Result<std::int64_t> narrowed(Int128 value) {
  if (value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max())
    return Error{"", "the value does not fit 64 bits"};
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  const Error error{"", "'" + std::string(text) + "' is not a decimal number such as 0.1, at most 18 digits"};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Decimal result{0, 0};
  int digits = 0;
  bool fraction = false;
  for (char c : text) {
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kMaxExponent) return error;
    result.mantissa = result.mantissa * 10 + (c - '0');
    if (fraction) --result.exponent;
  }
  if (digits == 0 || text.ends_with('.') || text.starts_with('.')) return error;
  if (negative) result.mantissa = -result.mantissa;
  return result;
}

std::string Decimal::str() const {
  std::string text = std::to_string(mantissa < 0 ? -mantissa : mantissa);
  if (exponent >= 0) {
    text.append(static_cast<std::size_t>(exponent), '0');
  } else {
    const auto places = static_cast<std::size_t>(-exponent);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, ".");
  }
  return mantissa < 0 ? "-" + text : text;
}

Result<std::int64_t> scaled(Int128 raw, Decimal scale, int more, Rounding rounding) {
  const int exponent = scale.exponent + more;
  if (exponent < -2 * kMaxExponent || exponent > kMaxExponent) return Error{"", "the scale is out of bounds"};
  const Int128 product = raw * scale.mantissa;
  if (exponent < 0) return narrowed(divide(product, power_of_ten(-exponent), rounding));
  const Int128 factor = power_of_ten(exponent);
  const Int128 limit = (Int128{1} << 126) / factor;
  if (product > limit || product < -limit) return Error{"", "the value does not fit 64 bits"};
  return narrowed(product * factor);
}

Result<std::int64_t> scaled(double raw, Decimal scale, int more, Rounding rounding) {
  if (!std::isfinite(raw)) return Error{"", std::isnan(raw) ? "NaN (not available)" : "infinite"};
  const int exponent = scale.exponent + more;
  if (exponent < -2 * kMaxExponent || exponent > kMaxExponent) return Error{"", "the scale is out of bounds"};
  double value = raw * static_cast<double>(scale.mantissa);
  // Powers of ten up to 10^22 are exact doubles, negative ones never: so divide rather than multiply.
  value = exponent < 0 ? value / static_cast<double>(power_of_ten(-exponent))
                       : value * static_cast<double>(power_of_ten(exponent));
  if (rounding == Rounding::Smaller)
    value = std::trunc(value);
  else
    value = rounding == Rounding::Nearest ? std::round(value) : std::floor(value);
  constexpr double kLimit = 9.2e18;
  if (value > kLimit || value < -kLimit) return Error{"", "the value does not fit 64 bits"};
  return static_cast<std::int64_t>(value);
}

Result<std::int64_t> unscaled(std::int64_t value, Decimal scale, int more, Rounding rounding) {
  const int exponent = scale.exponent + more;
  if (scale.mantissa == 0 || exponent < -kMaxExponent || exponent > kMaxExponent)
    return Error{"", "the scale is out of bounds"};
  const Int128 numerator = exponent < 0 ? value * power_of_ten(-exponent) : Int128{value};
  const Int128 denominator = exponent < 0 ? Int128{scale.mantissa} : scale.mantissa * power_of_ten(exponent);
  return narrowed(divide(numerator, denominator, rounding));
}

double unscaled_float(std::int64_t value, Decimal scale, int more) {
  const int exponent = scale.exponent + more;
  const double ratio = static_cast<double>(value) / static_cast<double>(scale.mantissa);
  return exponent < 0 ? ratio * static_cast<double>(power_of_ten(-exponent))
                      : ratio / static_cast<double>(power_of_ten(exponent));
}

}  // namespace balans
