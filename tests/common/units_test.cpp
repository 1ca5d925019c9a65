#include "common/units.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "common/ids.hpp"
#include "common/phases.hpp"

namespace balans {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};

TEST(Units, VoltsAndAmperesDoNotAdd) {
  static_assert(!Addable<Millivolts, Milliamps>);
  static_assert(!Addable<BootTime, AgentTime>);
  static_assert(Addable<Milliamps, Milliamps>);
  static_assert(!std::is_convertible_v<int, Milliamps>);
  EXPECT_EQ((16_A + 500_mA).count(), 16'500);
}

TEST(Units, VoltsTimesAmperesAreVoltAmps) { EXPECT_EQ(230_V * 16_A, 3680_VA); }

TEST(Units, MomentsDifferByDurations) {
  EXPECT_EQ(BootTime(5'000) - BootTime(2'000), 3_s);
  EXPECT_EQ(BootTime(5'000) + 2_s, BootTime(7'000));
}

TEST(Phases, AreIndexedByName) {
  PerPhase<Milliamps> left = PerPhase<Milliamps>::all(20_A);
  left[Phase::L2] -= 16_A;
  EXPECT_EQ(left.smallest(), 4_A);
  EXPECT_EQ(left.sum(), 44_A);
}

TEST(Phases, ASetSpreadsAValueOverItsOwnPhasesOnly) {
  const PhaseSet set{Phase::L1, Phase::L3};
  EXPECT_EQ(set.size(), 2);
  EXPECT_EQ(set.spread(6_A), (PerPhase<Milliamps>{{6_A, 0_A, 6_A}}));
}

TEST(Ids, RefuseWhatWouldBreakATopic) {
  EXPECT_TRUE(AgentId::parse("charger-1"));
  for (const char* bad : {"", "-a", "1a", "A", "a/b", "a+", "a#", "a{", "a b", "ä"})
    EXPECT_FALSE(AgentId::parse(bad)) << bad;
  EXPECT_FALSE(AgentId::parse(std::string(41, 'a')));
}

}  // namespace
}  // namespace balans
