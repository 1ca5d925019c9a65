// The air and the time at the site.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/mailbox.hpp"
#include "tests/support/temp_folder.hpp"
#include "trafo/shell/events.hpp"
#include "trafo/shell/local_time.hpp"
#include "trafo/shell/thermometer.hpp"

namespace balans {
namespace {

using ::testing::HasSubstr;

TEST(Thermometer, ReadsWholeAndBrokenNumbersOfAnyUnit) {
  EXPECT_EQ(*parse_temperature("21437\n", 0.001), MilliCelsius(21'437));
  EXPECT_EQ(*parse_temperature("-3.5", 1), MilliCelsius(-3'500));
  EXPECT_EQ(*parse_temperature("205 \r\n", 0.1), MilliCelsius(20'500));
}

TEST(Thermometer, RefusesWhatIsNoTemperatureOfAir) {
  EXPECT_EQ(parse_temperature("85000", 0.001).error().what, "85000 is not the temperature of air")
      << "what a 1-wire sensor shows after it was switched on";
  EXPECT_FALSE(parse_temperature("21437", 1));
  EXPECT_FALSE(parse_temperature("nan", 1));
  EXPECT_FALSE(parse_temperature("inf", 1));
  for (const char* text : {"", "\n", "warm", "21 C", "21,5", "0x15"}) EXPECT_FALSE(parse_temperature(text, 1)) << text;
}

TEST(Thermometer, HasPostedItsFirstReadingOnceItIsThere) {
  const test::TempFolder folder;
  ASSERT_TRUE(replace_file(folder / "temperature", "18250\n", FileMode::Readable).ok());
  const SystemClock clock;
  Mailbox<AmbientPolled> mailbox(4);
  const BootTime before = clock.boot();
  const auto first = [&](const std::filesystem::path& file) {
    Thermometer thermometer({file, 0.001}, clock, [&](auto reading) { mailbox.push({std::move(reading)}); });
    return mailbox.wait_until(clock, clock.boot()).at(0).reading;
  };
  const auto reading = first(folder / "temperature");
  ASSERT_TRUE(reading) << reading.error().message();
  EXPECT_EQ(reading->value, MilliCelsius(18'250));
  EXPECT_GE(reading->taken, before);
  EXPECT_THAT(first(folder / "nowhere").error().message(), HasSubstr("nowhere"));
}

class TimeZone : public testing::Test {
 protected:
  void SetUp() override {
    const char* zone = ::getenv("TZ");
    if (zone != nullptr) before_ = zone;
    set("CET-1CEST,M3.5.0,M10.5.0/3");
  }
  void TearDown() override {
    if (before_) return set(*before_);
    ::unsetenv("TZ");
    ::tzset();
  }
  static void set(const std::string& zone) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
  }
  std::optional<std::string> before_;
};

TEST_F(TimeZone, IsTheMachinesWithItsSummerTime) {
  const auto winter = local_time(UnixTime(1'767'225'600'000));  // 2026-01-01T00:00Z
  ASSERT_TRUE(winter);
  EXPECT_EQ(winter->month, 1);
  EXPECT_EQ(winter->minute_of_day, 60);
  const auto summer = local_time(UnixTime(1'782'863'999'000));  // 2026-06-30T23:59:59Z
  ASSERT_TRUE(summer);
  EXPECT_EQ(summer->month, 7);
  EXPECT_EQ(summer->minute_of_day, 119);
}

TEST_F(TimeZone, ATimeBeforeTheEpochIsNone) { EXPECT_FALSE(local_time(UnixTime(-1))); }

}  // namespace
}  // namespace balans
