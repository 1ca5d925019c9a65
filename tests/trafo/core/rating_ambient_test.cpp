#include <gtest/gtest.h>

#include "tests/trafo/core/rating_bench.hpp"

namespace balans {
namespace {

class AmbientTaken : public testing::Test {
 protected:
  void SetUp() override {
    settings.source = AmbientSource::Sensor;
    settings.months[6] = {celsius(12), celsius(38)};
    settings.months[0] = {celsius(-8), celsius(15)};
    for (std::size_t m : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 10U, 11U}) settings.months[m] = {celsius(5), celsius(30)};
  }
  Ambient with(std::optional<AmbientReading> reading) const { return ambient_now(settings, reading, local, now); }

  AmbientSettings settings;
  std::optional<LocalTime> local = LocalTime{7, 15 * 60 + 59};
  BootTime now{10'000'000};
};

TEST_F(AmbientTaken, IsWhatTheThermometerShows) {
  EXPECT_EQ(with(AmbientReading{celsius(27), now}).value, celsius(27));
  EXPECT_EQ(with(AmbientReading{celsius(27), now}).from, AmbientSource::Sensor);
  EXPECT_EQ(with(AmbientReading{celsius(55), now}).value, celsius(55)) << "warmer than the design maximum counts too";
}

TEST_F(AmbientTaken, NeverCreditsBelowTheMonthsMinimum) {
  EXPECT_EQ(with(AmbientReading{celsius(-20), now}).value, celsius(12));
  local = LocalTime{1, 0};
  EXPECT_EQ(with(AmbientReading{celsius(-20), now}).value, celsius(-8));
  local.reset();
  EXPECT_EQ(with(AmbientReading{celsius(-20), now}).value, celsius(12)) << "of an unknown month, the warmest minimum";
}

TEST_F(AmbientTaken, IsTheDesignMaximumWhenTheThermometerIsSilentStaleOrBroken) {
  EXPECT_EQ(with(std::nullopt).value, celsius(38));
  EXPECT_EQ(with(std::nullopt).from, AmbientSource::DesignMax);
  EXPECT_EQ(with(AmbientReading{celsius(20), now - 30_min}).value, celsius(20));
  EXPECT_EQ(with(AmbientReading{celsius(20), now - 30_min - 1_ms}).value, celsius(38));
  EXPECT_EQ(with(AmbientReading{celsius(20), now + 1_ms}).value, celsius(38)) << "taken in the future";
  EXPECT_EQ(with(AmbientReading{celsius(-127), now}).value, celsius(38)) << "a broken wire";
  EXPECT_EQ(with(AmbientReading{celsius(850), now}).value, celsius(38)) << "a broken sensor";
}

TEST_F(AmbientTaken, OfAnUnknownMonthIsTheWarmestDesignMaximum) {
  local.reset();
  EXPECT_EQ(with(std::nullopt).value, celsius(38));
  local = LocalTime{1, 0};
  EXPECT_EQ(with(std::nullopt).value, celsius(15));
}

TEST_F(AmbientTaken, ByProfileIsTheHoursValue) {
  settings.source = AmbientSource::Profile;
  for (int hour = 0; hour < 24; ++hour) settings.profile[6][static_cast<std::size_t>(hour)] = celsius(10 + hour);
  EXPECT_EQ(with(std::nullopt).value, celsius(25));
  EXPECT_EQ(with(AmbientReading{celsius(30), now}).value, celsius(25)) << "no thermometer is configured";
  local = LocalTime{7, 0};
  EXPECT_EQ(with(std::nullopt).value, celsius(12)) << "not below the month's minimum either";
  local.reset();
  EXPECT_EQ(with(std::nullopt).from, AmbientSource::DesignMax) << "without a clock";
  EXPECT_EQ(with(std::nullopt).value, celsius(38));
}

TEST_F(AmbientTaken, OfATimeThatCannotBeStaysInTheYear) {
  settings.source = AmbientSource::Profile;
  local = LocalTime{13, 5000};
  EXPECT_EQ(with(std::nullopt).value, celsius(5));
  local = LocalTime{0, -1};
  EXPECT_EQ(with(std::nullopt).value, celsius(0));
}

TEST(RatingAmbient, AStaleThermometerCostsCapacity) {
  RatingBench bench(bench_settings(), 5);
  bench.settle(1.1);
  const Milliamps cool = bench.tick().normal.smallest();
  bench.thermometer_works = false;
  bench.set_load(440_A);
  bench.run_for(30_min);
  EXPECT_EQ(bench.last.ambient.from, AmbientSource::Sensor);
  bench.run_for(60_min);
  EXPECT_EQ(bench.last.ambient.from, AmbientSource::DesignMax);
  EXPECT_EQ(bench.last.ambient.value, celsius(35));
  EXPECT_LT(bench.last.normal.smallest(), cool);
}

TEST(RatingAmbient, StandingIndoorsCostsCapacity) {
  RatingSettings settings = bench_settings();
  RatingBench outdoors(settings, 30);
  settings.thermal.surcharge_k = 15;
  RatingBench indoors(settings, 30);
  outdoors.settle(1);
  indoors.settle(1);
  EXPECT_LT(indoors.tick().normal.smallest(), outdoors.tick().normal.smallest());
}

}  // namespace
}  // namespace balans
