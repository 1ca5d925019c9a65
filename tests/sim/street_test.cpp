// The street over real Modbus: what a client sees there and what its writes do.

#include <gtest/gtest.h>

#include <cmath>

#include "common/io/modbus/client.hpp"
#include "common/registers/driver.hpp"
#include "sim/data/local_time.hpp"
#include "sim/data/synthetic.hpp"
#include "sim/street/street.hpp"
#include "sim/street/summary.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace balans::sim {
namespace {

const LocalTime kStart = *parse_local_time("2019-04-03T16:00");

/// A street of synthetic data whose time is moved by the test.
class StreetOverModbus : public ::testing::Test {
 protected:
  void SetUp() override {
    StreetOptions options;
    options.data_dir = "/nonexistent";
    options.devices_dir = "config/devices";
    options.start = kStart;
    Result<StreetSetup> setup = set_up(options);
    ASSERT_TRUE(setup.ok()) << setup.error().message();
    EXPECT_TRUE(setup->sources.synthetic);
    setup_meter_ = setup->meter;
    plan_ = setup->world.plan;
    descriptions_ = setup->devices;
    Result<std::unique_ptr<Street>> street = Street::start(std::move(*setup), 75_kVA, std::nullopt);
    ASSERT_TRUE(street.ok()) << street.error().message();
    street_ = std::move(*street);
    ports_ = boost::json::parse(street_->ports_json());
  }

  void seconds(int count) {
    for (int i = 0; i < count; ++i) street_->second(kStart + Millis(++second_ * 1000));
  }
  void tell(const char* line) {
    const Result<Command> command = parse_command(line);
    ASSERT_TRUE(command.ok());
    const Result<void> done = street_->apply(*command);
    ASSERT_TRUE(done.ok()) << done.error().message();
  }
  std::unique_ptr<ModbusClient> client_of(const boost::json::value& place) {
    ModbusClientOptions options;
    options.name = "test";
    options.endpoint = ModbusTcpEndpoint{"127.0.0.1", static_cast<std::uint16_t>(place.at("port").as_int64())};
    options.response_timeout = std::chrono::milliseconds(200);
    return std::make_unique<ModbusClient>(options);
  }
  static std::uint8_t unit_of(const boost::json::value& place) {
    return static_cast<std::uint8_t>(place.at("unit").as_int64());
  }

  DeviceDescription setup_meter_;
  std::vector<DevicePlan> plan_;
  std::vector<DeviceDescription> descriptions_;
  std::unique_ptr<Street> street_;
  boost::json::value ports_;
  std::int64_t second_ = 0;
};

TEST_F(StreetOverModbus, MeterShowsTheLoadOfTheStreet) {
  seconds(5);
  const auto client = client_of(ports_.at("meter"));
  Driver meter(setup_meter_, *client, unit_of(ports_.at("meter")));
  ASSERT_TRUE(meter.prepare({}).ok());
  const Result<Sample> sample = meter.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  EXPECT_EQ(sample->current, street_->world().grid().current);
  EXPECT_EQ(sample->voltage, street_->world().grid().voltage);
  const auto life = sample->life;
  seconds(1);
  EXPECT_NE(meter.poll()->life, life);
}

TEST_F(StreetOverModbus, EveryDeviceAnswersAndObeysItsLimit) {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    const std::string id = plan_[i].id.str();
    const boost::json::value& place = ports_.at("devices").at(id);
    const auto client = client_of(place);
    Driver driver(descriptions_[i], *client, unit_of(place));
    const Result<void> prepared =
        driver.prepare({static_cast<int>(plan_[i].phases.size()), Milliamps(0), std::nullopt});
    ASSERT_TRUE(prepared.ok()) << id << ": " << prepared.error().message();
    const bool feeds = plan_[i].kind == DeviceKind::Inverter;
    const auto limit = [&](Milliamps most) { return feeds ? driver.write_feed_limit(most) : driver.write_limit(most); };
    const auto in_force = [&] {
      const DeviceTruth& truth = street_->world().devices()[i].truth();
      return feeds ? truth.may_feed : truth.allowed;
    };
    const Result<Setpoint> written = limit(7_A);
    ASSERT_TRUE(written.ok()) << id << ": " << written.error().message();
    seconds(1);
    EXPECT_GT(in_force(), 5_A) << id;
    EXPECT_LE(in_force(), 7_A) << id;
    const Result<Sample> sample = driver.poll();
    ASSERT_TRUE(sample.ok()) << id << ": " << sample.error().message();
    ASSERT_TRUE(limit(0_A).ok()) << id;
    seconds(1);
    EXPECT_EQ(in_force(), 0_A) << id;
  }
}

TEST_F(StreetOverModbus, ACarChargesAtWhatItsChargerWasToldAndTheMetersAgree) {
  tell(R"({"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}})");
  const boost::json::value& place = ports_.at("devices").at("charger-1");
  const auto client = client_of(place);
  Driver driver(descriptions_[0], *client, unit_of(place));
  ASSERT_TRUE(driver.prepare({}).ok());
  ASSERT_TRUE(driver.write_limit(9_A).ok());
  seconds(10);
  const Result<Sample> sample = driver.poll();
  ASSERT_TRUE(sample.ok());
  EXPECT_EQ(sample->current, (PerPhase<Milliamps>{{9_A, 9_A, 9_A}}));
  EXPECT_EQ(sample->vehicle, VehicleState::C);
}

TEST_F(StreetOverModbus, ARoofShowsWhatItFeedsInAndCountsIt) {
  const auto roof =
      static_cast<std::size_t>(std::ranges::find(plan_, DeviceKind::Inverter, &DevicePlan::kind) - plan_.begin());
  const boost::json::value& place = ports_.at("devices").at("roof");
  const auto client = client_of(place);
  Driver driver(descriptions_[roof], *client, unit_of(place));
  ASSERT_TRUE(driver.prepare({3, Milliamps(0), std::nullopt}).ok());
  ASSERT_TRUE(driver.write_feed_limit(16_A).ok());
  seconds(600);
  const Result<Sample> sample = driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  const DeviceTruth& truth = street_->world().devices()[roof].truth();
  EXPECT_LT(truth.current[Phase::L1], -(7_A));
  EXPECT_NEAR(static_cast<double>(sample->total_power->count()),
              690.0 * static_cast<double>(truth.current[Phase::L1].count()) / 1000, 100);
  EXPECT_GT(*sample->energy_export, 700_Wh);
}

TEST_F(StreetOverModbus, AChargerWithAWatchdogPausesWhenItsMasterFallsSilent) {
  tell(R"({"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}})");
  {
    const boost::json::value& place = ports_.at("devices").at("charger-1");
    const auto client = client_of(place);
    Driver driver(descriptions_[0], *client, unit_of(place));
    ASSERT_TRUE(driver.prepare({}).ok());
    ASSERT_TRUE(driver.write_limit(9_A).ok());
  }
  seconds(50);
  EXPECT_EQ(street_->world().devices()[0].truth().current[Phase::L1], 9_A);
  seconds(15);
  EXPECT_EQ(street_->world().devices()[0].truth().current[Phase::L1], 0_A);
  EXPECT_TRUE(street_->world().devices()[0].truth().fallen_back);
}

TEST_F(StreetOverModbus, MeterFaultsShow) {
  seconds(1);
  const auto client = client_of(ports_.at("meter"));
  Driver meter(setup_meter_, *client, unit_of(ports_.at("meter")));
  ASSERT_TRUE(meter.prepare({}).ok());
  const auto before = meter.poll();
  tell(R"({"meter":"freeze"})");
  seconds(20);
  EXPECT_EQ(*meter.poll(), *before);
  tell(R"({"meter":"sign"})");
  seconds(1);
  EXPECT_LT(meter.poll()->total_power, Watts(0));
  tell(R"({"meter":"nan"})");
  seconds(1);
  EXPECT_FALSE(meter.poll().ok());
  tell(R"({"meter":"silent"})");
  EXPECT_FALSE(meter.poll().ok());
  tell(R"({"meter":"none"})");
  seconds(1);
  Result<Sample> healed = meter.poll();
  if (!healed) healed = meter.poll();  // the connection was closed and is opened again
  ASSERT_TRUE(healed.ok()) << healed.error().message();
  EXPECT_EQ(healed->current, street_->world().grid().current);
}

TEST_F(StreetOverModbus, DeviceFaultsShow) {
  tell(R"({"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}})");
  const boost::json::value& place = ports_.at("devices").at("charger-1");
  const auto client = client_of(place);
  Driver driver(descriptions_[0], *client, unit_of(place));
  ASSERT_TRUE(driver.prepare({}).ok());
  ASSERT_TRUE(driver.write_limit(0_A).ok());
  tell(R"({"device":"charger-1","fault":"disobey"})");
  seconds(20);
  EXPECT_EQ(street_->world().devices()[0].truth().current[Phase::L1], 16_A);
  tell(R"({"device":"charger-1","fault":"silent"})");
  EXPECT_FALSE(driver.poll().ok());
}

TEST_F(StreetOverModbus, CommandsForStrangersAreRefused) {
  EXPECT_FALSE(street_->apply(*parse_command(R"({"device":"sauna","fault":"silent"})")).ok());
  EXPECT_FALSE(street_->apply(*parse_command(R"({"car":"boiler","unplug":true})")).ok());
}

TEST_F(StreetOverModbus, WhatWasBeforeTheStartIsNotCounted) {
  for (int s = -5; s <= 3; ++s) street_->second(kStart + Millis(s * 1000));
  EXPECT_EQ(street_->sums().samples, 3);
}

TEST(Summary, HasEveryFieldAndSaysWhenDataIsSynthetic) {
  World::Setup setup{kStart, synthetic_base_load(), synthetic_drivers(kStart), street_plan(), {}, Policy::Uncontrolled};
  setup.controls.resize(setup.plan.size());
  World world(std::move(setup));
  Ledger ledger(world, 40_kVA);
  for (int s = 1; s <= 120; ++s) {
    world.step(kStart + Millis(s * 1000), 1_s, std::vector<Orders>(9));
    ledger.add(world);
  }
  const boost::json::object json = summary_json(
      ledger.sums(world), {Policy::Uncontrolled, 40_kVA, kStart, 0, 0, {"synthetic a", "synthetic b", true}});
  for (const char* key : {"minutes", "samples", "peak_load_kva", "rating_kva", "overload_seconds", "longest_overload_s",
                          "base_overload_seconds", "energy_requested_kwh", "energy_delivered_kwh", "devices",
                          "readings_recorded", "failures"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json.at("minutes").as_double(), 2);
  EXPECT_EQ(json.at("devices").as_array().size(), 9U);
  for (const boost::json::value& device : json.at("devices").as_array())
    EXPECT_EQ(device.at("fed_in_kwh").as_double() > 0, device.at("kind").as_string() == "inverter") << device.at("id");
  EXPECT_NE(summary_text(json).find("SYNTHETIC"), std::string::npos);
}

}  // namespace
}  // namespace balans::sim
