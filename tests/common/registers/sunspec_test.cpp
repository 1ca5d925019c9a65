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
  EXPECT_EQ(*starts, (ModelPlaces{{1, {40002, 66}}, {103, {40070, 50}}, {124, {40122, 24}}}));
}

TEST(SunSpec, ADeviceWithoutMarkerIsNotOne) {
  RegisterImage image(test_charger());
  EXPECT_FALSE(locate_models(image, 1).ok());
}

TEST(SunSpec, AModelThatTheDeviceLacksIsNamed) {
  const auto resolved = resolve_models(test_battery(), {{1, {40002, 66}}, {103, {40070, 50}}});
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().message(), "the device has no SunSpec model 124");
}

/// A device of nothing but words, from any address on; what lies elsewhere is not there.
class Words final : public Transport {
 public:
  Words(std::uint16_t start, std::vector<std::uint16_t> words) {
    memory_.put(ReadFunction::HoldingRegisters, start, words);
  }
  void put(std::uint16_t start, const std::vector<std::uint16_t>& words) {
    memory_.put(ReadFunction::HoldingRegisters, start, words);
  }
  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t, std::uint16_t address,
                                          std::uint16_t count) override {
    ++reads;
    auto words = memory_.get({function, address, count});
    if (!words) return Error{"register " + std::to_string(address), "illegal data address"};
    return *std::move(words);
  }
  Result<void> write(WriteFunction, std::uint8_t, std::uint16_t, std::span<const std::uint16_t>) override {
    return Error{"", "read only"};
  }
  int reads = 0;

 private:
  RegisterMemory memory_;
};

std::string error_of(Words& device) {
  const auto places = locate_models(device, 1);
  return places ? "" : places.error().message();
}

TEST(SunSpec, WalksTheChainFromEachOfThreeStarts) {
  for (const int first : {40000, 50000, 0}) {
    const auto start = static_cast<std::uint16_t>(first);
    Words device(start, {0x5375, 0x6E53, 1, 66});
    device.put(static_cast<std::uint16_t>(start + 70), {64'999, 5});  // a maker's own model: passed over
    device.put(static_cast<std::uint16_t>(start + 77), {103, 50});
    device.put(static_cast<std::uint16_t>(start + 129), {103, 50});  // a second one: the first counts
    device.put(static_cast<std::uint16_t>(start + 181), {0xFFFF, 0});
    const auto places = locate_models(device, 1);
    ASSERT_TRUE(places.ok()) << places.error().message();
    EXPECT_EQ(places->at(103), (ModelPlace{static_cast<std::uint16_t>(start + 77), 50}));
    EXPECT_EQ(places->size(), 3U);
  }
}

TEST(SunSpec, AChainWithoutAnEndIsAnError) {
  Words device(0, {0x5375, 0x6E53});
  for (int i = 0; i < 100; ++i) device.put(static_cast<std::uint16_t>(2 + 3 * i), {9000, 1, 0});
  EXPECT_EQ(error_of(device), "register 194: the SunSpec models have no end");
  EXPECT_LT(device.reads, 70);
}

TEST(SunSpec, AModelWithoutLengthIsAnErrorAndNotAnEndlessWalk) {
  Words device(40000, {0x5375, 0x6E53, 103, 0});
  EXPECT_EQ(error_of(device), "register 40002: SunSpec model 103 has length 0");
}

TEST(SunSpec, AModelShorterThanItsKindWouldBeOverlapped) {
  Words device(40000, {0x5375, 0x6E53, 103, 10});
  EXPECT_EQ(error_of(device),
            "register 40002: SunSpec model 103 has length 10, which is less than 50: the next one would overlap it");
}

TEST(SunSpec, AModelBeyondTheLastRegisterIsAnError) {
  Words device(50000, {0x5375, 0x6E53, 160, 20'000});
  EXPECT_EQ(error_of(device), "register 50002: SunSpec model 160 reaches beyond register 65535");
}

TEST(SunSpec, AChainThatBreaksOffIsAnError) {
  Words device(40000, {0x5375, 0x6E53, 1, 66});
  EXPECT_EQ(error_of(device), "register 40070: illegal data address");
  device.put(40070, {0, 0});
  EXPECT_EQ(error_of(device), "register 40070: 0 is no SunSpec model");
}

TEST(SunSpec, AnotherModelOfTheSameLayoutDoesAsWell) {
  DeviceDescription battery = test_battery();
  EXPECT_FALSE(resolve_models(battery, {{101, {40070, 50}}, {124, {40122, 24}}}).ok());
  battery.models[1].alternatives = {101, 102};
  const auto resolved = resolve_models(battery, {{101, {40070, 50}}, {124, {40122, 24}}});
  ASSERT_TRUE(resolved.ok()) << resolved.error().message();
  EXPECT_EQ(resolved->quantities.front().field.address, 40084);
}

TEST(SunSpec, AFieldBehindTheEndOfItsModelIsAnError) {
  const auto resolved = resolve_models(test_battery(), {{103, {40070, 50}}, {124, {40122, 20}}});
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().message(), "the device's SunSpec model 124 has length 20 and ends before register 25");
}

TEST(SunSpec, TheModelsInUseAreKnownByTheirLength) {
  for (int id : {1,   101, 102, 103, 111, 112, 113, 120, 121, 122, 123, 124,
                 201, 202, 203, 204, 213, 701, 702, 703, 704, 713, 802})
    EXPECT_TRUE(least_model_length(static_cast<std::uint16_t>(id))) << id;
  EXPECT_FALSE(least_model_length(64'999));
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
