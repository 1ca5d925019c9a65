#include "common/registers/sunspec.hpp"

#include <gtest/gtest.h>

#include "common/registers/driver.hpp"
#include "tests/common/registers/test_device.hpp"

namespace balans {
namespace {

/// Model 103 with a power at 14 (scale factor at 15), model 124 with a charging rate at 13 (scale factor at 25).
DeviceDescription test_battery() {
  DeviceDescription device;
  device.name = "batteries/test";
  device.device_class = DeviceClass::Battery;
  device.models = {{1, 66}, {103, 50}, {124, 24}};
  Field power = test_field(14, DataType::I16, {-1, 0}, 0);
  power.model = std::uint16_t{103};
  power.scale_factor = std::uint16_t{15};
  power.shown_scale_factor = 1;
  device.quantities.push_back(test_quantity(QuantityId::Power, power, 100'000));
  LimitSpec spec;
  spec.unit = LimitUnit::PermilleOfRated;
  spec.field = test_write(WriteFunction::Registers, 13, {}, 1);
  spec.field.model = std::uint16_t{124};
  spec.field.scale_factor = std::uint16_t{25};
  spec.field.shown_scale_factor = -1;
  spec.max = 1000;
  Field rated = test_field(2, DataType::U16, {}, 0);
  rated.model = std::uint16_t{124};
  spec.rated_power = rated;
  spec.read_back = readable(spec.field);
  device.control.emplace().draw = spec;
  return device;
}

TEST(SunSpec, FindsModelsWhereverTheyStart) {
  RegisterImage image(test_battery());
  const auto starts = locate_models(image, 1);
  ASSERT_TRUE(starts.ok()) << starts.error().message();
  EXPECT_EQ(*starts, (std::map<std::uint16_t, std::uint16_t>{{1, 40002}, {103, 40070}, {124, 40122}}));
}

TEST(SunSpec, ADeviceWithoutMarkerIsNotOne) {
  RegisterImage image(test_charger());
  EXPECT_FALSE(locate_models(image, 1).ok());
}

TEST(SunSpec, AModelThatTheDeviceLacksIsNamed) {
  const auto resolved = resolve_models(test_battery(), {{1, 40002}, {103, 40070}});
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().message(), "the device has no SunSpec model 124");
}

TEST(SunSpec, LimitsAShareOfTheRatedPowerThroughScaleFactors) {
  RegisterImage image(test_battery());
  ASSERT_TRUE(image.set_rated_power(8000_W).ok());
  ASSERT_TRUE(image.set(QuantityId::Power, 4000).ok());
  Driver driver(test_battery(), image, 1);
  const auto prepared = driver.prepare({});
  ASSERT_TRUE(prepared.ok()) << prepared.error().message();
  EXPECT_EQ(driver.poll()->total_power, 4000_W);
  ASSERT_TRUE(driver.write_limit(10_A).ok());
  EXPECT_EQ(image.read(ReadFunction::HoldingRegisters, 1, 40135, 1)->front(), 776);  // 6210 W of 8 kW, 0.1 %
  EXPECT_EQ(driver.read_back()->power, 6208_W);
  EXPECT_EQ(image.setpoint(3)->power, 6208_W);
}

TEST(SunSpec, ARatedPowerOfZeroIsRefused) {
  RegisterImage image(test_battery());
  Driver driver(test_battery(), image, 1);
  const auto prepared = driver.prepare({});
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().message(),
            "batteries/test unit 1, rated power, register 40124: 0 W is outside 1..10000000");
}

}  // namespace
}  // namespace balans
