#pragma once
// Money and what is counted like it: whole numbers of the smallest unit that the journal keeps of an asset. There are
// no negative amounts and no rounding here; what does not fit is refused, never wrapped.

#include <array>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans::trade {

/// What a journal counts. `scale` decimal places are kept: one unit is 10^−scale.
enum class Asset : std::uint8_t { Eur, Iota, Eth, Kwh };
inline constexpr std::array<Asset, 4> kAssets{Asset::Eur, Asset::Iota, Asset::Eth, Asset::Kwh};
std::string_view name_of(Asset asset);  // "EUR", "IOTA", "ETH", "KWH"
Result<Asset> parse_asset(std::string_view name);
/// EUR 6, IOTA and ETH 9, KWH 3 (DESIGN: assets and scales).
int scale_of(Asset asset);

/// 0 ≤ amount < 2^63, in units of an asset that stands beside it.
class Amount {
 public:
  constexpr Amount() = default;
  /// Nothing for a negative number.
  static constexpr std::optional<Amount> of(std::int64_t units) {
    return units < 0 ? std::nullopt : std::optional(Amount(units));
  }
  [[nodiscard]] constexpr std::int64_t units() const { return units_; }
  [[nodiscard]] constexpr bool is_zero() const { return units_ == 0; }
  constexpr auto operator<=>(const Amount&) const = default;

 private:
  constexpr explicit Amount(std::int64_t units) : units_(units) {}
  std::int64_t units_ = 0;
};

/// Nothing where the sum does not fit, or the difference would be below zero.
std::optional<Amount> sum(Amount a, Amount b);
std::optional<Amount> difference(Amount a, Amount b);
/// floor(a · numerator / denominator) without losing a bit on the way; nothing where it does not fit or denominator ≤ 0
/// or numerator < 0.
std::optional<Amount> share(Amount a, std::int64_t numerator, std::int64_t denominator);

/// "12.340000" with all of the asset's decimal places.
std::string to_decimal(Amount amount, Asset asset);
/// Reads what `to_decimal` writes, and shorter forms ("12.34", "12"); refuses signs, more places than the asset has,
/// and what does not fit.
Result<Amount> parse_decimal(std::string_view text, Asset asset);

}  // namespace balans::trade
