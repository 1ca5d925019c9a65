// A day of the synthetic street in virtual time, under Balans and others.
#include "sim/run/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sim/data/local_time.hpp"
#include "sim/run/capacity.hpp"
#include "sim/run/report.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::runs {
namespace {

RunOptions a_day(Policy policy, VoltAmps transformer = 25_kVA) {
  RunOptions options;
  options.data_dir = "/nonexistent";  // the synthetic street
  options.start = sim::parse_local_time("2019-04-03T00:00").value();
  options.days = 1;
  options.tick = 2_s;
  options.transformer = transformer;
  options.policy = policy;
  return options;
}

RunResult result_of(const RunOptions& options) {
  Result<RunResult> result = run(options);
  EXPECT_TRUE(result) << result.error().message();
  return *result;
}

TEST(Run, WithoutControlEveryDemandIsMetAndTheTransformerIsOverloaded) {
  const RunResult result = result_of(a_day(Policy::Uncontrolled));
  EXPECT_GT(result.sessions, 0);
  EXPECT_DOUBLE_EQ(result.demands_met, 1);
  EXPECT_NEAR(result.delivered_kwh, result.requested_kwh, 1e-6);
  EXPECT_GT(result.overload_seconds, 600);
}

TEST(Run, UnderBalansNoOverloadByChargingLastsLongerThanTenSeconds) {
  const RunResult result = result_of(a_day(Policy::Balans));
  EXPECT_LE(result.longest_overload_s, 10);
  EXPECT_GT(result.delivered_kwh, result.requested_kwh / 2);
  EXPECT_GT(result.messages, 0);
}

TEST(Run, NobodyDeliversMoreThanTheOracle) {
  const RunResult oracle = result_of(a_day(Policy::Oracle));
  for (const Policy policy :
       {Policy::Balans, Policy::EqualShare, Policy::FirstCome, Policy::RoundRobin, Policy::Edf, Policy::Llf}) {
    const RunResult result = result_of(a_day(policy));
    EXPECT_LE(result.delivered_kwh, oracle.delivered_kwh + 0.05) << name_of(policy);
    EXPECT_EQ(result.sessions, oracle.sessions) << name_of(policy);
  }
}

TEST(Run, TheSameSeedGivesTheSameFigures) {
  for (const Faults faults : {Faults::None, Faults::Heavy}) {
    RunOptions options = a_day(Policy::Balans);
    options.days = 1;
    options.faults = faults;
    const RunResult once = result_of(options), again = result_of(options);
    EXPECT_EQ(once.delivered_kwh, again.delivered_kwh);
    EXPECT_EQ(once.messages, again.messages);
    EXPECT_EQ(once.hot_spot_peak_c, again.hot_spot_peak_c);
  }
}

TEST(Run, MessagesAreLostAndProgramsCrashWhereFaultsAreAskedFor) {
  RunOptions options = a_day(Policy::Balans);
  const RunResult calm = result_of(options);
  options.faults = Faults::Heavy;
  const RunResult stormy = result_of(options);
  EXPECT_NE(stormy.messages, calm.messages);
  EXPECT_LE(stormy.longest_overload_s, 40);
}

TEST(Run, HeatPumpsAreThrottledNoFurtherThanTheirFloor) {
  RunOptions options = a_day(Policy::Balans, 30_kVA);
  options.evs = 0;
  options.heat_pumps = 3;
  const RunResult result = result_of(options);
  EXPECT_EQ(result.sessions, 0);
  EXPECT_GT(result.peak_load_kva, 5);
}

TEST(Run, ADynamicRatingCarriesMoreInTheCold) {
  RunOptions options = a_day(Policy::Balans, 8_kVA);
  const double on_name_plate = result_of(options).delivered_kwh;
  options.rating = RatingMode::Dynamic;
  options.ambient = MilliCelsius(-10'000);
  const RunResult cold = result_of(options);
  EXPECT_GT(cold.delivered_kwh, on_name_plate);
}

TEST(Run, AFullDiskIsNoSuccess) {
  RunOptions options = a_day(Policy::Edf);
  options.minutes_csv = "/dev/full";
  const Result<RunResult> result = run(options);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("/dev/full"), std::string::npos);
}

TEST(Run, WhatIsMissingIsNamed) {
  RunOptions options = a_day(Policy::Edf);
  options.sessions = "/nonexistent/sessions.csv";
  EXPECT_NE(run(options).error().message().find("/nonexistent/sessions.csv"), std::string::npos);
  options = a_day(Policy::Edf);
  options.pv = 3;
  EXPECT_NE(run(options).error().message().find("--pv"), std::string::npos);
  options = a_day(Policy::Edf);
  options.ambient = "/nonexistent/weather.csv";
  EXPECT_NE(run(options).error().message().find("--ambient"), std::string::npos);
}

TEST(Run, WritesARowForEachMinuteAndForEachSession) {
  const test::TempFolder folder;
  RunOptions options = a_day(Policy::Edf);
  options.minutes_csv = (folder.path() / "minutes.csv").string();
  options.visits_csv = (folder.path() / "visits.csv").string();
  const RunResult result = result_of(options);
  const auto lines = [](const std::string& file) {
    std::ifstream stream(file);
    return std::count(std::istreambuf_iterator<char>(stream), {}, '\n');
  };
  EXPECT_EQ(lines(*options.minutes_csv), 1 + 1440);
  EXPECT_EQ(lines(*options.visits_csv), 1 + result.sessions);
}

TEST(Run, WhatTheBaseLoadDoesAloneIsNotBlamedOnCharging) {
  const RunResult result = result_of(a_day(Policy::Uncontrolled, 5_kVA));
  EXPECT_GT(result.caused_overload_seconds, 0);
  EXPECT_LT(result.caused_overload_seconds, result.overload_seconds);
  EXPECT_LE(result.longest_caused_overload_s, result.longest_overload_s);
}

TEST(Run, TheJsonSpeaksTheDemosNames) {
  const boost::json::object json = to_json(result_of(a_day(Policy::Edf)));
  for (const char* name : {"overload_seconds", "longest_overload_s", "base_overload_seconds", "energy_requested_kwh",
                           "energy_delivered_kwh", "peak_load_kva", "rating_kva", "policy", "start", "synthetic"})
    EXPECT_TRUE(json.contains(name)) << name;
}

TEST(Capacity, IsTheMostCarsOfWhichNinetyNinePercentAreServedWithoutOverload) {
  const RunOptions options = a_day(Policy::Uncontrolled, 25_kVA);
  int told = 0;
  const Result<CapacityAnswer> answer = most_cars(options, 5, {}, [&](const RunResult&) { ++told; });
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(static_cast<std::size_t>(told), answer->tried.size());
  for (const RunResult& result : answer->tried)
    EXPECT_EQ(is_carried(result, {}), result.cars <= answer->cars) << result.cars;
}

}  // namespace
}  // namespace balans::runs
