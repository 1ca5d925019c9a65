#include "common/registers/image.hpp"

#include <gtest/gtest.h>

#include "common/registers/driver.hpp"
#include "tests/common/registers/test_device.hpp"

namespace balans {
namespace {

TEST(RegisterImage, ShowsWhatTheDriverReads) {
  RegisterImage image(test_charger());
  Driver driver(test_charger(), image, 1);
  ASSERT_TRUE(driver.prepare({}).ok());
  Sample shown;
  shown.current = PerPhase<Milliamps>{{16_A, 15'900_mA, 0_A}};
  shown.voltage = PerPhase<Millivolts>{{231_V, 0_V, 0_V}};
  shown.energy_import = 5000_Wh;  // the device has no such register
  ASSERT_TRUE(image.show(shown).ok());
  const auto sample = driver.poll();
  ASSERT_TRUE(sample.ok());
  EXPECT_EQ(sample->current, shown.current);
  EXPECT_EQ(sample->voltage, shown.voltage);
  EXPECT_FALSE(sample->energy_import);
}

TEST(RegisterImage, FindsWhatWasWrittenToIt) {
  RegisterImage image(test_charger());
  Driver driver(test_charger(), image, 1);
  EXPECT_FALSE(image.setpoint(3));
  EXPECT_FALSE(image.watchdog_timeout());
  DriverSettings settings;
  settings.failsafe = 6_A;
  settings.watchdog_timeout = 60_s;
  ASSERT_TRUE(driver.prepare(settings).ok());
  EXPECT_EQ(image.watchdog_timeout(), 60_s);
  EXPECT_EQ(image.safe_limit(3), 6_A);
  EXPECT_FALSE(image.setpoint(3));
  ASSERT_TRUE(driver.write_limit(10_A).ok());
  EXPECT_EQ(image.setpoint(3)->current, 10_A);
}

TEST(RegisterImage, RefusesAddressesThatTheDeviceDoesNotHave) {
  RegisterImage image(test_charger());
  EXPECT_FALSE(image.read(ReadFunction::HoldingRegisters, 1, 9, 2).ok());
  EXPECT_FALSE(image.read(ReadFunction::InputRegisters, 1, 10, 1).ok());
  EXPECT_FALSE(image.read(ReadFunction::HoldingRegisters, 1, 13, 8).ok()) << "a gap of six";
  const std::vector<std::uint16_t> word{1};
  EXPECT_FALSE(image.write(WriteFunction::Register, 1, 10, word).ok()) << "a measurement";
  EXPECT_FALSE(image.write(WriteFunction::Registers, 1, 20, word).ok()) << "with another function";
  EXPECT_TRUE(image.write(WriteFunction::Register, 1, 20, word).ok());
}

TEST(RegisterImage, ReadsAcrossGapsThatTheDeviceAllows) {
  DeviceDescription device = test_charger();
  device.requests.max_gap = 6;
  RegisterImage image(device);
  EXPECT_EQ(image.read(ReadFunction::HoldingRegisters, 1, 13, 8)->size(), 8U);
}

TEST(RegisterImage, AMeasurementIsNotOverwrittenByASetpointAtTheSameAddress) {
  DeviceDescription device = test_charger();
  device.quantities.push_back(test_quantity(QuantityId::Power, test_field(20, DataType::U16, {}, 0), 10'000));
  device.control->draw->read_back.reset();
  RegisterImage image(device);
  ASSERT_TRUE(image.set(QuantityId::Power, 2500).ok());
  const std::vector<std::uint16_t> setpoint{160};
  ASSERT_TRUE(image.write(WriteFunction::Register, 1, 20, setpoint).ok());
  EXPECT_EQ(image.read(ReadFunction::HoldingRegisters, 1, 20, 1)->front(), 2500);
  EXPECT_EQ(image.setpoint(3)->current, 16_A);
}

/// Inverters tell what they feed in by the sign of their power alone.
TEST(RegisterImage, ShowsMagnitudesWhereTheDeviceShowsNoDirection) {
  DeviceDescription device = test_charger();
  for (QuantityField& quantity : device.quantities)
    if (quantity.id == QuantityId::CurrentL3) quantity.min = -100'000;
  EXPECT_EQ(as_shown(*device.find(QuantityId::CurrentL1), -7000), 7000);
  EXPECT_EQ(as_shown(*device.find(QuantityId::CurrentL3), -7000), -7000);
  EXPECT_EQ(as_shown(*device.find(QuantityId::VoltageL1), -7000), 0) << "nothing that has no direction is below 0";
  RegisterImage image(test_charger());
  Driver driver(test_charger(), image, 1);
  ASSERT_TRUE(driver.prepare({}).ok());
  Sample fed_in;
  fed_in.current = PerPhase<Milliamps>::all(-(7_A));
  fed_in.voltage = PerPhase<Millivolts>::all(230_V);
  ASSERT_TRUE(image.show(fed_in).ok());
  EXPECT_EQ(driver.poll()->current, PerPhase<Milliamps>::all(7_A));
}

TEST(RegisterImage, RefusesToShowWhatDoesNotFit) {
  RegisterImage image(test_charger());
  EXPECT_FALSE(image.set(QuantityId::CurrentL1, 7'000'000).ok());
  EXPECT_FALSE(image.set(QuantityId::Frequency, 50'000).ok());
  EXPECT_FALSE(image.set(VehicleState::C).ok());
}

}  // namespace
}  // namespace balans
