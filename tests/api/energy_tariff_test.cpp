// What a kilowatt-hour costs at a time, and that no thousandth of a unit is lost.
#include "api/core/energy/tariff.hpp"

#include <gtest/gtest.h>

#include <random>

#include "api/core/rfc3339.hpp"

namespace balans::api::energy::test {
namespace {

UnixTime at(const std::string& text) { return *parse_rfc3339(text); }
constexpr TimeZone kBerlin{60_min, SummerTime::European};

Tariff tariff(decltype(Tariff::price) price) {
  return {TariffKind::Import, trade::Asset::Eur, {at("2024-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z")}, price};
}

TEST(Tariff, HoldsFromItsBeginningToBeforeItsEnd) {
  const Tariff fixed = tariff(FixedPrice{300'000});
  EXPECT_EQ(*price_at(fixed, at("2024-01-01T00:00:00Z"), {}), 300'000);
  EXPECT_EQ(*price_at(fixed, at("2024-12-31T23:59:59Z"), {}), 300'000);
  EXPECT_EQ(price_at(fixed, at("2025-01-01T00:00:00Z"), {}).error().message(),
            "tariff import: does not hold at 2025-01-01T00:00:00.000Z");
}

TEST(Tariff, TakesTheFirstThatHoldsAndSaysWhenThereIsNone) {
  Tariff later = tariff(FixedPrice{1});
  later.valid = {at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")};
  const std::vector<Tariff> both{tariff(FixedPrice{2}), later};
  EXPECT_EQ(*price_at(both, TariffKind::Import, at("2024-06-01T00:00:00Z"), {}), 2);
  EXPECT_EQ(*price_at(both, TariffKind::Import, at("2025-06-01T00:00:00Z"), {}), 1);
  EXPECT_FALSE(price_at(both, TariffKind::Import, at("2026-06-01T00:00:00Z"), {}).ok());
  EXPECT_EQ(*price_at(both, TariffKind::FeedIn, at("2025-06-01T00:00:00Z"), {}), std::nullopt);
}

TEST(Tariff, FollowsTheWeekOnTheWall) {
  // Nights of weekdays are cheap until 06:00 on Monday, and all of the weekend.
  const Tariff week = tariff(WeekTable{{{0, 10}, {6 * 60, 30}, {5 * 24 * 60, 10}}});
  ASSERT_TRUE(check(week).ok());
  const auto price = [&](const std::string& time) { return *price_at(week, at(time), kBerlin); };
  EXPECT_EQ(price("2024-01-08T04:59:00Z"), 10) << "Monday 05:59 in winter";
  EXPECT_EQ(price("2024-01-08T05:00:00Z"), 30) << "Monday 06:00 in winter";
  EXPECT_EQ(price("2024-07-08T03:59:00Z"), 10) << "Monday 05:59 in summer";
  EXPECT_EQ(price("2024-07-08T04:00:00Z"), 30) << "Monday 06:00 in summer";
  EXPECT_EQ(price("2024-07-12T21:59:00Z"), 30) << "Friday 23:59 in summer";
  EXPECT_EQ(price("2024-07-12T22:00:00Z"), 10) << "Saturday 00:00 in summer";
}

TEST(Tariff, KnowsTheLastSundaysOfMarchAndOctober) {
  for (const auto& [time, hours] : std::vector<std::pair<std::string, int>>{{"2024-03-31T00:59:59Z", 1},
                                                                            {"2024-03-31T01:00:00Z", 2},
                                                                            {"2024-10-27T00:59:59Z", 2},
                                                                            {"2024-10-27T01:00:00Z", 1},
                                                                            {"2026-03-29T00:59:59Z", 1},
                                                                            {"2026-03-29T01:00:00Z", 2},
                                                                            {"2027-10-31T00:59:59Z", 2},
                                                                            {"2027-10-31T01:00:00Z", 1},
                                                                            {"2023-12-31T23:59:59Z", 1},
                                                                            {"2024-01-01T00:00:00Z", 1}})
    EXPECT_EQ(offset_at(kBerlin, at(time)), hours * 60_min) << time;
}

TEST(Tariff, StepsHoldUntilTheNext) {
  const Tariff steps = tariff(PriceSteps{{{at("2024-01-01T00:00:00Z"), 5}, {at("2024-01-01T01:00:00Z"), -2}}});
  ASSERT_TRUE(check(steps).ok());
  EXPECT_EQ(*price_at(steps, at("2024-01-01T00:59:59Z"), {}), 5);
  EXPECT_EQ(*price_at(steps, at("2024-01-01T01:00:00Z"), {}), -2);
  EXPECT_EQ(*price_at(steps, at("2024-05-01T00:00:00Z"), {}), -2);
}

TEST(Tariff, NamesTheRowThatIsWrong) {
  const auto wrong = [](decltype(Tariff::price) price) { return check(tariff(price)).error().message(); };
  EXPECT_EQ(wrong(WeekTable{{{1, 10}}}), "rows[0].from_minute: expected 0: the week's first");
  EXPECT_EQ(wrong(WeekTable{{{0, 10}, {60, 1}, {60, 2}}}), "rows[2].from_minute: is not after the row before");
  EXPECT_EQ(wrong(WeekTable{{{0, 10}, {10'080, 1}}}), "rows[1].from_minute: 10080 is outside 0..10079");
  EXPECT_EQ(wrong(WeekTable{}), "rows: has 0 rows, expected 1..40000");
  EXPECT_EQ(wrong(PriceSteps{{{at("2024-01-02T00:00:00Z"), 1}}}), "steps[0].from: is after the tariff begins");
  EXPECT_EQ(wrong(PriceSteps{{{at("2023-01-02T00:00:00Z"), 1}, {at("2023-01-02T00:00:00Z"), 1}}}),
            "steps[1].from: is not after the step before");
  EXPECT_EQ(wrong(FixedPrice{kHighestPrice + 1}), "per_kwh: 1000000000001 is outside -1000000000000..1000000000000");
  Tariff never = tariff(FixedPrice{1});
  never.valid.to = never.valid.from;
  EXPECT_EQ(check(never).error().message(), "until: is not after from");
}

TEST(Charge, CarriesWhatIsLessThanAUnit) {
  EXPECT_EQ(*charge(300'001, 1_Wh, 0), (Charge{300, 1}));
  EXPECT_EQ(*charge(300'001, 999_Wh, 1), (Charge{299'701, 0}));
  EXPECT_EQ(*charge(-1500, 1_Wh, 0), (Charge{-1, -500}));
  EXPECT_FALSE(charge(INT64_MAX, WattHours(100'000), 0).ok());
}

TEST(Charge, LosesNothingOverManyCharges) {
  const std::uint64_t seed = 99;
  std::mt19937_64 random(seed);
  std::int64_t exact_milli = 0, units = 0, carried = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto price = static_cast<std::int64_t>(random() % 1'000'000) - 100'000;
    const auto energy = static_cast<std::int64_t>(random() % 5000) - 500;
    exact_milli += price * energy;
    const auto charged = charge(price, WattHours(energy), carried);
    ASSERT_TRUE(charged.ok());
    units += charged->units;
    carried = charged->carried_milli;
    ASSERT_LT(std::abs(carried), 1000) << "seed " << seed;
    ASSERT_EQ(units * 1000 + carried, exact_milli) << "seed " << seed << ", charge " << i;
  }
}

}  // namespace
}  // namespace balans::api::energy::test
