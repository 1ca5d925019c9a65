#include "common/registers/installed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/registers/test_device.hpp"

namespace balans {
namespace {

using testing::HasSubstr;

DeviceDescription test_box() {
  DeviceDescription device = test_charger();
  device.unit = std::uint8_t{1};
  device.sockets = {3, 100, 0};
  device.identity->field.station = Station::Shared;
  device.requests.blocks = {{ReadFunction::HoldingRegisters, 10, 3}};
  return device;
}

TEST(Installed, TheFirstSocketIsTheFileItself) { EXPECT_EQ(*installed(test_box(), {}), test_box()); }

TEST(Installed, AnotherSocketLiesFurtherOn) {
  const auto third = installed(test_box(), {3, {}});
  ASSERT_TRUE(third.ok()) << third.error().message();
  EXPECT_EQ(third->control->draw->field.address, 220);
  EXPECT_EQ(third->control->draw->read_back->address, 220);
  EXPECT_EQ(third->quantities.front().field.address, 210);
  EXPECT_EQ(third->requests.blocks.front().address, 210);
  EXPECT_EQ(third->identity->field.address, 1) << "the station is there once";
  EXPECT_EQ(third->unit, 1);
}

TEST(Installed, OrHasTheNextUnit) {
  DeviceDescription device = test_box();
  device.sockets = {2, 0, 1};
  const auto second = installed(device, {2, {}});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->unit, 2);
  EXPECT_EQ(second->control->draw->field.address, 20);
}

TEST(Installed, ASocketThatIsNotThereIsRefused) {
  EXPECT_THAT(installed(test_box(), {4, {}}).error().message(), HasSubstr("has no socket 4 but 3 at most"));
  EXPECT_FALSE(installed(test_box(), {0, {}}).ok());
  EXPECT_FALSE(installed(test_charger(), {2, {}}).ok());
  DeviceDescription far = test_box();
  far.sockets.registers = 32'767;
  EXPECT_THAT(installed(far, {3, {}}).error().message(), HasSubstr("beyond register 65535"));
}

TEST(Installed, LevelsAreSharesOfTheNameplateRoundedUp) {
  DeviceDescription pump = test_pump_with_relays();
  pump.control->draw->levels[1].permille = 333;
  pump.control->draw->levels[2].permille = 1000;
  EXPECT_FALSE(installed(pump, {}).ok());
  const auto known = installed(pump, {1, 16_A});
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known->control->draw->levels[1].current, 5328);
  EXPECT_EQ(known->control->draw->levels[2].current, 16'000);
  EXPECT_EQ(installed(pump, {1, Milliamps(16'001)})->control->draw->levels[1].current, 5329);
}

TEST(Booked, AHintCountsWithItsNameplateWhateverItHolds) {
  Control hint;
  hint.semantics = LimitSemantics::Hint;
  EXPECT_EQ(booked(hint, 0_A, 16_A, 0_s), 16_A);
  EXPECT_EQ(booked(hint, 6_A, 16_A, 0_s), 16_A);
}

TEST(Booked, APauseCountsUntilTheDeviceEndsIt) {
  Control lock;
  lock.longest_pause = 7200_s;
  EXPECT_EQ(booked(lock, 0_A, 16_A, 7199_s), 0_A);
  EXPECT_EQ(booked(lock, 0_A, 16_A, 7200_s), 16_A);
  EXPECT_EQ(booked(lock, 6_A, 16_A, 9000_s), 6_A);
  EXPECT_EQ(booked(Control{}, 0_A, 16_A, 9000_s), 0_A);
}

}  // namespace
}  // namespace balans
