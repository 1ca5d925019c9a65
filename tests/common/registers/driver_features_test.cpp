// What single devices need of the driver: tokens, life signals, other units, memory that wears out, and the like.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "common/registers/driver.hpp"
#include "tests/common/registers/test_device.hpp"

namespace balans {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

FixedWrite constant(std::uint16_t address, std::int64_t value) {
  return {test_write(WriteFunction::Register, address, {}, 0), value};
}

/// A device, what it shows, and the driver above both.
struct Bench {
  explicit Bench(const DeviceDescription& device) : image(device), bus(image), driver(device, bus, 1) {
    if (device.identity) (void)image.set(QuantityId::VoltageL1, 230'000).ok();
  }
  void prepare(const DriverSettings& settings = {}) {
    const auto ready = driver.prepare(settings);
    ASSERT_TRUE(ready.ok()) << ready.error().message();
    bus.log.clear();
  }
  RegisterImage image;
  LoggingTransport bus;
  Driver driver;
};

TEST(DriverFeatures, TokensComeBeforeALimitAndTriggersAfterIt) {
  DeviceDescription device = test_charger();
  device.control->draw->before = {constant(90, 0x55AA)};
  device.control->draw->after = {constant(91, 1)};
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 90 21930", "write 6 20 100", "write 6 91 1"));
}

TEST(DriverFeatures, APauseByWritesNeedsNoReleaseWhereTheLimitReleases) {
  DeviceDescription device = test_charger();
  device.control->draw->pause = PauseByWrites{{constant(20, 1000)}, {}, {}};
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  ASSERT_TRUE(bench.driver.write_limit(5_A).ok());
  ASSERT_TRUE(bench.driver.write_limit(6_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 100", "write 6 20 1000", "write 6 20 60"));
}

TEST(DriverFeatures, APauseMayBeReadElsewhereThanItIsWritten) {
  DeviceDescription device = test_charger();
  device.control->draw->pause =
      PauseByWrites{{constant(30, 0)}, {constant(30, 1)}, {{test_field(31, DataType::U16, {}, 0), 5}}};
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_EQ(bench.driver.poll()->setpoint->current, 10_A);
  ASSERT_TRUE(bench.driver.write_limit(5_A).ok());
  EXPECT_EQ(bench.driver.poll()->setpoint->current, 0_A);
  const std::array<std::uint16_t, 1> running{2};
  bench.image.set_words(ReadFunction::HoldingRegisters, 31, running);
  EXPECT_EQ(bench.driver.poll()->setpoint->current, 10_A);
}

TEST(DriverFeatures, ALimitForEachPhaseIsWrittenInOneRequest) {
  DeviceDescription device = test_charger();
  device.control->draw->field.function = WriteFunction::Registers;
  device.control->draw->field.copies = 3;
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 16 20 100 100 100"));
}

TEST(DriverFeatures, ANegativeScaleIsRoundedTowardsZeroToo) {
  DeviceDescription device = test_charger();
  LimitSpec& draw = *device.control->draw;
  draw.field.encoding.type = DataType::I16;
  draw.field.scale = {-7, -1};
  draw.step = 1;
  draw.read_back.reset();
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 65522"));  // -14: 9.8 A
}

TEST(DriverFeatures, ACounterCountsAndStartsAnew) {
  DeviceDescription device = test_charger();
  device.control->watchdog->kept_by = KeptBy::LifeSignal;
  device.control->watchdog->life_signal = LifeSignal{test_write(WriteFunction::Register, 40, {}, 0), {}, {7, 8}};
  Bench bench(device);
  bench.prepare();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 40 7", "write 6 40 8", "write 6 40 7"));
}

TEST(DriverFeatures, ASignalThatWasLostIsSaidAgain) {
  DeviceDescription device = test_charger();
  device.control->watchdog->kept_by = KeptBy::LifeSignal;
  device.control->watchdog->life_signal = LifeSignal{test_write(WriteFunction::Register, 40, {}, 0), {0, 1}, {0, 0}};
  Bench bench(device);
  bench.prepare();
  bench.bus.failures = 1;
  EXPECT_FALSE(bench.driver.keep_alive().ok());
  EXPECT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 40 0", "write 6 40 0", "write 6 40 1"));
}

TEST(DriverFeatures, ATimeoutThatIsWrittenAgainKeepsTheDevice) {
  DeviceDescription device = test_charger();
  device.control->watchdog->kept_by = KeptBy::TimeoutWrite;
  Bench bench(device);
  DriverSettings settings;
  settings.watchdog_timeout = 30_s;
  bench.prepare(settings);
  ASSERT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 21 30"));
}

DeviceDescription test_charger_with_own_settings() {
  DeviceDescription device = test_charger();
  device.control->watchdog->shows_timeout = test_field(80, DataType::U16, {}, 3);
  device.control->watchdog->shows_limit = test_field(81, DataType::U16, {}, 3);
  return device;
}

std::string refusal(std::uint16_t seconds, std::uint16_t amps) {
  Bench bench(test_charger_with_own_settings());
  const std::array<std::uint16_t, 2> words{seconds, amps};
  bench.image.set_words(ReadFunction::HoldingRegisters, 80, words);
  DriverSettings settings;
  settings.failsafe = 6_A;
  settings.watchdog_timeout = 60_s;
  const auto ready = bench.driver.prepare(settings);
  return ready ? "" : ready.error().message();
}

TEST(DriverFeatures, ADeviceWhoseOwnSettingsAreNotWhatIsCountedOnIsRefused) {
  EXPECT_EQ(refusal(60, 6), "");
  EXPECT_THAT(refusal(61, 6), HasSubstr("61000 ms are set on the device, at most 60000 ms are counted on"));
  EXPECT_THAT(refusal(0, 6), HasSubstr("0 ms are set on the device"));
  EXPECT_THAT(refusal(60, 7), HasSubstr("7000 mA are set on the device, at most 6000 mA are counted on"));
}

TEST(DriverFeatures, WhatItFallsBackToIsComparedThoughNobodyCountsOnItsTimeOut) {
  Bench bench(test_charger_with_own_settings());
  const std::array<std::uint16_t, 2> words{0, 16};
  bench.image.set_words(ReadFunction::HoldingRegisters, 80, words);
  DriverSettings settings;
  settings.failsafe = 6_A;
  EXPECT_TRUE(bench.driver.prepare(settings).ok());
  settings.fallbacks = Fallbacks::CountedOn;
  const auto ready = bench.driver.prepare(settings);
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("16000 mA are set on the device, at most 6000 mA are counted on"));
}

TEST(DriverFeatures, AnAbsurdSafeLimitIsRefused) {
  DeviceDescription device = test_charger();
  device.control->draw->unit = LimitUnit::WattsTotal;
  device.control->watchdog->shows_limit = test_field(80, DataType::F32, {}, 0);
  Bench bench(device);
  const std::array<std::uint16_t, 2> words{0x5D5E, 0x0B6B};  // 10^18 W: as mA they would not fit 64 bits
  bench.image.set_words(ReadFunction::HoldingRegisters, 80, words);
  DriverSettings settings;
  settings.failsafe = 6_A;
  settings.watchdog_timeout = 60_s;
  const auto ready = bench.driver.prepare(settings);
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("is not a limit"));
}

TEST(DriverFeatures, ATimeOutThatWouldBeWrittenAsNoneIsRefused) {
  DeviceDescription device = test_charger();
  device.control->watchdog->timeout->scale = Decimal{60, 0};  // minutes
  Bench bench(device);
  DriverSettings settings;
  settings.watchdog_timeout = 30_s;
  const auto ready = bench.driver.prepare(settings);
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("less than the device can tell from none"));
}

/// As test_charger, and what stands in its watchdog's registers can be read.
DeviceDescription readable_watchdog() {
  DeviceDescription device = test_charger();
  device.control->watchdog->timeout->written = WrittenValue::Stands;
  device.control->watchdog->safe_limit->written = WrittenValue::Stands;
  return device;
}

DriverSettings armed() {
  DriverSettings settings;
  settings.failsafe = 6_A;
  settings.watchdog_timeout = 60_s;
  return settings;
}

TEST(DriverFeatures, WhatStandsThereAlreadyIsNotWrittenAgain) {
  Bench bench(readable_watchdog());
  ASSERT_TRUE(bench.driver.prepare(armed()).ok());
  EXPECT_THAT(bench.bus.log, Contains("write 6 22 60"));
  bench.bus.log.clear();
  ASSERT_TRUE(bench.driver.prepare(armed()).ok());  // a device that was lost for a moment
  EXPECT_THAT(bench.bus.log, Not(Contains(HasSubstr("write"))));
  const std::array<std::uint16_t, 1> other{160};
  bench.image.set_words(ReadFunction::HoldingRegisters, 22, other);
  ASSERT_TRUE(bench.driver.prepare(armed()).ok());
  EXPECT_THAT(bench.bus.log, Contains("write 6 22 60"));
}

/// Takes every safe limit and keeps 6.5 A.
class Stubborn final : public Transport {
 public:
  explicit Stubborn(RegisterImage& image) : image_(image) {}
  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    return image_.read(function, unit, address, count);
  }
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    const auto written = image_.write(function, unit, address, words);
    const std::array<std::uint16_t, 1> own{65};
    if (address == 22) image_.set_words(ReadFunction::HoldingRegisters, 22, own);
    return written;
  }

 private:
  RegisterImage& image_;
};

TEST(DriverFeatures, ADeviceThatKeepsAnotherSafeLimitIsRefused) {
  RegisterImage image(readable_watchdog());
  Stubborn device(image);
  Driver driver(readable_watchdog(), device, 1);
  const auto ready = driver.prepare(armed());
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("register 22: 65 stands there after 60 was written"));
}

TEST(DriverFeatures, MemoryThatWearsOutIsWrittenOnlyWhenItChanges) {
  DeviceDescription device = test_charger();
  device.control->draw->field.wear = Wear::Flash;
  Bench bench(device);
  bench.prepare();
  for (Milliamps limit : {10_A, 10_A, 12_A}) ASSERT_TRUE(bench.driver.write_limit(limit).ok());
  bench.prepare();  // prepared anew: what stands there is known
  ASSERT_TRUE(bench.driver.write_limit(12_A).ok());
  EXPECT_THAT(bench.bus.log, IsEmpty());
  ASSERT_TRUE(bench.driver.keep_alive().ok());
  EXPECT_THAT(bench.bus.log, IsEmpty());
}

TEST(DriverFeatures, MemoryThatWearsOutIsWrittenAgainWhenSomebodyElseHasWrittenThere) {
  DeviceDescription device = test_charger();
  device.control->draw->field.wear = Wear::Flash;
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  const std::array<std::uint16_t, 1> more{320};
  ASSERT_TRUE(bench.image.write(WriteFunction::Register, 1, 20, more).ok());
  ASSERT_TRUE(bench.driver.poll().ok());
  bench.bus.log.clear();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 100"));
}

TEST(DriverFeatures, AWriteThatFailedIsNotTakenAsKept) {
  DeviceDescription device = test_charger();
  device.control->draw->field.wear = Wear::Flash;
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  bench.bus.failures = 1;
  EXPECT_FALSE(bench.driver.write_limit(12_A).ok());
  EXPECT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 100", "write 6 20 120", "write 6 20 100"));
}

TEST(DriverFeatures, AFieldOfAnotherUnitIsReadThere) {
  DeviceDescription device = test_charger();
  Field frequency = test_field(10, DataType::U16, {}, 3);  // the address of a current of the device itself
  frequency.unit_id = 200;
  device.quantities.push_back(test_quantity(QuantityId::Frequency, frequency, 70'000));
  Bench bench(device);
  ASSERT_TRUE(bench.image.set(QuantityId::CurrentL1, 16'000).ok());
  ASSERT_TRUE(bench.image.set(QuantityId::Frequency, 50'000).ok());
  bench.prepare();
  const auto sample = bench.driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  EXPECT_EQ(sample->current->values.at(0), 16_A);
  EXPECT_EQ(sample->frequency, Millihertz(50'000));
}

TEST(DriverFeatures, ADeviceThatMustBeWokenIsAskedTwice) {
  DeviceDescription device = test_charger();
  device.requests.sent_twice = true;
  Bench bench(device);
  bench.prepare();
  bench.bus.failures = 1;  // the first one only wakes it
  ASSERT_TRUE(bench.driver.write_limit(10_A).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 20 100", "write 6 20 100"));
  bench.bus.failures = 1;
  EXPECT_TRUE(bench.driver.read_back().ok());
}

TEST(DriverFeatures, OfPlugAndChargingTheLaterLetterCounts) {
  DeviceDescription device = test_charger();
  QuantityField state = test_quantity(QuantityId::VehicleState, test_field(40, DataType::U16, {}, 0), 5);
  state.states = {{0, VehicleState::A}, {1, VehicleState::B}};
  state.also = StateField{test_field(50, DataType::U16, {}, 0), {{0, VehicleState::A}, {1, VehicleState::C}}, {}};
  device.quantities.push_back(state);
  Bench bench(device);
  bench.prepare();
  for (VehicleState expected : {VehicleState::A, VehicleState::B, VehicleState::C}) {
    ASSERT_TRUE(bench.image.set(expected).ok());
    EXPECT_EQ(bench.driver.poll()->vehicle, expected);
  }
  EXPECT_FALSE(bench.image.set(VehicleState::D).ok());
}

TEST(DriverFeatures, LevelsMayBeReadElsewhere) {
  DeviceDescription device = test_pump_with_relays();
  LimitSpec& draw = *device.control->draw;
  draw.levels_can_be_read = false;
  for (std::size_t i = 0; i < draw.levels.size(); ++i)
    draw.levels[i].reads = {{test_field(70, DataType::U16, {}, 0), static_cast<std::int64_t>(i)}};
  Bench bench(device);
  bench.prepare();
  ASSERT_TRUE(bench.driver.write_limit(5_A).ok());
  EXPECT_EQ(bench.driver.poll()->setpoint->current, 4_A);
  const std::array<std::uint16_t, 1> unknown{9};
  bench.image.set_words(ReadFunction::HoldingRegisters, 70, unknown);
  EXPECT_EQ(bench.driver.poll()->setpoint->current, 10_A) << "a state that is none of ours may be the largest";
}

TEST(DriverFeatures, LevelsOfANameplateThatIsNotToldAreNotDriven) {
  DeviceDescription device = test_pump_with_relays();
  device.control->draw->levels.back().permille = 1000;
  Bench bench(device);
  const auto ready = bench.driver.prepare({});
  ASSERT_FALSE(ready.ok());
  EXPECT_THAT(ready.error().message(), HasSubstr("shares of a name plate that is not told"));
}

TEST(DriverFeatures, APhaseSwitchHasItsOwnBeforeAndAfter) {
  DeviceDescription device = test_charger_with_phase_switch();
  device.control->phase_switch->before = {constant(72, 3)};
  device.control->phase_switch->after = {constant(73, 1)};
  Bench bench(device);
  DriverSettings settings;
  settings.switching = Switching::Used;
  bench.prepare(settings);
  ASSERT_TRUE(bench.driver.switch_phases(PhaseMode::Fewer).ok());
  EXPECT_THAT(bench.bus.log, ElementsAre("write 6 72 3", "write 6 70 1", "write 6 73 1"));
}

}  // namespace
}  // namespace balans
