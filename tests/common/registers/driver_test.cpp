#include "common/registers/driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/registers/test_device.hpp"

namespace balans {
namespace {

using testing::ElementsAre;

struct Bench {
  explicit Bench(const DeviceDescription& device) : image(device), bus(image), driver(device, bus, 1) {}
  void prepare(DriverSettings settings = {}) {
    const auto prepared = driver.prepare(settings);
    ASSERT_TRUE(prepared.ok()) << prepared.error().message();
    bus.log.clear();
  }
  RegisterImage image;
  LoggingTransport bus;
  Driver driver;
};

TEST(Driver, PreparesIdentityThenSafeLimitThenWatchdog) {
  Bench bench(test_charger());
  DriverSettings settings;
  settings.failsafe = 6_A;
  settings.watchdog_timeout = 60_s;
  ASSERT_TRUE(bench.driver.prepare(settings).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("read 3 1 1", "write 6 22 60", "write 6 21 60"));
}

TEST(Driver, LeavesTheWatchdogAloneWhenNotTold) {
  Bench bench(test_charger());
  ASSERT_TRUE(bench.driver.prepare({}).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("read 3 1 1", "write 6 22 0"));
}

TEST(Driver, RefusesAnotherDevice) {
  Bench bench(test_charger());
  const std::vector<std::uint16_t> other{78};
  bench.image.set_words(ReadFunction::HoldingRegisters, 1, other);
  const auto prepared = bench.driver.prepare({});
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().message(), "chargers/test unit 1, identity, register 1: 78 is not the device's 77");
}

TEST(Driver, DoesNothingBeforeItIsPrepared) {
  Bench bench(test_charger());
  EXPECT_FALSE(bench.driver.poll().ok());
  EXPECT_FALSE(bench.driver.write_limit(10_A).ok());
  EXPECT_FALSE(bench.driver.read_back().ok());
  EXPECT_FALSE(bench.driver.keep_alive().ok());
  EXPECT_TRUE(bench.bus.log.empty());
}

TEST(Driver, PollsEverythingInAsFewRequestsAsAllowed) {
  Bench bench(test_charger());
  bench.prepare();
  Sample shown;
  shown.current = PerPhase<Milliamps>{{16_A, 15'900_mA, 15'800_mA}};
  shown.voltage = PerPhase<Millivolts>{{231_V, 0_V, 0_V}};
  ASSERT_TRUE(bench.image.show(shown).ok());
  const auto sample = bench.driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  EXPECT_THAT(bench.bus.log, ElementsAre("read 3 10 4", "read 3 20 1"));
  EXPECT_EQ(sample->current, shown.current);
  EXPECT_EQ(sample->voltage, shown.voltage);
  EXPECT_EQ(sample->setpoint, (Setpoint{0_A, std::nullopt}));
  EXPECT_TRUE(sample->life);
}

TEST(Driver, ANanNamesDeviceQuantityAndRegister) {
  Bench bench(test_charger());
  bench.prepare();
  const std::vector<std::uint16_t> huge{0xFFFF};
  bench.image.set_words(ReadFunction::HoldingRegisters, 11, huge);
  const auto sample = bench.driver.poll();
  ASSERT_FALSE(sample.ok());
  EXPECT_EQ(sample.error().message(), "chargers/test unit 1, current_l2, register 11: 6553500 is outside 0..100000");
}

TEST(Driver, ReadsTheIdentityAgainAfterAFailureBeforeItTrustsData) {
  Bench bench(test_charger());
  bench.prepare();
  bench.bus.failures = 1;
  EXPECT_FALSE(bench.driver.poll().ok());
  bench.bus.log.clear();
  EXPECT_TRUE(bench.driver.poll().ok());
  EXPECT_EQ(bench.bus.log.front(), "read 3 1 1");
  bench.bus.log.clear();
  EXPECT_TRUE(bench.driver.poll().ok());
  EXPECT_EQ(bench.bus.log.front(), "read 3 10 4");
}

TEST(Driver, TrustsNothingWhileTheIdentityIsNotItsOwn) {
  Bench bench(test_charger());
  bench.prepare();
  bench.bus.failures = 1;
  EXPECT_FALSE(bench.driver.poll().ok());
  const std::vector<std::uint16_t> late{115}, own{77};  // the answer to another question
  bench.image.set_words(ReadFunction::HoldingRegisters, 1, late);
  EXPECT_FALSE(bench.driver.poll().ok());
  EXPECT_FALSE(bench.driver.read_back().ok());
  bench.image.set_words(ReadFunction::HoldingRegisters, 1, own);
  EXPECT_TRUE(bench.driver.poll().ok());
}

TEST(Driver, AFailedWriteAlsoMakesTheNextAnswerDoubtful) {
  Bench bench(test_charger());
  bench.prepare();
  bench.bus.failures = 1;
  EXPECT_FALSE(bench.driver.write_limit(10_A).ok());
  bench.bus.log.clear();
  EXPECT_TRUE(bench.driver.poll().ok());
  EXPECT_EQ(bench.bus.log.front(), "read 3 1 1");
}

TEST(Driver, WritesALimitAndReadsItBack) {
  Bench bench(test_charger());
  bench.prepare();
  const auto written = bench.driver.write_limit(13'370_mA);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->current, 13'300_mA);
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 133"));
  EXPECT_EQ(bench.driver.read_back()->current, 13'300_mA);
  EXPECT_EQ(bench.image.setpoint(3)->current, 13'300_mA);
}

TEST(Driver, PausesByACoilAndReleasesItOnce) {
  Bench bench(test_charger_with_coil());
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  ASSERT_TRUE(bench.driver.write_limit(12_A).ok());
  ASSERT_TRUE(bench.driver.write_limit(3_A).ok());
  EXPECT_EQ(bench.driver.read_back()->current, 0_A);
  EXPECT_EQ(bench.image.setpoint(3)->current, 0_A);
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_EQ(bench.driver.read_back()->current, 10_A);
  EXPECT_THAT(bench.bus.log,
              ElementsAre("write 6 20 100", "write 5 30 1", "write 6 20 120", "write 5 30 0", "read 1 30 1",
                          "read 3 20 1", "write 6 20 100", "write 5 30 1", "read 1 30 1", "read 3 20 1"));
}

TEST(Driver, ReleasesAgainWhenThePauseMayHaveFailed) {
  Bench bench(test_charger_with_coil());
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  bench.bus.failures = 1;
  EXPECT_FALSE(bench.driver.write_limit(0_A).ok());
  bench.bus.log.clear();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 100", "write 5 30 1"));
}

TEST(Driver, KeepsAWatchdogContentWithTheLastLimit) {
  Bench bench(test_charger());
  bench.prepare();
  EXPECT_EQ(bench.driver.refresh_every(), 10_s);
  EXPECT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_TRUE(bench.bus.log.empty()) << "there is no limit yet to repeat";
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  ASSERT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 100", "write 6 20 100"));
}

TEST(Driver, KeepsAWatchdogContentWithALifeSignal) {
  DeviceDescription device = test_charger();
  device.control->watchdog->kept_by = KeptBy::LifeSignal;
  device.control->watchdog->life_signal = LifeSignal{test_write(WriteFunction::Register, 40, {}, 0), {0x55AA}, {0, 0}};
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 40 21930"));
}

// ---- feeding in, levels, phases ----

TEST(Driver, LimitsWhatIsFedInByItsOwnRegister) {
  Bench bench(test_battery_with_feed());
  bench.prepare({.feeding = Feeding::Limited});
  EXPECT_EQ(bench.driver.write_feed_limit(7'950_mA)->current, 7'900_mA);
  EXPECT_EQ(bench.driver.write_limit(6_A)->current, 6_A);
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 50 79", "write 6 20 60"));
  const auto sample = bench.driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  EXPECT_EQ(sample->feed_setpoint->current, 7'900_mA);
  EXPECT_EQ(sample->setpoint->current, 6_A);
  EXPECT_EQ(bench.image.feed_setpoint(3)->current, 7'900_mA);
}

TEST(Driver, NeverTouchesRegistersOfFeedingInThatItDoesNotLimit) {
  Bench bench(test_battery_with_feed());
  ASSERT_TRUE(bench.driver.prepare({}).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("read 3 1 1", "write 6 22 0"));
  EXPECT_FALSE(bench.driver.write_feed_limit(5_A).ok());
  EXPECT_FALSE(bench.driver.poll()->feed_setpoint);
}

TEST(Driver, PreparesFeedingInThatItLimits) {
  Bench bench(test_battery_with_feed());
  ASSERT_TRUE(bench.driver.prepare({.feeding = Feeding::Limited}).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("read 3 1 1", "write 6 51 3", "write 6 22 0"));
}

TEST(Driver, AlwaysLimitsADeviceThatOnlyFeedsIn) {
  DeviceDescription inverter = test_battery_with_feed();
  inverter.control->draw.reset();
  inverter.control->watchdog.reset();
  Bench bench(inverter);
  bench.prepare();
  EXPECT_FALSE(bench.driver.write_limit(6_A).ok());
  EXPECT_EQ(bench.driver.write_feed_limit(6_A)->current, 6_A);
}

TEST(Driver, KeepsAWatchdogContentWithTheLastLimitsOfBothDirections) {
  Bench bench(test_battery_with_feed());
  bench.prepare({.feeding = Feeding::Limited});
  ASSERT_TRUE(bench.driver.write_limit(6_A).ok());
  ASSERT_TRUE(bench.driver.write_feed_limit(8_A).ok());
  bench.bus.log.clear();
  ASSERT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 60", "write 6 50 80"));
}

TEST(Driver, PicksTheLargestLevelThatALimitAllows) {
  Bench bench(test_pump_with_relays());
  bench.prepare();
  EXPECT_EQ(bench.driver.write_limit(9'999_mA)->current, 4_A);
  EXPECT_THAT(bench.bus.log, ElementsAre("write 5 60 0", "write 5 61 1"));
  EXPECT_EQ(bench.driver.read_back()->current, 4_A);
  EXPECT_EQ(bench.image.setpoint(3)->current, 4_A);
  EXPECT_EQ(bench.driver.write_limit(63_A)->current, 10_A);
  EXPECT_EQ(bench.driver.write_limit(3_A)->current, 0_A);
  EXPECT_EQ(bench.driver.read_back()->current, 0_A);
}

TEST(Driver, CountsAStateThatIsNoneOfTheLevelsAsTheLargest) {
  Bench bench(test_pump_with_relays());
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(0_A).ok());
  const std::vector<std::uint16_t> on{1};
  bench.image.set_words(ReadFunction::Coils, 61, on);
  EXPECT_EQ(bench.driver.read_back()->current, 10_A);
}

TEST(Driver, SwitchesPhasesAndTellsWhichAreConnected) {
  Bench bench(test_charger_with_phase_switch());
  bench.prepare({.switching = Switching::Used});
  EXPECT_EQ(bench.driver.poll()->phase_mode, PhaseMode::All);
  bench.bus.log.clear();
  ASSERT_TRUE(bench.driver.switch_phases(PhaseMode::Fewer).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 70 1"));
  EXPECT_EQ(bench.driver.poll()->phase_mode, PhaseMode::Fewer);
  EXPECT_EQ(bench.image.phase_mode(), PhaseMode::Fewer);
  const std::vector<std::uint16_t> odd{2};
  bench.image.set_words(ReadFunction::HoldingRegisters, 71, odd);
  EXPECT_FALSE(bench.driver.poll()->phase_mode) << "neither one nor three";
}

TEST(Driver, LeavesPhasesAloneThatItIsNotToSwitch) {
  Bench bench(test_charger_with_phase_switch());
  bench.prepare();
  EXPECT_FALSE(bench.driver.switch_phases(PhaseMode::Fewer).ok());
  EXPECT_FALSE(bench.driver.poll()->phase_mode);
}

TEST(Driver, AMeterCannotBeLimited) {
  DeviceDescription meter = test_charger();
  meter.control.reset();
  Bench bench(meter);
  bench.prepare();
  EXPECT_FALSE(bench.driver.write_limit(10_A).ok());
  EXPECT_FALSE(bench.driver.read_back().ok());
  EXPECT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_FALSE(bench.driver.refresh_every());
  EXPECT_FALSE(bench.driver.poll()->setpoint);
}

}  // namespace
}  // namespace balans
