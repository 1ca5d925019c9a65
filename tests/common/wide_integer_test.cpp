#include "common/wide_integer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

namespace balans {
namespace {

#ifdef __SIZEOF_INT128__
__extension__ using Native = __int128;
__extension__ using UNative = unsigned __int128;

TEST(WideInteger, IsTheCompilersOwnWhereItHasOne) {
  EXPECT_TRUE((std::is_same_v<Int128, Native>));
  EXPECT_TRUE((std::is_same_v<UInt128, UNative>));
}
#endif

TEST(WideInteger, HoldsAProductOfTwo64BitNumbers) {
  const Int128 least = Int128{INT64_MIN} * INT64_MIN;
  EXPECT_EQ(static_cast<std::int64_t>(least / INT64_MIN), INT64_MIN);
  const UInt128 most = UInt128{UINT64_MAX} * UINT64_MAX;
  EXPECT_EQ(static_cast<std::uint64_t>(most >> 64), UINT64_MAX - 1);
  EXPECT_EQ(static_cast<std::uint64_t>(most), 1U);
}

}  // namespace
}  // namespace balans
