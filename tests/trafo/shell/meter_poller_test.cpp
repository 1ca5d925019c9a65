#include "trafo/shell/meter_poller.hpp"

#include <gtest/gtest.h>

#include <map>

#include "common/io/device_file/device_file.hpp"
#include "common/io/modbus/server.hpp"
#include "common/io/runtime/mailbox.hpp"
#include "common/registers/image.hpp"
#include "trafo/shell/events.hpp"

namespace balans {
namespace {

const std::vector<Phase> kStraight(kPhases.begin(), kPhases.end());

Sample sample_of(Milliamps current, Watts power) {
  Sample sample;
  sample.current = PerPhase<Milliamps>::all(current);
  sample.power = PerPhase<Watts>::all(power);
  sample.life = 7;
  return sample;
}

TEST(MeterSample, ACurrentWithoutDirectionTakesThatOfItsPower) {
  EXPECT_EQ(to_meter_sample(sample_of(10_A, 2300_W), kStraight, BootTime(5))->current[Phase::L2], 10_A);
  EXPECT_EQ(to_meter_sample(sample_of(10_A, -2300_W), kStraight, BootTime(5))->current[Phase::L2], -10_A);
}

TEST(MeterSample, TerminalsMapToTheGridsPhases) {
  Sample sample = sample_of(0_A, 0_W);
  (*sample.current)[Phase::L1] = 16_A;  // the meter's first terminal hangs on L3
  const auto result = to_meter_sample(sample, {Phase::L3, Phase::L1, Phase::L2}, BootTime(5));
  EXPECT_EQ(result->current, (PerPhase<Milliamps>{{0_A, 0_A, 16_A}}));
}

TEST(MeterSample, PowerIsTheSumWhereTheMeterHasNoTotal) {
  EXPECT_EQ(to_meter_sample(sample_of(10_A, 2300_W), kStraight, BootTime(5))->power, std::optional<Watts>(6900_W));
}

TEST(MeterSample, VoltagesAreThoseOfTheGridsPhases) {
  Sample sample = sample_of(10_A, 2300_W);
  sample.voltage = PerPhase<Millivolts>{{228_V, 229_V, 230_V}};
  const auto result = to_meter_sample(sample, {Phase::L3, Phase::L1, Phase::L2}, BootTime(5));
  EXPECT_EQ(result->voltage, std::optional(PerPhase<Millivolts>{{229_V, 230_V, 228_V}}));
}

TEST(MeterSample, ATerminalThatIsNotThereIsNoLowVoltage) {
  Sample sample = sample_of(10_A, 2300_W);
  sample.voltage = PerPhase<Millivolts>{{228_V, 0_V, 0_V}};
  EXPECT_FALSE(to_meter_sample(sample, kStraight, BootTime(5))->voltage);
}

TEST(MeterSample, AMeterWithoutCurrentsIsAnError) { EXPECT_FALSE(to_meter_sample(Sample{}, kStraight, BootTime(5))); }

PolledMeter meter_at(std::size_t index, const ModbusEndpoint& endpoint, std::uint8_t unit) {
  PolledMeter meter;
  meter.index = index;
  meter.settings = {"meters/eastron_sdm630", {endpoint, unit}, 200_ms, kStraight};
  return meter;
}

TEST(MeterBuses, OnePortOrGatewayIsOneBus) {
  const ModbusSerialEndpoint usb{"/dev/ttyUSB0", {}};
  const ModbusTcpEndpoint gateway{"10.0.0.5", 502};
  const auto buses = by_bus({meter_at(0, usb, 1), meter_at(1, gateway, 1), meter_at(2, usb, 2),
                             meter_at(3, ModbusTcpEndpoint{"10.0.0.6", 502}, 1), meter_at(4, gateway, 7)});
  ASSERT_EQ(buses.size(), 3U);
  ASSERT_EQ(buses[0].size(), 2U);
  EXPECT_EQ(buses[0][1].index, 2U);
  ASSERT_EQ(buses[1].size(), 2U);
  EXPECT_EQ(buses[1][1].index, 4U);
  EXPECT_EQ(buses[2][0].index, 3U);
}

TEST(MeterBuses, PollsThatDoNotFitAreToldWithFigures) {
  const auto description = load_device("config/devices", "meters/eastron_sdm630");
  ASSERT_TRUE(description) << description.error().message();
  PolledMeter meter = meter_at(0, ModbusSerialEndpoint{"/dev/ttyUSB0", {9600, 8, 'N', 1}}, 1);
  meter.name = "main";
  meter.description = *description;
  EXPECT_TRUE(overload_of({meter, meter})) << "five times a second, at 9600 baud";
  meter.settings.poll = 5_s;
  EXPECT_EQ(overload_of({meter, meter}), std::nullopt);
}

class SharedBus : public testing::Test {
 protected:
  void SetUp() override {
    auto description = load_device("config/devices", "meters/eastron_sdm630");
    ASSERT_TRUE(description) << description.error().message();
    description_ = *std::move(description);
    for (std::uint8_t unit : {std::uint8_t{1}, std::uint8_t{2}}) {
      images_.emplace(unit, description_);
      Sample sample = sample_of(Milliamps(unit * 1000), Watts(unit * 230));
      sample.voltage = PerPhase<Millivolts>::all(230_V);
      sample.total_power = Watts(unit * 690);
      sample.energy_import = WattHours(1000);
      sample.energy_export = WattHours(0);
      sample.frequency = Millihertz(50'000);
      ASSERT_TRUE(images_.at(unit).show(sample).ok());
    }
  }
  /// Polls units 1 and 2 until each of `meters` has sent a good sample; gives the newest of both.
  std::map<std::size_t, MeterSample> poll(std::map<std::uint8_t, Transport*> units,
                                          const std::vector<std::size_t>& meters) {
    auto server = ModbusTcpServer::start({}, std::move(units));
    EXPECT_TRUE(server) << server.error().message();
    const ModbusTcpEndpoint endpoint{"127.0.0.1", (*server)->port()};
    std::vector<PolledMeter> bus{meter_at(0, endpoint, 1), meter_at(1, endpoint, 2)};
    for (PolledMeter& meter : bus) meter.description = description_;
    MeterPoller poller(std::move(bus), lines_, clock_, [&](std::size_t meter, Result<MeterSample> sample) {
      mailbox_.push({meter, std::move(sample)});
    });
    std::map<std::size_t, MeterSample> newest;
    for (std::size_t meter : meters)
      while (!newest.contains(meter))
        for (const MeterPolled& polled : mailbox_.wait_until(clock_, clock_.boot() + 1_s))
          if (polled.sample) newest[polled.meter] = *polled.sample;
    return newest;
  }

  SystemClock clock_;
  ModbusLines lines_;
  DeviceDescription description_;
  std::map<std::uint8_t, RegisterImage> images_;
  Mailbox<MeterPolled> mailbox_{1000};
};

TEST_F(SharedBus, EachMeterIsReadAndSaysWhoItIs) {
  const auto samples = poll({{1, &images_.at(1)}, {2, &images_.at(2)}}, {0, 1});
  EXPECT_EQ(samples.at(0).current, PerPhase<Milliamps>::all(1_A));
  EXPECT_EQ(samples.at(1).current, PerPhase<Milliamps>::all(2_A));
  EXPECT_EQ(samples.at(1).voltage, std::optional(PerPhase<Millivolts>::all(230_V)));
}

TEST_F(SharedBus, AMeterThatDoesNotAnswerLeavesTheOtherOne) {
  const auto samples = poll({{2, &images_.at(2)}}, {1});
  EXPECT_FALSE(samples.contains(0));
  EXPECT_EQ(samples.at(1).current, PerPhase<Milliamps>::all(2_A));
}

}  // namespace
}  // namespace balans
