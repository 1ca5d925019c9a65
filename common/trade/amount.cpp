#include "common/trade/amount.hpp"

#include "common/wide_integer.hpp"

namespace balans::trade {
namespace {

struct Kind {
  Asset asset;
  std::string_view name;
  int scale;
};
constexpr std::array<Kind, 4> kKinds{
    {{Asset::Eur, "EUR", 6}, {Asset::Iota, "IOTA", 9}, {Asset::Eth, "ETH", 9}, {Asset::Kwh, "KWH", 3}}};
using Wide = UInt128;

const Kind& kind_of(Asset asset) { return kKinds.at(static_cast<std::size_t>(asset)); }

std::int64_t one_of(Asset asset) {
  std::int64_t one = 1;
  for (int i = 0; i < scale_of(asset); ++i) one *= 10;
  return one;
}

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

Error not_an_amount(std::string_view text, Asset asset) {
  return {"", "'" + std::string(text.substr(0, 60)) + "' is not an amount of " + std::string(name_of(asset)) +
                  ": expected digits, at most " + std::to_string(scale_of(asset)) + " of them after a point, below " +
                  std::to_string(std::numeric_limits<std::int64_t>::max() / one_of(asset))};
}

}  // namespace

std::string_view name_of(Asset asset) { return kind_of(asset).name; }

Result<Asset> parse_asset(std::string_view name) {
  for (const Kind& kind : kKinds)
    if (kind.name == name) return kind.asset;
  return Error{"", "'" + std::string(name.substr(0, 40)) + "' is not an asset: expected EUR, IOTA, ETH or KWH"};
}

int scale_of(Asset asset) { return kind_of(asset).scale; }

std::optional<Amount> sum(Amount a, Amount b) {
  std::int64_t units = 0;
  if (__builtin_add_overflow(a.units(), b.units(), &units)) return std::nullopt;
  return Amount::of(units);
}

std::optional<Amount> difference(Amount a, Amount b) { return Amount::of(a.units() - b.units()); }

std::optional<Amount> share(Amount a, std::int64_t numerator, std::int64_t denominator) {
  if (numerator < 0 || denominator <= 0) return std::nullopt;
  const Wide units = static_cast<Wide>(a.units()) * static_cast<Wide>(numerator) / static_cast<Wide>(denominator);
  if (units > static_cast<Wide>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return Amount::of(static_cast<std::int64_t>(units));
}

std::string to_decimal(Amount amount, Asset asset) {
  const std::int64_t one = one_of(asset);
  std::string places = std::to_string(amount.units() % one);
  places.insert(0, static_cast<std::size_t>(scale_of(asset)) - places.size(), '0');
  return std::to_string(amount.units() / one) + "." + places;
}

Result<Amount> parse_decimal(std::string_view text, Asset asset) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view places = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto scale = static_cast<std::size_t>(scale_of(asset));
  const bool shaped = !whole.empty() && whole.size() <= 19 && is_digits(whole) && is_digits(places) &&
                      places.size() <= scale && (point == std::string_view::npos || !places.empty());
  if (!shaped) return not_an_amount(text, asset);
  Wide units = 0;
  for (const char c : whole) units = units * 10 + static_cast<Wide>(c - '0');
  for (std::size_t i = 0; i < scale; ++i)
    units = units * 10 + static_cast<Wide>(i < places.size() ? places[i] - '0' : 0);
  if (units > static_cast<Wide>(std::numeric_limits<std::int64_t>::max())) return not_an_amount(text, asset);
  return *Amount::of(static_cast<std::int64_t>(units));
}

}  // namespace balans::trade
