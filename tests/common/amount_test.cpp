#include "common/trade/amount.hpp"

#include <gtest/gtest.h>

namespace balans::trade {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Amount units(std::int64_t n) { return *Amount::of(n); }

TEST(Amount, IsNeverNegative) {
  EXPECT_FALSE(Amount::of(-1));
  EXPECT_EQ(difference(units(3), units(3)), units(0));
  EXPECT_FALSE(difference(units(3), units(4)));
}

TEST(Amount, RefusesWhatDoesNotFit) {
  EXPECT_EQ(sum(units(kMost - 1), units(1)), units(kMost));
  EXPECT_FALSE(sum(units(kMost), units(1)));
  EXPECT_FALSE(share(units(kMost), 2, 1));
  EXPECT_FALSE(share(units(1), 1, 0));
  EXPECT_FALSE(share(units(1), -1, 1));
}

TEST(Amount, SharesWithoutLosingABitOnTheWay) {
  EXPECT_EQ(share(units(kMost), kMost, kMost), units(kMost));
  EXPECT_EQ(share(units(10), 1, 3), units(3));
}

TEST(Amount, IsWrittenWithAllPlacesOfItsAssetAndReadAgain) {
  EXPECT_EQ(to_decimal(units(12'340'000), Asset::Eur), "12.340000");
  EXPECT_EQ(to_decimal(units(7), Asset::Iota), "0.000000007");
  for (const Asset asset : kAssets)
    for (const std::int64_t n : {std::int64_t{0}, std::int64_t{1}, std::int64_t{999}, std::int64_t{1'000}, kMost}) {
      const auto read = parse_decimal(to_decimal(units(n), asset), asset);
      ASSERT_TRUE(read) << read.error().message();
      EXPECT_EQ(*read, units(n));
    }
  EXPECT_EQ(*parse_decimal("12", Asset::Eur), units(12'000'000));
  EXPECT_EQ(*parse_decimal("12.3", Asset::Eur), units(12'300'000));
}

TEST(Amount, RefusesWhatIsNoAmountAndSaysWhatWasExpected) {
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.0000001", "9223372036854.775808",
                           "99999999999999999999", " 1", "0x1"}) {
    const auto read = parse_decimal(text, Asset::Eur);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().what.find("is not an amount of EUR: expected digits, at most 6"), std::string::npos);
  }
}

TEST(Amount, KnowsItsAssetsByName) {
  for (const Asset asset : kAssets) EXPECT_EQ(*parse_asset(name_of(asset)), asset);
  EXPECT_EQ(parse_asset("eur").error().what, "'eur' is not an asset: expected EUR, IOTA, ETH or KWH");
}

}  // namespace
}  // namespace balans::trade
