#include "common/io/clock/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace balans {
namespace {

using std::chrono::nanoseconds;
using ::testing::HasSubstr;

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  const BootTime first = clock.boot();
  EXPECT_GT(first.ms(), 0);
  EXPECT_LE(first, clock.boot());
}

TEST(SystemClock, WaitsARealSecondForASecond) { EXPECT_EQ(SystemClock().wall(1_s), nanoseconds(1'000'000'000)); }

TEST(SystemClock, WaitsBetweenNothingAndADay) {
  EXPECT_EQ(SystemClock().wall(Millis(-5)), nanoseconds(0));
  EXPECT_EQ(SystemClock().wall(Millis(INT64_MAX)), nanoseconds(std::chrono::hours(24)));
}

TEST(SystemClock, IsTheClockWhenNoneIsNamed) {
  auto clock = make_clock(std::nullopt);
  ASSERT_TRUE(clock.ok());
  EXPECT_NE(dynamic_cast<SystemClock*>(clock->get()), nullptr);
}

#ifdef BALANS_SIM_CLOCK

ScaledClock scaled(std::string_view text) { return ScaledClock(*ScaledClock::parse(text)); }

TEST(ScaledClock, ReadsSpeedUtcAndBoot) {
  const auto settings = ScaledClock::parse("30:1554307200000:123456");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(*settings, (ScaledClock::Settings{30, UnixTime(1'554'307'200'000), BootTime(123'456)}));
}

TEST(ScaledClock, RefusesWhatIsNotThreeNumbers) {
  for (const char* text : {"", "1", "1:2", "1:2:3:4", "a:2:3", "1:2:", "1.5:2:3", "1:2:3 ", "31:0:0", "0:0:0", "-1:0:0",
                           "1:-1:0", "1:0:-1", "1:99999999999999999999:0"})
    EXPECT_FALSE(ScaledClock::parse(text).ok()) << text;
  EXPECT_THAT(ScaledClock::parse("31:0:0").error().message(), HasSubstr("speed 31 is outside 1..30"));
}

TEST(ScaledClock, RunsSpeedTimesFasterThanTheMachine) {
  const ScaledClock clock = scaled("10:0:0");
  const SystemClock machine;
  const std::int64_t before = machine.boot().ms() * 10;
  const std::int64_t now = clock.boot().ms();
  const std::int64_t after = (machine.boot().ms() + 1) * 10;
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(ScaledClock, CountsUtcFromWhenTheRunBegan) {
  const SystemClock machine;
  const ScaledClock clock = scaled("20:1554307200000:" + std::to_string(machine.boot().ms()));
  const UnixTime utc = clock.utc();
  EXPECT_GE(utc, UnixTime(1'554'307'200'000));
  EXPECT_LE(utc - UnixTime(1'554'307'200'000), 20 * 60_s);
  EXPECT_TRUE(clock.utc_if_synchronised().has_value());
}

TEST(ScaledClock, WaitsAFractionOfTheTimeRoundedUp) {
  EXPECT_EQ(scaled("10:0:0").wall(1_s), nanoseconds(100'000'000));
  EXPECT_EQ(scaled("3:0:0").wall(1_ms), nanoseconds(333'334));
}

TEST(ScaledClock, IsMadeFromTheCommandLine) {
  auto clock = make_clock("5:0:0");
  ASSERT_TRUE(clock.ok());
  EXPECT_EQ((*clock)->wall(5_s), nanoseconds(1'000'000'000));
  EXPECT_FALSE(make_clock("fast").ok());
}

#else

TEST(ScaledClock, IsRefusedWhereItIsNotBuiltIn) { EXPECT_FALSE(make_clock("5:0:0").ok()); }

#endif

}  // namespace
}  // namespace balans
