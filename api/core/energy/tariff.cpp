#include "api/core/energy/tariff.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "api/core/rfc3339.hpp"
#include "common/wide_integer.hpp"

namespace balans::api::energy {
namespace {

using Wide = Int128;

constexpr std::int64_t kDay = 86'400'000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Days since 1970 of a day of the proleptic Gregorian calendar, month 3..12 (years counted from March).
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t leaps = floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400);
  return 365 * year + leaps + (153 * (month - 3) + 2) / 5 + day - 1 - 719'468;
}

/// Monday 0 … Sunday 6; 1 January 1970 was a Thursday.
std::int64_t weekday(std::int64_t days) { return (days + 3) - 7 * floor_div(days + 3, 7); }

/// 01:00 UTC on the last Sunday of a month of 31 days.
std::int64_t last_sunday(std::int64_t year, std::int64_t month) {
  const std::int64_t last = days_of(year, month, 31);
  return (last - (weekday(last) + 1) % 7) * kDay + 3'600'000;
}

std::int64_t year_of(UnixTime at) {
  const std::int64_t days = floor_div(at.ms(), kDay);
  std::int64_t year = 1970 + floor_div(days * 400, 146'097);
  // The quotient is at most one off around New Year: 1 January is 306 days after 1 March of the year before.
  while (days_of(year, 3, 1) + 306 <= days) ++year;
  while (days_of(year - 1, 3, 1) + 306 > days) --year;
  return year;
}

Error row_error(std::string_view list, std::size_t row, std::string_view key, std::string what) {
  return {std::string(list) + "[" + std::to_string(row) + "]" + std::string(key), std::move(what)};
}

std::string out_of_range(std::int64_t number, std::int64_t low, std::int64_t high) {
  return std::to_string(number) + " is outside " + std::to_string(low) + ".." + std::to_string(high);
}

bool is_price(std::int64_t per_kwh) { return per_kwh >= -kHighestPrice && per_kwh <= kHighestPrice; }

Result<void> check_count(std::string_view list, std::size_t count) {
  if (count == 0 || count > kMostTariffRows)
    return Error{std::string(list),
                 "has " + std::to_string(count) + " rows, expected 1.." + std::to_string(kMostTariffRows)};
  return {};
}

Result<void> check_price(const FixedPrice& price, const Span&) {
  if (is_price(price.per_kwh)) return {};
  return Error{"per_kwh", out_of_range(price.per_kwh, -kHighestPrice, kHighestPrice)};
}

Result<void> check_price(const WeekTable& table, const Span&) {
  if (const auto counted = check_count("rows", table.rows.size()); !counted) return counted;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const WeekRow& row = table.rows[i];
    if (i == 0 && row.from_minute != 0) return row_error("rows", i, ".from_minute", "expected 0: the week's first");
    if (i > 0 && row.from_minute <= table.rows[i - 1].from_minute)
      return row_error("rows", i, ".from_minute", "is not after the row before");
    if (row.from_minute >= kMinutesOfAWeek)
      return row_error("rows", i, ".from_minute", out_of_range(row.from_minute, 0, kMinutesOfAWeek - 1));
    if (!is_price(row.per_kwh))
      return row_error("rows", i, ".per_kwh", out_of_range(row.per_kwh, -kHighestPrice, kHighestPrice));
  }
  return {};
}

Result<void> check_price(const PriceSteps& prices, const Span& valid) {
  if (const auto counted = check_count("steps", prices.steps.size()); !counted) return counted;
  for (std::size_t i = 0; i < prices.steps.size(); ++i) {
    const PriceStep& step = prices.steps[i];
    if (i == 0 && step.from > valid.from) return row_error("steps", i, ".from", "is after the tariff begins");
    if (i > 0 && step.from <= prices.steps[i - 1].from)
      return row_error("steps", i, ".from", "is not after the step before");
    if (!is_price(step.per_kwh))
      return row_error("steps", i, ".per_kwh", out_of_range(step.per_kwh, -kHighestPrice, kHighestPrice));
  }
  return {};
}

std::int64_t price_of(const FixedPrice& price, UnixTime, const TimeZone&) { return price.per_kwh; }

std::int64_t price_of(const WeekTable& table, UnixTime at, const TimeZone& zone) {
  const std::int64_t minute = minute_of_week(at, zone);
  const auto after = std::upper_bound(table.rows.begin(), table.rows.end(), minute,
                                      [](std::int64_t m, const WeekRow& row) { return m < row.from_minute; });
  return std::prev(after)->per_kwh;
}

std::int64_t price_of(const PriceSteps& prices, UnixTime at, const TimeZone&) {
  const auto after = std::upper_bound(prices.steps.begin(), prices.steps.end(), at,
                                      [](UnixTime time, const PriceStep& step) { return time < step.from; });
  return std::prev(after)->per_kwh;
}

}  // namespace

Millis offset_at(const TimeZone& zone, UnixTime at) {
  if (zone.summer_time == SummerTime::None) return zone.offset;
  const std::int64_t year = year_of(at);
  const bool summer = at.ms() >= last_sunday(year, 3) && at.ms() < last_sunday(year, 10);
  return summer ? zone.offset + 60_min : zone.offset;
}

std::int64_t minute_of_week(UnixTime at, const TimeZone& zone) {
  const std::int64_t minutes = floor_div((at + offset_at(zone, at)).ms(), 60'000) + 3 * 24 * 60;
  return minutes - kMinutesOfAWeek * floor_div(minutes, kMinutesOfAWeek);
}

std::string_view name_of(TariffKind kind) { return kind == TariffKind::Import ? "import" : "feed-in"; }

Result<TariffKind> parse_tariff_kind(std::string_view name) {
  for (const TariffKind kind : {TariffKind::Import, TariffKind::FeedIn})
    if (name_of(kind) == name) return kind;
  return Error{"", "'" + std::string(name.substr(0, 40)) + "' is not a kind of tariff: expected import or feed-in"};
}

Result<void> check(const Tariff& tariff) {
  if (tariff.valid.to <= tariff.valid.from) return Error{"until", "is not after from"};
  return std::visit([&](const auto& price) { return check_price(price, tariff.valid); }, tariff.price);
}

Result<std::int64_t> price_at(const Tariff& tariff, UnixTime at, const TimeZone& zone) {
  if (at < tariff.valid.from || at >= tariff.valid.to)
    return Error{"tariff " + std::string(name_of(tariff.kind)), "does not hold at " + to_rfc3339(at)};
  return std::visit([&](const auto& price) { return price_of(price, at, zone); }, tariff.price);
}

Result<std::optional<std::int64_t>> price_at(std::span<const Tariff> tariffs, TariffKind kind, UnixTime at,
                                             const TimeZone& zone) {
  bool any = false;
  for (const Tariff& tariff : tariffs) {
    if (tariff.kind != kind) continue;
    any = true;
    if (const auto price = price_at(tariff, at, zone)) return std::optional(*price);
  }
  if (!any) return std::optional<std::int64_t>();
  return Error{"tariff " + std::string(name_of(kind)), "there is none for " + to_rfc3339(at)};
}

Result<Charge> charge(std::int64_t per_kwh, WattHours energy, std::int64_t carried_milli) {
  const Wide milli = static_cast<Wide>(per_kwh) * energy.count() + carried_milli;
  const Wide units = milli / 1000;
  if (units > INT64_MAX || units < -INT64_MAX)
    return Error{"charge", std::to_string(energy.count()) + " Wh at " + std::to_string(per_kwh) +
                               " a kWh is more than an amount can be"};
  return Charge{static_cast<std::int64_t>(units), static_cast<std::int64_t>(milli % 1000)};
}

}  // namespace balans::api::energy
