#pragma once
// What a kilowatt-hour costs at a time, and what an energy costs at a price. Prices are whole base units of an asset a
// kilowatt-hour and may be below 0, as on the exchange; what is less than a base unit is carried, never lost.

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "api/core/roll_up.hpp"
#include "common/messages/orders.hpp"
#include "common/trade/amount.hpp"

namespace balans::api::energy {

enum class SummerTime : std::uint8_t {
  None,
  European,  ///< one hour, from the last Sunday of March to the last of October, 01:00 UTC both (2000/84/EC)
};
/// What the clocks on the walls show.
struct TimeZone {
  Millis offset = Millis();  ///< ahead of UTC in winter
  SummerTime summer_time = SummerTime::None;
  bool operator==(const TimeZone&) const = default;
};
Millis offset_at(const TimeZone& zone, UnixTime at);

inline constexpr std::int64_t kMinutesOfAWeek = 7 * 24 * 60;
/// Minutes since Monday 00:00 local.
std::int64_t minute_of_week(UnixTime at, const TimeZone& zone);

struct FixedPrice {
  std::int64_t per_kwh = 0;
  bool operator==(const FixedPrice&) const = default;
};
/// From this minute of the week until the next row's; the last row's until Monday 00:00.
struct WeekRow {
  std::int64_t from_minute = 0;
  std::int64_t per_kwh = 0;
  bool operator==(const WeekRow&) const = default;
};
struct WeekTable {
  std::vector<WeekRow> rows;  ///< the first from minute 0, then rising
  bool operator==(const WeekTable&) const = default;
};
/// Day-ahead prices and the like.
struct PriceSteps {
  std::vector<PriceStep> steps;  ///< by time; the first no later than the tariff's beginning
  bool operator==(const PriceSteps&) const = default;
};

enum class TariffKind : std::uint8_t {
  Import,  ///< what the supplier is owed
  FeedIn,  ///< what the supplier owes
};
std::string_view name_of(TariffKind kind);  // "import", "feed-in"
Result<TariffKind> parse_tariff_kind(std::string_view name);

struct Tariff {
  TariffKind kind = TariffKind::Import;
  trade::Asset asset = trade::Asset::Eur;
  Span valid;  ///< `to` outside
  std::variant<FixedPrice, WeekTable, PriceSteps> price;
  bool operator==(const Tariff&) const = default;
};

inline constexpr std::int64_t kHighestPrice = 1'000'000'000'000;  ///< base units a kWh, either way
inline constexpr std::size_t kMostTariffRows = 40'000;            ///< a year of quarter-hours

/// Errors name the row: `rows[3].from_minute`.
Result<void> check(const Tariff& tariff);
/// Base units a kilowatt-hour. The tariff has passed `check`; an error where it does not hold at that time.
Result<std::int64_t> price_at(const Tariff& tariff, UnixTime at, const TimeZone& zone);
/// The price of a kind among a site's tariffs; the first that holds at that time counts. Nothing where the site has
/// none of that kind at all; an error where it has, and none holds.
Result<std::optional<std::int64_t>> price_at(std::span<const Tariff> tariffs, TariffKind kind, UnixTime at,
                                             const TimeZone& zone);

/// Base units, and thousandths of one that are carried to the next charge; both have the sign of what is owed.
struct Charge {
  std::int64_t units = 0;
  std::int64_t carried_milli = 0;
  bool operator==(const Charge&) const = default;
};
/// price × energy + what was carried, to the last thousandth; an error where that does not fit.
Result<Charge> charge(std::int64_t per_kwh, WattHours energy, std::int64_t carried_milli);

}  // namespace balans::api::energy
