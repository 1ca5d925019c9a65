#include "common/io/device_file/device_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace balans {
namespace {

using testing::HasSubstr;

const std::string kGood = R"(device:
  vendor: Test
  model: One
  class: charger
  confidence: low
  phases: 3
  tcp: { port: 502 }
  unit: 1
  quantities:
    current_l1: { fc: 3, register: 10, type: u16, scale: 0.1, unit: A, min: 0, max: 100 }
  control:
    semantics: cap
    per: phase
    limit: { fc: 6, register: 20, type: u16, scale: 0.1, unit: A }
    min: 6
    max: 16
    step: 0.1
    pause: zero
    watchdog: none
source:
  - { path: nowhere }
vectors:
  - name: sixteen
    holding: { 10: [160] }
    expect: { current_l1: 16 }
)";

class DeviceFileErrors : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("device-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// The error of the good file with `what` replaced by `by`; "" when there is none.
  std::string error_with(const std::string& what, const std::string& by) {
    std::string text = kGood;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), by);
    std::ofstream(folder_ / "test.yaml") << text;
    const auto file = load_device_file(folder_ / "test.yaml");
    return file.ok() ? "" : file.error().message();
  }
  std::filesystem::path folder_;
};

TEST_F(DeviceFileErrors, TheGoodFileIsGood) {
  EXPECT_EQ(error_with("Test", "Test"), "");
  const auto device = load_device(folder_ / "test.yaml");
  ASSERT_TRUE(device.ok());
  EXPECT_EQ(device->vendor, "Test");
  EXPECT_EQ(device->control->draw->step, 100);
  EXPECT_EQ(device->control->draw->max, 16'000);
}

TEST_F(DeviceFileErrors, AnUnknownKeyIsFatalAndLocated) {
  const std::string error = error_with("  unit: 1\n", "  unit: 1\n  colour: red\n");
  EXPECT_THAT(error, HasSubstr("test.yaml:9:3 device.colour"));
}

TEST_F(DeviceFileErrors, AnUnknownQuantityIsNamed) {
  EXPECT_THAT(error_with("current_l1: {", "current_l4: {"),
              HasSubstr("test.yaml:10:5 device.quantities.current_l4: is not a known key; did you mean current_l1?"));
}

TEST_F(DeviceFileErrors, AUnitOfSomethingElseIsRefused) {
  EXPECT_THAT(error_with("unit: A, min", "unit: V, min"), HasSubstr("this unit measures something else"));
  EXPECT_THAT(error_with("unit: A, min", "unit: Amps, min"), HasSubstr("'Amps' is not a unit"));
}

TEST_F(DeviceFileErrors, FunctionAndTypeMustFit) {
  EXPECT_THAT(error_with("fc: 3", "fc: 1"), HasSubstr("functions 1 and 2 read the type bit"));
  EXPECT_THAT(error_with("fc: 3", "fc: 7"), HasSubstr("7 is outside 1..4"));
  EXPECT_THAT(error_with("register: 20, type: u16", "register: 20, type: u32"),
              HasSubstr("function 6 writes a single register"));
  EXPECT_THAT(error_with("register: 10, type: u16", "register: 65535, type: u32"),
              HasSubstr("the value reaches beyond register 65535"));
}

TEST_F(DeviceFileErrors, NumbersAreExact) {
  EXPECT_THAT(error_with("step: 0.1", "step: 0.0001"), HasSubstr("'0.0001' is finer than the base unit"));
  EXPECT_THAT(error_with("scale: 0.1, unit: A, min", "scale: 1e-1, unit: A, min"),
              HasSubstr("'1e-1' is not a decimal number"));
  EXPECT_THAT(error_with("min: 6", "min: 17"), HasSubstr("needs 0 <= min <= max"));
  EXPECT_THAT(error_with("max: 16", "max: 1000001"), HasSubstr("max is more than 1 MA"));
}

TEST_F(DeviceFileErrors, WithoutVectorsThereIsNoDevice) {
  EXPECT_THAT(error_with(kGood.substr(kGood.find("vectors:")), "vectors: []\n"), HasSubstr("vectors"));
  EXPECT_THAT(error_with("    expect: { current_l1: 16 }\n", ""),
              HasSubstr("needs one of expect, error, start, limit_a"));
}

TEST_F(DeviceFileErrors, LevelsAscendFromZero) {
  const std::string flat =
      kGood.substr(kGood.find("    per: phase"), kGood.find("    watchdog:") - kGood.find("    per: phase"));
  const auto levels = [&](const std::string& first, const std::string& second) {
    const std::string write = ", write: [{ fc: 5, register: 1, type: bit, value: 1 }] }\n";
    return error_with(flat, "    levels:\n      - { a: " + first + write + "      - { a: " + second + write);
  };
  EXPECT_EQ(levels("0", "10"), "");
  EXPECT_EQ(load_device(folder_ / "test.yaml")->control->draw->levels.back().current, 10'000);
  EXPECT_THAT(levels("1", "10"), HasSubstr("the lowest level must be 0"));
  EXPECT_THAT(levels("0", "0"), HasSubstr("levels must ascend"));
}

TEST_F(DeviceFileErrors, FeedingInHasTheSameShapeAsDrawing) {
  const std::string feed =
      "    pause: zero\n    feed_limit:\n      per: phase\n      limit: { fc: 6, register: 21, type: u16, unit: A }\n"
      "      min: 1\n      max: 10\n      step: 1\n      pause: zero\n";
  EXPECT_EQ(error_with("    pause: zero\n", feed), "");
  const auto device = load_device(folder_ / "test.yaml");
  ASSERT_TRUE(device.ok());
  EXPECT_EQ(device->control->feed->field.address, 21);
  EXPECT_EQ(device->control->feed->max, 10'000);
  EXPECT_THAT(error_with("    pause: zero\n", "    pause: zero\n    feed_limit: { per: phase }\n"),
              HasSubstr("feed_limit.limit"));
}

TEST_F(DeviceFileErrors, APhaseSwitchTellsOneFromThree) {
  const std::string contactor = "    pause: zero\n    phase_switch: { fc: 6, register: 30, type: u16, one: 1, three: ";
  EXPECT_EQ(error_with("    pause: zero\n", contactor + "3 }\n"), "");
  EXPECT_THAT(error_with("    pause: zero\n", contactor + "1 }\n"), HasSubstr("one and three are the same"));
}

TEST_F(DeviceFileErrors, AMeterHasNoControl) {
  EXPECT_THAT(error_with("class: charger", "class: meter"), HasSubstr("a meter has no control"));
}

TEST_F(DeviceFileErrors, WhetherThereIsAWatchdogIsAlwaysSaid) {
  EXPECT_THAT(error_with("    watchdog: none\n", ""), HasSubstr("device.control.watchdog: is missing"));
}

TEST_F(DeviceFileErrors, ADeviceThatCanOnlyBeReadSaysSo) {
  const std::string control = kGood.substr(kGood.find("  control:"), kGood.find("source:") - kGood.find("  control:"));
  EXPECT_EQ(error_with(control, "  control: none\n"), "");
  EXPECT_FALSE(load_device(folder_ / "test.yaml")->control);
  EXPECT_THAT(error_with(control, ""), HasSubstr("everything else has"));
}

TEST_F(DeviceFileErrors, LevelsAreAllAmperesOrAllSharesOfTheNameplate) {
  const std::string flat =
      kGood.substr(kGood.find("    per: phase"), kGood.find("    watchdog:") - kGood.find("    per: phase"));
  const auto levels = [&](const std::string& second, const std::string& third) {
    const std::string write = ", write: [{ fc: 5, register: 1, type: bit, value: 1 }] }\n";
    return error_with(
        flat, "    levels:\n      - { a: 0" + write + "      - { " + second + write + "      - { " + third + write);
  };
  EXPECT_EQ(levels("percent: 33.3", "percent: 100"), "");
  EXPECT_EQ(load_device(folder_ / "test.yaml")->control->draw->levels.back().permille, 1000);
  EXPECT_THAT(levels("percent: 33.3", "a: 16"), HasSubstr("all in a or all in percent"));
  EXPECT_THAT(levels("a: 5", "percent: 100"), HasSubstr("all in a or all in percent"));
  EXPECT_THAT(levels("percent: 50", "percent: 101"), HasSubstr("outside 0..100"));
}

TEST_F(DeviceFileErrors, MemoryThatWearsOutIsNeverRefreshed) {
  const std::string limit = "limit: { fc: 6, register: 20, type: u16, scale: 0.1, unit: A }";
  const std::string wearing = "limit: { fc: 6, register: 20, type: u16, scale: 0.1, unit: A, wear: flash }";
  EXPECT_THAT(error_with(limit, wearing), HasSubstr("wear_interval_s and a limit"));
  EXPECT_EQ(error_with(limit, wearing + "\n    wear_interval_s: 900"), "");
  EXPECT_EQ(load_device(folder_ / "test.yaml")->control->wear_interval, 900_s);
  const std::string expires = "\n    watchdog: { kept_by: limit_write, fallback: zero, refresh_s: 10 }";
  std::string text = kGood;
  text.replace(text.find("\n    watchdog: none"), 19, expires);
  text.replace(text.find(limit), limit.size(), wearing + "\n    wear_interval_s: 900");
  std::ofstream(folder_ / "test.yaml") << text;
  const auto device = load_device(folder_ / "test.yaml");
  ASSERT_FALSE(device.ok());
  EXPECT_THAT(device.error().message(), HasSubstr("never refreshed"));
}

TEST_F(DeviceFileErrors, ASignedSetpointGoesOneWayOnly) {
  const std::string feed =
      "    pause: zero\n    feed_limit:\n      per: phase\n      limit: { fc: 6, register: 20, type: i16, scale: -1, "
      "unit: A "
      "}\n      min: 1\n      max: 10\n      step: 1\n      pause: zero\n";
  EXPECT_THAT(error_with("    pause: zero\n", feed), HasSubstr("a signed setpoint is limited in one way only"));
}

TEST_F(DeviceFileErrors, ALifeSignalIsOneValueSeveralOrACounter) {
  const auto signal = [&](const std::string& says) {
    return error_with(
        "watchdog: none",
        "watchdog: { kept_by: life_signal, fallback: zero, refresh_s: 2, life_signal: { fc: 6, register: 9, "
        "type: u16" +
            says + " } }");
  };
  EXPECT_EQ(signal(", value: 1"), "");
  EXPECT_EQ(signal(", values: [0, 1]"), "");
  EXPECT_EQ(load_device(folder_ / "test.yaml")->control->watchdog->life_signal->value(3), 1);
  EXPECT_EQ(signal(", count: { from: 1, to: 3 }"), "");
  EXPECT_EQ(load_device(folder_ / "test.yaml")->control->watchdog->life_signal->value(3), 1);
  EXPECT_THAT(signal(""), HasSubstr("needs one of value, values and count"));
  EXPECT_THAT(signal(", value: 1, values: [0, 1]"), HasSubstr("needs one of value, values and count"));
  EXPECT_THAT(signal(", count: { from: 3, to: 3 }"), HasSubstr("from is not below to"));
  EXPECT_THAT(signal(", count: { from: -9223372036854775808, to: 9223372036854775807 }"),
              HasSubstr("count goes beyond 0..4294967295"));
}

TEST_F(DeviceFileErrors, SocketsDifferByRegistersOrByUnits) {
  EXPECT_EQ(error_with("  unit: 1\n", "  unit: 1\n  sockets: { most: 2, registers: 100 }\n"), "");
  EXPECT_EQ(error_with("  unit: 1\n", "  unit: 1\n  sockets: { most: 2, units: 1 }\n"), "");
  EXPECT_THAT(error_with("  unit: 1\n", "  unit: 1\n  sockets: { most: 2 }\n"),
              HasSubstr("needs either registers or units"));
  EXPECT_THAT(error_with("  unit: 1\n", "  sockets: { most: 2, units: 1 }\n"),
              HasSubstr("count from the device's key unit"));
}

TEST_F(DeviceFileErrors, AConfirmationByReadingNeedsSomethingToRead) {
  EXPECT_THAT(error_with("pause: zero", "pause: zero\n    confirm: applied"), HasSubstr("this needs a read_back"));
  EXPECT_EQ(error_with("pause: zero", "pause: zero\n    confirm: current"), "");
}

TEST_F(DeviceFileErrors, ADeviceIsNamedByFolderAndFile) {
  EXPECT_FALSE(load_device("config/devices", "../devices/meters/eastron_sdm630").ok());
  EXPECT_FALSE(load_device("config/devices", "meters/no_such_meter").ok());
  const auto device = load_device("config/devices", "meters/eastron_sdm630");
  ASSERT_TRUE(device.ok()) << device.error().message();
  EXPECT_EQ(device->name, "meters/eastron_sdm630");
}

}  // namespace
}  // namespace balans
