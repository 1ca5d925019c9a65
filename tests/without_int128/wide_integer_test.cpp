// What takes the place of the compiler's 128 bits where it has none, beside the compiler's own: every operation that
// the product uses, on random and on extreme numbers. A failing run prints its seed.
#include "common/wide_integer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <type_traits>

namespace balans {
namespace {

__extension__ using Native = __int128;
__extension__ using UNative = unsigned __int128;

static_assert(!std::is_same_v<Int128, Native> && !std::is_same_v<UInt128, UNative>, "this is to be the other one");
static_assert(sizeof(boost::multiprecision::limb_type) == 4, "and is to compute as on a machine of 32 bits");

constexpr std::uint64_t kSeed = 20260;
constexpr int kRounds = 20'000;
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMostUnsigned = std::numeric_limits<std::uint64_t>::max();

std::string text(UNative number) {
  std::string digits;
  for (; number != 0; number /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
  return digits.empty() ? "0" : digits;
}
std::string text(Native number) {
  return number < 0 ? "-" + text(-static_cast<UNative>(number)) : text(static_cast<UNative>(number));
}
std::string text(const Int128& number) { return number.str(); }
std::string text(const UInt128& number) { return number.str(); }

/// The same number twice.
struct Both {
  Native native;
  Int128 portable;
};
struct UBoth {
  UNative native;
  UInt128 portable;
};

class WideInteger : public ::testing::Test {
 protected:
  WideInteger() { std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed)); }

  /// Of any length: as many small ones as large ones.
  std::uint64_t any_unsigned() {
    static constexpr std::uint64_t kEdges[] = {0,          1,          2,          10,
                                               1000,       0x7fffffff, 0x80000000, 0xffffffff,
                                               1ULL << 32, 1ULL << 62, 1ULL << 63, kMostUnsigned - 1,
                                               kMax,       kMax - 1,   10'000'000, kMostUnsigned};
    if (random_() % 4 == 0) return kEdges[random_() % std::size(kEdges)];
    return random_() >> (random_() % 64);
  }
  std::int64_t any() { return static_cast<std::int64_t>(random_() % 2 == 0 ? any_unsigned() : ~any_unsigned()); }
  /// What two 64-bit numbers and a third make at most: sums of them still fit.
  Both any_wide() {
    const std::int64_t a = any(), b = any() / 4, c = any();
    return {static_cast<Native>(a) * b + c, Int128(a) * b + c};
  }
  UBoth any_wide_unsigned() {
    const std::uint64_t high = any_unsigned(), low = any_unsigned();
    return {static_cast<UNative>(high) << 64 | low, UInt128(high) << 64 | low};
  }
  std::mt19937_64 random_{kSeed};
};

TEST_F(WideInteger, ComesFrom64Bits) {
  for (int i = 0; i < kRounds; ++i) {
    const std::int64_t a = any();
    const std::uint64_t u = any_unsigned();
    ASSERT_EQ(text(Int128{a}), text(Native{a}));
    ASSERT_EQ(text(Int128{u}), text(Native{u}));
    ASSERT_EQ(text(static_cast<UInt128>(u)), text(UNative{u}));
  }
  EXPECT_EQ(text(Int128{kMin}), "-9223372036854775808");
  EXPECT_EQ(text(static_cast<UInt128>('7' - '0')), "7");
}

TEST_F(WideInteger, CalculatesWithItself) {
  for (int i = 0; i < kRounds; ++i) {
    const Both a = any_wide(), b = any_wide();
    ASSERT_EQ(text(Int128(a.portable + b.portable)), text(a.native + b.native));
    ASSERT_EQ(text(Int128(a.portable - b.portable)), text(a.native - b.native));
    ASSERT_EQ(text(Int128(-a.portable)), text(-a.native));
    if (b.native == 0) continue;
    ASSERT_EQ(text(Int128(a.portable / b.portable)), text(a.native / b.native));
    ASSERT_EQ(text(Int128(a.portable % b.portable)), text(a.native % b.native));
  }
}

TEST_F(WideInteger, CalculatesWith64Bits) {
  for (int i = 0; i < kRounds; ++i) {
    const Both a = any_wide();
    const std::int64_t s = any();
    const std::uint64_t u = any_unsigned();
    ASSERT_EQ(text(Int128(a.portable + s)), text(a.native + s));
    ASSERT_EQ(text(Int128(s + a.portable)), text(s + a.native));
    ASSERT_EQ(text(Int128(a.portable - s)), text(a.native - s));
    ASSERT_EQ(text(Int128(a.portable + u)), text(a.native + static_cast<Native>(u)));
    ASSERT_EQ(text(Int128(a.portable - u)), text(a.native - static_cast<Native>(u)));
    ASSERT_EQ(text(Int128(Int128{u} * (u >> 2))), text(Native{u} * (u >> 2)));
    ASSERT_EQ(text(Int128(static_cast<Int128>(s) * (s / 2))), text(static_cast<Native>(s) * (s / 2)));
    if (s == 0) continue;
    ASSERT_EQ(text(Int128(a.portable / s)), text(a.native / s));
    ASSERT_EQ(text(Int128(a.portable % s)), text(a.native % s));
  }
}

TEST_F(WideInteger, CalculatesInPlace) {
  for (int i = 0; i < kRounds; ++i) {
    Both a = any_wide();
    const std::int64_t s = any();
    const std::uint64_t u = any_unsigned();
    a.native += s, a.portable += s;
    ASSERT_EQ(text(a.portable), text(a.native));
    a.native += u, a.portable += u;
    ASSERT_EQ(text(a.portable), text(a.native));
    a.native -= s, a.portable -= s;
    a.native -= static_cast<Native>(u), a.portable -= u;
    ASSERT_EQ(text(a.portable), text(a.native));
    Native power = s / 1024;
    Int128 power_portable = s / 1024;
    for (int n = 0; n < 18; ++n) power *= 10, power_portable *= 10;
    ASSERT_EQ(text(power_portable), text(power));
  }
}

TEST_F(WideInteger, Compares) {
  for (int i = 0; i < kRounds; ++i) {
    const Both a = any_wide(), b = random_() % 8 == 0 ? a : any_wide();
    const std::int64_t s = any();
    const std::uint64_t u = any_unsigned();
    ASSERT_EQ(a.portable < b.portable, a.native < b.native);
    ASSERT_EQ(a.portable > b.portable, a.native > b.native);
    ASSERT_EQ(a.portable >= b.portable, a.native >= b.native);
    ASSERT_EQ(a.portable == b.portable, a.native == b.native);
    ASSERT_EQ(a.portable != b.portable, a.native != b.native);
    ASSERT_EQ(a.portable < s, a.native < s);
    ASSERT_EQ(a.portable > s, a.native > s);
    ASSERT_EQ(a.portable == s, a.native == s);
    ASSERT_EQ(Int128{s} == s, true);
    ASSERT_EQ(a.portable >= u, a.native >= static_cast<Native>(u));
    ASSERT_EQ(a.portable < 0, a.native < 0);
    ASSERT_EQ(text(std::min(a.portable, b.portable)), text(std::min(a.native, b.native)));
    ASSERT_EQ(text(std::max<Int128>(a.portable, 0)), text(std::max<Native>(a.native, 0)));
    ASSERT_EQ(text(std::clamp<Int128>(a.portable, -kMax, kMax)), text(std::clamp<Native>(a.native, -kMax, kMax)));
  }
}

TEST_F(WideInteger, NarrowsWhatFits) {
  int narrowed = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::int64_t s = any();
    const std::uint64_t u = any_unsigned();
    ASSERT_EQ(static_cast<std::int64_t>(Int128{s}), s);
    ASSERT_EQ(static_cast<std::uint64_t>(Int128{u}), u);
    ASSERT_EQ(static_cast<std::int64_t>(UInt128(u >> 1)), static_cast<std::int64_t>(u >> 1));
    const Both a = any_wide();
    if (a.portable < kMin || a.portable > kMax) continue;
    ASSERT_EQ(static_cast<std::int64_t>(a.portable), static_cast<std::int64_t>(a.native));
    ++narrowed;
  }
  EXPECT_EQ(static_cast<std::int64_t>(Int128{kMin}), kMin);
  EXPECT_GT(narrowed, kRounds / 10);
}

TEST_F(WideInteger, IsRoundedToAFloatingPointNumberAsTheCompilerDoes) {
  for (int i = 0; i < kRounds; ++i) {
    const Both a = any_wide();
    ASSERT_EQ(static_cast<double>(a.portable), static_cast<double>(a.native)) << text(a.native);
  }
  Native power = 1;
  Int128 portable = 1;
  for (int i = 0; i < 37; ++i, power *= 10, portable *= 10)
    ASSERT_EQ(static_cast<double>(portable), static_cast<double>(power)) << "10^" << i;
}

TEST_F(WideInteger, ShiftsOneToTheLeft) {
  for (int width = 0; width <= 126; ++width) {
    ASSERT_EQ(text(Int128(Int128{1} << width)), text(Native{1} << width));
    ASSERT_EQ(text(Int128(-(Int128{1} << width))), text(-(Native{1} << width)));
    ASSERT_EQ(text(Int128((Int128{1} << width) - 1)), text((Native{1} << width) - 1));
  }
}

TEST_F(WideInteger, WithoutASignCalculatesAndNarrows) {
  for (int i = 0; i < kRounds; ++i) {
    const std::uint64_t a = any_unsigned(), b = any_unsigned(), c = std::max<std::uint64_t>(1, any_unsigned());
    const UNative native = static_cast<UNative>(a) * static_cast<UNative>(b) / static_cast<UNative>(c);
    const UInt128 portable = static_cast<UInt128>(a) * static_cast<UInt128>(b) / static_cast<UInt128>(c);
    ASSERT_EQ(text(portable), text(native));
    ASSERT_EQ(portable > static_cast<UInt128>(kMax), native > static_cast<UNative>(kMax));
    ASSERT_EQ(text(UInt128(UInt128(a) * 10 + static_cast<UInt128>(b))),
              text(static_cast<UNative>(a) * 10 + static_cast<UNative>(b)));
  }
}

TEST_F(WideInteger, WithoutASignIsTakenApartAndPutTogether) {
  for (int i = 0; i < kRounds; ++i) {
    const UBoth a = any_wide_unsigned();
    ASSERT_EQ(text(a.portable), text(a.native));
    ASSERT_EQ(static_cast<std::uint64_t>(a.portable), static_cast<std::uint64_t>(a.native));
    ASSERT_EQ(static_cast<std::uint64_t>(a.portable >> 64), static_cast<std::uint64_t>(a.native >> 64));
  }
}

}  // namespace
}  // namespace balans
