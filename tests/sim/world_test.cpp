// The street without its sockets: who is on which phase, what is an overload, what the watchdogs do.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "sim/data/local_time.hpp"
#include "sim/street/commands.hpp"
#include "sim/street/ledger.hpp"
#include "sim/street/world.hpp"

namespace balans::sim {
namespace {

const LocalTime kStart = *parse_local_time("2019-04-03T16:00");

BaseLoad flat_base(std::int64_t watts_each) {
  BaseLoad base;
  base.minutes.assign(kMinutesPerDay, PerPhase<PhasePower>::all({Milliwatts(watts_each * 1000), Millivars(0)}));
  return base;
}

DevicePlan charger(const char* id, std::vector<Phase> phases, Milliamps max = 32_A) {
  return {*AgentId::parse(id), DeviceKind::Charger, "", std::move(phases), 6_A, max, 1_A, Milliamps(0), 6_s, {}, {}};
}

World::Setup setup_with(std::vector<DevicePlan> plan, std::int64_t base_watts, Motorists drivers = {}) {
  World::Setup setup{kStart, flat_base(base_watts), std::move(drivers), std::move(plan), {}, Policy::Balans};
  setup.controls.resize(setup.plan.size());
  return setup;
}

Orders told(Milliamps limit) { return {Setpoint{limit, std::nullopt}, std::nullopt, std::nullopt, true}; }

/// Steps `world` to `seconds` after the start, all devices told the same.
void run(World& world, int from, int seconds, Milliamps limit) {
  const std::vector<Orders> orders(world.devices().size(), told(limit));
  for (int s = from + 1; s <= from + seconds; ++s) world.step(kStart + Millis(s * 1000), 1_s, orders);
}

TEST(World, PutsAOnePhaseCarOnTheGridPhaseOfItsChargersFirstTerminal) {
  World world(setup_with({charger("charger-1", {Phase::L2, Phase::L3, Phase::L1})}, 0));
  world.plug(0, {20'000_Wh, 1, 16_A});
  run(world, 0, 20, 16_A);
  EXPECT_EQ(world.devices()[0].truth().current, (PerPhase<Milliamps>{{0_A, 16_A, 0_A}}));
  EXPECT_EQ(world.devices()[0].sample().current, (PerPhase<Milliamps>{{16_A, 0_A, 0_A}}));
}

TEST(World, MeterCarriesBaseLoadAndDevices) {
  World world(setup_with({charger("charger-1", {Phase::L1, Phase::L2, Phase::L3})}, 2300));
  world.plug(0, {20'000_Wh, 3, 16_A});
  run(world, 0, 20, 16_A);
  for (Phase p : kPhases) {
    EXPECT_NEAR(static_cast<double>(world.grid().current[p].count()), 26'000, 100);
    EXPECT_NEAR(static_cast<double>(world.grid().voltage[p].count()), 230'500, 1000);
  }
}

DevicePlan roof() {
  const std::vector<DevicePlan> street = street_plan();
  return *std::ranges::find(street, DeviceKind::Inverter, &DevicePlan::kind);
}

/// One second of a street with nothing but a roof, which may feed in so much.
World roof_at(const char* time, Milliamps may_feed) {
  World::Setup setup = setup_with({roof()}, 0);
  setup.start = *parse_local_time(time);
  World world(std::move(setup));
  Orders orders = told(0_A);
  orders.feed = Setpoint{may_feed, std::nullopt};
  world.step(*parse_local_time(time), 1_s, {orders});
  return world;
}

TEST(World, HasSunOnItsRoofByItsOwnTimeOfDay) {
  const auto fed = [](const char* time) { return -roof_at(time, 16_A).devices()[0].truth().current[Phase::L2]; };
  EXPECT_GT(fed("2019-04-03T13:00"), 9_A);
  EXPECT_LE(fed("2019-04-03T13:00"), 14'600_mA) << "10 kW on three phases";
  EXPECT_GT(fed("2019-04-03T16:00"), 7_A);
  EXPECT_LT(fed("2019-04-03T19:00"), 4_A);
  EXPECT_EQ(fed("2019-04-03T20:30"), 0_A);
  EXPECT_EQ(fed("2019-04-03T05:30"), 0_A);
}

TEST(World, ARoofIsHeldBackByWhatItMayFeedIn) {
  const World free = roof_at("2019-04-03T13:00", 16_A);
  EXPECT_FALSE(free.devices()[0].truth().limited);
  const World held = roof_at("2019-04-03T13:00", 5_A);
  EXPECT_EQ(held.devices()[0].truth().current, PerPhase<Milliamps>::all(-(5_A)));
  EXPECT_TRUE(held.devices()[0].truth().limited);
}

TEST(World, CountsWhatTheStreetFeedsBackApart) {
  const World world = roof_at("2019-04-03T13:00", 16_A);
  EXPECT_EQ(world.energy(), Millijoules(0));
  EXPECT_GT(world.fed_in(), Millijoules(6'000'000)) << "a second of 6 kW";
  EXPECT_EQ(world.fed_in(), world.devices()[0].fed_in());
  EXPECT_EQ(world.devices()[0].energy(), Millijoules(0));
}

TEST(World, VoltageAndFrequencyNeverStandStill) {
  World world(setup_with({}, 1000));
  GridTruth before = world.grid();
  for (int s = 1; s < 600; ++s) {
    world.step(kStart + Millis(s * 1000), 1_s, {});
    EXPECT_NE(world.grid().voltage, before.voltage) << "second " << s;
    before = world.grid();
  }
}

TEST(World, CarsComeAndGoByTheirSessions) {
  const Session session{kStart + 60_s, kStart + 120_s, 5000_Wh, 3000_W};
  World world(setup_with({charger("charger-1", {Phase::L1})}, 0, {{{"anna", {session}}}, "", false}));
  run(world, 0, 59, 32_A);
  EXPECT_FALSE(world.devices()[0].car()->plugged());
  run(world, 59, 30, 32_A);
  EXPECT_EQ(world.devices()[0].truth().current[Phase::L1], 16_A);
  EXPECT_EQ(world.requested(), millijoules(5000_Wh));
  run(world, 89, 31, 32_A);
  EXPECT_FALSE(world.devices()[0].car()->plugged());
  EXPECT_GT(world.delivered(), Millijoules(0));
}

TEST(World, AddedBaseLoadStaysUntilItIsSetAgain) {
  World world(setup_with({}, 0));
  world.add_base({{10_A, 0_A, 0_A}});
  run(world, 0, 2, 0_A);
  EXPECT_NEAR(static_cast<double>(world.grid().current[Phase::L1].count()), 10'000, 20);
  world.add_base({});
  run(world, 2, 1, 0_A);
  EXPECT_EQ(world.grid().current[Phase::L1], 0_A);
}

TEST(Truth, CallsItOverloadOnlyWhereControllableLoadIsAboveItsFloor) {
  World world(setup_with({charger("charger-1", {Phase::L1})}, 4600));
  world.plug(0, {20'000_Wh, 1, 16_A});
  run(world, 0, 20, 16_A);
  EXPECT_TRUE(judge(world, 15_kVA).overload);
  EXPECT_FALSE(judge(world, 30_kVA).overload);
  EXPECT_TRUE(judge(world, 13_kVA).base_overload) << "the other two phases carry only base load";
  run(world, 20, 10, 0_A);
  EXPECT_FALSE(judge(world, 13_kVA).overload);
  EXPECT_TRUE(judge(world, 13_kVA).base_overload);
}

TEST(Truth, AFloorIsNotControllable) {
  DevicePlan pump{*AgentId::parse("heat-pump"),
                  DeviceKind::HeatPump,
                  "",
                  {Phase::L1, Phase::L2, Phase::L3},
                  2_A,
                  12_A,
                  100_mA,
                  12_A,
                  2_s,
                  {},
                  {}};
  World world(setup_with({pump}, 4600));
  for (int s = 0; world.devices()[0].truth().current[Phase::L1] == 0_A && s < 20'000; ++s) run(world, s, 1, 12_A);
  ASSERT_GT(world.devices()[0].truth().current[Phase::L1], 0_A);
  EXPECT_FALSE(judge(world, 15_kVA).overload);
  EXPECT_TRUE(judge(world, 15_kVA).base_overload);
}

TEST(Ledger, CountsSecondsEnergyAndTheLongestOverload) {
  World world(setup_with({charger("charger-1", {Phase::L1})}, 4600));
  Ledger ledger(world, 15_kVA);
  world.plug(0, {20'000_Wh, 1, 16_A});
  for (int s = 1; s <= 60; ++s) {
    world.step(kStart + Millis(s * 1000), 1_s, {told(s <= 20 ? 16_A : s <= 30 ? 0_A : 8_A)});
    ledger.add(world);
  }
  const RunSums sums = ledger.sums(world);
  EXPECT_EQ(sums.samples, 60);
  EXPECT_GT(sums.overload_seconds, 30);
  EXPECT_LT(sums.longest_overload_s, sums.overload_seconds);
  EXPECT_EQ(sums.base_overload_seconds, 0);
  EXPECT_EQ(sums.devices[0].limited_seconds, 40);
  EXPECT_EQ(sums.devices[0].energy, world.delivered());
  EXPECT_EQ(sums.requested, millijoules(20'000_Wh));
}

TEST(Ledger, WritesALineThatIsJson) {
  World world(setup_with({charger("charger-1", {Phase::L1})}, 4600));
  run(world, 0, 1, 16_A);
  const std::string line = truth_line(world, judge(world, 15_kVA), kStart + 1_s, 1);
  const boost::json::value json = boost::json::parse(line);
  EXPECT_EQ(json.at("s").as_int64(), 1);
  EXPECT_EQ(json.at("local").as_string(), "2019-04-03T16:00:01");
  EXPECT_EQ(json.at("load_va").as_array().size(), 3U);
  EXPECT_EQ(json.at("devices").at("charger-1").at("allowed_ma").as_int64(), 16'000);
}

Control with_watchdog(Fallback fallback) {
  Control control;
  control.watchdog.emplace();
  control.watchdog->fallback = fallback;
  return control;
}

Orders armed(Milliamps limit, Millis timeout, bool fed) { return {Setpoint{limit, std::nullopt}, timeout, 6_A, fed}; }

TEST(Electronics, ObeyTheLimitInTheirRegistersUpToTheirOwnMaximum) {
  Electronics electronics({}, charger("c", {Phase::L1}, 16_A), Policy::Balans);
  EXPECT_EQ(electronics.step(1_s, {}, Obedience::Obeys).current, 16_A) << "nothing written yet";
  EXPECT_EQ(electronics.step(1_s, told(10_A), Obedience::Obeys).current, 10_A);
  EXPECT_EQ(electronics.step(1_s, told(32_A), Obedience::Obeys).current, 16_A);
  EXPECT_EQ(electronics.step(1_s, told(10_A), Obedience::Ignores).current, 16_A);
}

TEST(Electronics, FallBackWhenNobodyFeedsTheWatchdog) {
  Electronics electronics(with_watchdog(Fallback::SafeLimit), charger("c", {Phase::L1}), Policy::Balans);
  for (int s = 0; s < 5; ++s)
    EXPECT_EQ(electronics.step(1_s, armed(20_A, 5_s, s == 0), Obedience::Obeys).current, 20_A);
  EXPECT_EQ(electronics.step(1_s, armed(20_A, 5_s, false), Obedience::Obeys).current, 20_A);
  EXPECT_EQ(electronics.step(1_s, armed(20_A, 5_s, false), Obedience::Obeys).current, 6_A);
  EXPECT_TRUE(electronics.fallen_back());
  EXPECT_EQ(electronics.step(1_s, armed(20_A, 5_s, true), Obedience::Obeys).current, 20_A);
}

TEST(Electronics, UseTheTimeOutThatTheInstallerHasSet) {
  DevicePlan plan = charger("c", {Phase::L1});
  plan.installed_timeout = 3_s;
  Electronics electronics(with_watchdog(Fallback::Configured), plan, Policy::Balans);
  electronics.step(1_s, told(20_A), Obedience::Obeys);
  Orders unfed = told(20_A);
  unfed.fed = false;
  for (int s = 0; s < 3; ++s) EXPECT_EQ(electronics.step(1_s, unfed, Obedience::Obeys).current, 20_A);
  EXPECT_EQ(electronics.step(1_s, unfed, Obedience::Obeys).current, 0_A);
}

TEST(Electronics, UncontrolledRunAtTheirMaximumWithoutWatchdog) {
  Electronics electronics(with_watchdog(Fallback::Zero), charger("c", {Phase::L1}), Policy::Uncontrolled);
  for (int s = 0; s < 100; ++s)
    EXPECT_EQ(electronics.step(1_s, armed(6_A, 5_s, false), Obedience::Obeys).current, 32_A);
}

TEST(Plan, HasFiveChargersOfAtLeastTwoLayoutsOneOfThemOnePhase) {
  int chargers = 0, one_phase = 0;
  std::vector<std::string> files;
  for (const DevicePlan& device : street_plan()) {
    if (device.kind != DeviceKind::Charger) continue;
    ++chargers;
    one_phase += device.phases.size() == 1 ? 1 : 0;
    if (std::find(files.begin(), files.end(), device.file) == files.end()) files.push_back(device.file);
  }
  EXPECT_EQ(street_plan().size(), 9U);
  EXPECT_EQ(chargers, 5);
  EXPECT_EQ(one_phase, 1);
  EXPECT_GE(files.size(), 2U);
}

TEST(Plan, KeepsTheChosenDevicesAndNamesAStranger) {
  const Result<std::vector<DevicePlan>> two = chosen(street_plan(), {"boiler", "charger-1"});
  ASSERT_TRUE(two.ok());
  EXPECT_EQ((*two)[0].id.str(), "charger-1");
  EXPECT_NE(chosen(street_plan(), {"sauna"}).error().message().find("'sauna'"), std::string::npos);
}

TEST(Commands, AreRead) {
  EXPECT_EQ(std::get<SetMeterFault>(*parse_command(R"({"meter":"x1000"})")).fault, MeterFault::Times1000);
  EXPECT_EQ(std::get<SetDeviceFault>(*parse_command(R"({"device":"charger-1","fault":"disobey"})")).fault,
            DeviceFault::Disobey);
  EXPECT_EQ(std::get<AddBase>(*parse_command(R"({"base_add_a":[0,20.5,-1]})")).current,
            (PerPhase<Milliamps>{{0_A, 20'500_mA, -(1_A)}}));
  const PlugCar plug =
      std::get<PlugCar>(*parse_command(R"({"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}})"));
  EXPECT_EQ(plug.need.energy, 20'000_Wh);
  EXPECT_EQ(plug.need.conductors, 3);
  EXPECT_EQ(std::get<UnplugCar>(*parse_command(R"({"car":"charger-2","unplug":true})")).charger.str(), "charger-2");
}

TEST(Commands, SayWhatIsWrong) {
  const auto message = [](const char* line) { return parse_command(line).error().message(); };
  EXPECT_EQ(message("meter"), "not a JSON object");
  EXPECT_EQ(message("{}"), "expected one of the keys meter, device, base_add_a, car");
  EXPECT_EQ(message(R"({"meter":"broken"})"), "meter: expected one of none, freeze, nan, sign, x1000, silent");
  EXPECT_EQ(message(R"({"base_add_a":[1,2]})"), "base_add_a: expected three numbers, L1 L2 L3");
  EXPECT_EQ(message(R"({"car":"charger-1","plug":{"kwh":1,"phases":2,"max_a":16}})"), "plug.phases: expected 1 or 3");
}

}  // namespace
}  // namespace balans::sim
