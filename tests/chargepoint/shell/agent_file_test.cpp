#include "chargepoint/shell/agent_file.hpp"

#include <gtest/gtest.h>

#include "tests/chargepoint/shell/agent_yaml.hpp"

namespace balans {
namespace {

using test::Edits;

Result<AgentFile> load_with(const Edits& edits) { return test::load_agent_with(edits); }
std::string problem_of(const Edits& edits) { return test::problem_of_agent(edits); }

std::string problem_after(const std::string& from, const std::string& to) { return problem_of({{from, to}}); }

/// The example as another kind of device, without a watchdog and a phase switch.
Edits as_device(const std::string& file, Edits more) {
  Edits edits{{"chargers/alfen_eve", file},
              {"fewer_phases: [L1] ", "# "},
              {"revert_s: 60", "revert_s: none"},
              {"failsafe_a: 6", "failsafe_a: 0"},
              {"\ndevice_fallback_a: 0", "\n#"}};
  edits.insert(edits.end(), more.begin(), more.end());
  return edits;
}

Edits as_battery() {
  return as_device("batteries/sunspec_storage",
                   {{"# min_feed_a: 0.1", "min_feed_a: 0.1"}, {"# max_feed_a: 10", "max_feed_a: 10"}});
}

TEST(AgentFile, TheExampleLoadsWithItsDevice) {
  const auto file = load_agent("config/agent.yaml");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->settings.id.str(), "charger-1");
  EXPECT_EQ(file->settings.min, 6_A);
  EXPECT_EQ(file->settings.step, 100_mA);
  EXPECT_EQ(file->device.vendor, "Alfen");
  EXPECT_TRUE(file->settings.refresh) << "the device's own file says how often it wants to hear from us";
  EXPECT_EQ(file->settings.fewer_phases, PhaseSet{Phase::L1});
  EXPECT_EQ(file->settings.session_need, 20'000_Wh);
  EXPECT_EQ(file->ready_by, (TimeOfDay{7, 0}));
  EXPECT_EQ(file->settings.volunteers_for, 120'000);
  EXPECT_EQ(file->settings.failsafe_hold, 120_s);
  EXPECT_EQ(file->cold_load_pickup, 600_s);
  EXPECT_EQ(file->settings.max_feed, 0_A);
}

const char* const kDropsOut = "tick_ms: 1000\ncontactor: { tcp: { host: 10.0.0.9 }, coil: 2, drops_out_s: ";

TEST(AgentFile, AContactorInTheSupplyIsOptional) {
  EXPECT_FALSE(load_agent("config/agent.yaml")->settings.supply);
  const auto file = load_with({{"tick_ms: 1000", std::string(kDropsOut) + "10 }"}});
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE(file->settings.supply && file->supply);
  EXPECT_EQ(file->settings.supply->refresh, 2_s);
  EXPECT_EQ(file->settings.supply->drops_out, 10_s);
  EXPECT_EQ(file->supply->function, WriteFunction::Coil);
  EXPECT_EQ(file->supply->address, 2);
  EXPECT_EQ(file->supply->on, 1);
}

TEST(AgentFile, AContactorThatWouldFlutterIsRefused) {
  EXPECT_NE(problem_after("tick_ms: 1000", std::string(kDropsOut) + "3 }").find("less than twice refresh_s"),
            std::string::npos);
  EXPECT_NE(
      problem_after("tick_ms: 1000", std::string(kDropsOut) + "10, register: 5 }").find("either coil or register"),
      std::string::npos);
}

TEST(AgentFile, ABatteryIsLimitedBothWays) {
  const auto file = load_with(as_battery());
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->settings.max_feed, 10_A);
  EXPECT_EQ(file->settings.min_feed, 100_mA);
  EXPECT_EQ(file->settings.failsafe_feed, 0_A);
}

TEST(AgentFile, AnInverterOnlyFeedsIn) {
  const Edits fine =
      as_device("inverters/sunspec_pv",
                {{"min_a: 6", "min_a: 0"}, {"max_a: 16", "max_a: 0"}, {"# max_feed_a: 10", "max_feed_a: 14.5"}});
  const auto file = load_with(fine);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->settings.max_feed, 14'500_mA);
  Edits nothing = fine;
  nothing.pop_back();
  EXPECT_NE(problem_of(nothing).find("expected more than 0 here or in max_feed_a"), std::string::npos);
  EXPECT_NE(problem_of(as_device("inverters/sunspec_pv", {})).find("cannot limit what it draws"), std::string::npos);
}

TEST(AgentFile, AHeatPumpWithLevelsTakesThemFromItsDeviceFile) {
  const auto file = load_with(as_device("heat/daikin_homehub", {}));
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->settings.levels, (std::vector<Milliamps>{16_A})) << "its name plate, which is max_a";
  EXPECT_TRUE(load_with(as_device("heat/daikin_homehub", {{"# levels_a: [10]", "levels_a: [16]"}})));
  EXPECT_NE(problem_of(as_device("heat/daikin_homehub", {{"# levels_a: [10]", "levels_a: [9]"}}))
                .find("the device has no level of 9000 mA"),
            std::string::npos);
}

TEST(AgentFile, WhatTheDeviceCannotDoIsRefused) {
  const auto says = [](const Edits& edits, const char* what) {
    const std::string problem = problem_of(edits);
    EXPECT_NE(problem.find(what), std::string::npos) << problem;
  };
  says({{"# max_feed_a: 10", "max_feed_a: 10"}}, "cannot limit what it feeds in");
  says({{"chargers/alfen_eve", "chargers/phoenix_em_cp_pp_eth"}, {"revert_s: 60", "revert_s: none"}},
       "cannot switch phases");
  says({{"fewer_phases: [L1]", "fewer_phases: [L2]"}}, "expected the first of several 'phases'");
  says({{"# levels_a: [10]", "levels_a: [12, 8]"}}, "expected levels that ascend");
  says({{"comfort_a: 0", "comfort_a: 17"}}, "comfort_a: is above max_a");
  says({{"ready_by: \"07:00\"", "ready_by: \"7:00\""}}, "'7:00' is not a time of day");
  says({{"\"0.12\"", "\"0.0000001\""}}, "finer than the base unit");
  says({{"\"0.12\"", "\"-1\""}}, "outside 0..1000000");
}

TEST(TimeOfDay, IsTheNextOneAhead) {
  const UnixTime noon = next_after(UnixTime(1'554'307'200'000), {12, 0});
  EXPECT_EQ(next_after(noon - 1_ms, {12, 0}), noon);
  EXPECT_GT(next_after(noon, {12, 0}), noon);
  EXPECT_LE(next_after(noon, {12, 0}) - noon, 25_min * 60);
  EXPECT_EQ(next_after(noon, {12, 30}) - noon, 30_min);
  const UnixTime in_2100(4'102'444'800'000);  // where time_t has 32 bits, the hour is not known
  EXPECT_GT(next_after(in_2100, {12, 0}), in_2100);
}

TEST(TimeOfDay, IsWrittenInHoursAndMinutes) {
  EXPECT_EQ(*parse_time_of_day("23:59"), (TimeOfDay{23, 59}));
  for (const char* wrong : {"24:00", "12:60", "7:00", "07:00:00", "", "ab:cd", "0700"})
    EXPECT_FALSE(parse_time_of_day(wrong)) << wrong;
}

TEST(AgentFile, WithoutItsDevicesFileNothingElseIsCalledWrong) {
  const test::TempFolder nothing;
  const std::string problem = test::problem_of_agent({}, nothing.path());
  EXPECT_NE(problem.find("cannot be opened"), std::string::npos) << problem;
  EXPECT_EQ(problem.find("known key"), std::string::npos) << problem;
}

TEST(AgentFile, SaysWhatIsWrong) {
  EXPECT_NE(problem_after("max_a: 16", "max_a: 5").find("max_a: is below min_a"), std::string::npos);
  EXPECT_NE(problem_after("failsafe_a: 6", "failsafe_a: 3").find("expected 0 or a value between"), std::string::npos);
  EXPECT_NE(problem_after("max_a: 16", "max_ma: 16000").find("max_a"), std::string::npos);
  EXPECT_NE(problem_after("chargers/alfen_eve", "chargers/alfen_eva").find("alfen_eva"), std::string::npos);
  EXPECT_NE(problem_after("chargers/alfen_eve", "meters/eastron_sdm630")
                .find("a meter belongs into the transformer's site.yaml"),
            std::string::npos);
  EXPECT_NE(problem_after("chargers/alfen_eve", "inverters/sunspec_103").find("inverters/sunspec_704"),
            std::string::npos);
  EXPECT_NE(problem_after("weight: 1", "wieght: 1").find("did you mean"), std::string::npos);
}

}  // namespace
}  // namespace balans
