// What an agent's file says of its device, against what the device's own file says.
#include "chargepoint/shell/agent_device.hpp"

#include <gmock/gmock.h>

#include "tests/chargepoint/shell/agent_yaml.hpp"

namespace balans {
namespace {

using test::Edits;
using test::TempFolder;
using testing::HasSubstr;

const char* const kCharger = R"(device:
  vendor: Test
  model: Charger
  class: charger
  confidence: low
  phases: 3
  tcp: { port: 502 }
  serial: { baud: 9600, format: 8N1SERIAL }
  unit: 5
  SOCKETS
  quantities:
    current_l1: { fc: 3, register: 1, type: u16, unit: A, scale: 0.1, min: 0, max: 80 }
  control:
    semantics: SEMANTICS
    LIMIT
    WATCHDOG
source:
  - { path: test }
vectors:
  - { name: nothing, holding: { 1: [0] }, expect: { current_l1: 0 } }
)";
const char* const kLimit = R"(per: phase
    limit: { fc: 6, register: 20, type: u16, unit: A, scale: 0.1 }
    min: 6
    max: 32
    step: 0.1
    pause: zero
    read_back: { fc: 3, register: 20, type: u16, unit: A, scale: 0.1 })";
const char* const kLevels = R"(levels:
      - { percent: 0, write: [{ fc: 6, register: 20, type: u16, value: 0 }] }
      - { percent: 50, write: [{ fc: 6, register: 20, type: u16, value: 1 }] }
      - { percent: 100, write: [{ fc: 6, register: 20, type: u16, value: 2 }] })";

struct Device {
  std::string watchdog = "watchdog: none";
  std::string limit = kLimit;
  std::string semantics = "cap";
  std::string sockets{};
  std::string serial{};
};

/// An agent for this device: the example without a phase switch, and without what it says of the device's watchdog.
class AgentDevice : public testing::Test {
 protected:
  Result<AgentFile> load(const Device& device, Edits more = {}) {
    std::string text = kCharger;
    const auto fill = [&text](const std::string& what, const std::string& with) {
      text.replace(text.find(what), what.size(), with);
    };
    fill("SOCKETS", device.sockets);
    fill("SEMANTICS", device.semantics);
    fill("LIMIT", device.limit);
    fill("WATCHDOG", device.watchdog);
    fill("SERIAL", device.serial);
    std::filesystem::create_directories(folder_.path() / "chargers");
    std::ofstream(folder_.path() / "chargers" / "test.yaml") << text;
    Edits edits{{"chargers/alfen_eve", "chargers/test"},
                {"fewer_phases: [L1] ", "# "},
                {"\nrevert_s: 60", "\n#revert"},
                {"\ndevice_fallback_a: 0", "\n#fallback"}};
    edits.insert(edits.end(), more.begin(), more.end());
    return test::load_agent_with(edits, folder_.path());
  }
  std::string problem(const Device& device, const Edits& more = {}) {
    const auto file = load(device, more);
    return file ? "" : file.error().message();
  }
  AgentSettings settings(const Device& device, const Edits& more = {}) {
    const auto file = load(device, more);
    EXPECT_TRUE(file) << file.error().message();
    return file ? file->settings : AgentSettings();
  }

  static Edits revert(const std::string& value) { return {{"\n#revert", "\nrevert_s: " + value + " #"}}; }
  static Edits fallback(const std::string& value) { return {{"\n#fallback", "\ndevice_fallback_a: " + value + " #"}}; }

  TempFolder folder_;
};

const char* const kSafeLimit =
    "watchdog: { kept_by: any_request, fallback: safe_limit, refresh_s: 10, "
    "timeout: { fc: 6, register: 21, type: u16, unit: s }, "
    "safe_limit: { fc: 6, register: 22, type: u16, unit: A, scale: 0.1 } }";

std::string expires(const std::string& more) {
  return "watchdog: { kept_by: limit_write, refresh_s: 30, " + more + " }";
}

TEST_F(AgentDevice, TheTimeOutFollowsFromItsFile) {
  EXPECT_EQ(settings({}).revert, std::nullopt) << "it has no watchdog";
  EXPECT_EQ(settings({kSafeLimit}).revert, 60_s) << "it is written";
  EXPECT_EQ(settings({expires("fallback: zero, default_s: 45")}).revert, 45_s);
  EXPECT_EQ(
      settings({expires("fallback: configured, shows_timeout: { fc: 3, register: 9, type: u16, unit: s }")}).revert,
      60_s)
      << "compared at start";
  EXPECT_EQ(settings({expires("fallback: unlimited, default_s: 45")}).revert, std::nullopt);
  EXPECT_THAT(problem({expires("fallback: zero")}), HasSubstr("needs revert_s"));
}

TEST_F(AgentDevice, ATimeOutThatItDoesNotKeepIsRefusedByLineAndKey) {
  EXPECT_THAT(problem({}, revert("60")), HasSubstr("revert_s: the device has no watchdog: expected none"));
  EXPECT_THAT(problem({}, revert("60")), testing::ContainsRegex("agent.yaml:[0-9]+:[0-9]+ revert_s"));
  EXPECT_THAT(problem({expires("fallback: unlimited, default_s: 45")}, revert("60")), HasSubstr("lifts every limit"));
  EXPECT_THAT(problem({expires("fallback: unknown, default_s: 45")}, revert("60")), HasSubstr("nobody knows"));
  EXPECT_THAT(problem({expires("fallback: zero, default_s: 45")}, revert("44")), HasSubstr("only after 45 s"));
  EXPECT_EQ(problem({expires("fallback: zero, default_s: 45")}, revert("45")), "");
  EXPECT_EQ(problem({expires("fallback: zero, default_s: 45")}, revert("none")), "");
  EXPECT_THAT(problem({kSafeLimit}, revert("2")), HasSubstr("needs a word every 666 ms"));
}

TEST_F(AgentDevice, ASetpointIsRefreshedWellBeforeItExpires) {
  EXPECT_EQ(settings({expires("fallback: zero, default_s: 45")}).refresh, 15_s);
  EXPECT_EQ(settings({expires("fallback: zero, default_s: 45")}, revert("none")).refresh, 15_s);
  EXPECT_EQ(settings({expires("fallback: unlimited, default_s: 60")}).refresh, 20_s);
  EXPECT_EQ(settings({kSafeLimit}).refresh, 10_s) << "its file wants it more often";
}

TEST_F(AgentDevice, WhatItFallsBackToIsTheFailsafeWhereThatCanBeWritten) {
  EXPECT_EQ(settings({kSafeLimit}).device_fallback, 6_A);
  EXPECT_EQ(settings({kSafeLimit}, fallback("0")).device_fallback, 0_A);
  EXPECT_EQ(settings({}).device_fallback, 0_A) << "it stays as it was told";
  EXPECT_EQ(settings({expires("fallback: zero, default_s: 45")}).device_fallback, 0_A);
  EXPECT_THAT(problem({kSafeLimit}, fallback("3")), HasSubstr("device_fallback_a: expected 0 or a value between"));
}

TEST_F(AgentDevice, WhatFallsBackToNothingKnownCountsInFull) {
  EXPECT_EQ(settings({expires("fallback: unlimited, default_s: 45")}).device_fallback, 16_A);
  EXPECT_EQ(settings({expires("fallback: unknown, default_s: 45")}).device_fallback, 16_A);
  EXPECT_EQ(settings({expires("fallback: unknown, default_s: 45")}, fallback("6")).device_fallback, 6_A)
      << "who installs it may know";
  EXPECT_THAT(problem({expires("fallback: unlimited, default_s: 45")}, fallback("6")),
              HasSubstr("device_fallback_a: the device's watchdog lifts every limit"));
  EXPECT_THAT(problem({expires("fallback: zero, default_s: 45")}, fallback("6")), HasSubstr("expected 0"));
}

TEST_F(AgentDevice, WhatIsSetOnItselfIsTheFailsafeOnlyWhereItShowsThat) {
  EXPECT_EQ(settings({expires("fallback: configured, default_s: 45")}).device_fallback, 16_A);
  EXPECT_EQ(settings({expires("fallback: configured, default_s: 45")}, fallback("6")).device_fallback, 6_A);
  EXPECT_EQ(settings({expires("fallback: configured, default_s: 45, "
                              "shows_limit: { fc: 3, register: 9, type: u16, unit: A }")})
                .device_fallback,
            6_A);
}

TEST_F(AgentDevice, AWatchdogThatOtherSocketsKeepQuietIsNone) {
  Device device;
  device.sockets = "sockets: { most: 2, registers: 100 }";
  device.watchdog = kSafeLimit;
  EXPECT_EQ(settings(device).revert, std::nullopt);
  EXPECT_THAT(problem(device, revert("60")), HasSubstr("other sockets keep its watchdog quiet: expected none"));
  device.watchdog = expires("fallback: zero, default_s: 45");
  EXPECT_EQ(settings(device).revert, 45_s) << "each socket has a limit of its own to be written";
}

TEST_F(AgentDevice, AHintAndALockCountInFull) {
  Device hint;
  hint.semantics = "hint";
  EXPECT_EQ(settings(hint).device_fallback, 16_A);
  EXPECT_THAT(problem(hint, fallback("6")), HasSubstr("only a hint"));
  Device lock;
  lock.watchdog += "\n    longest_pause_s: 7200";
  EXPECT_EQ(settings(lock).device_fallback, 16_A);
  EXPECT_EQ(settings(lock).habits.longest_pause, 7200_s);
  EXPECT_THAT(problem(lock, fallback("6")), HasSubstr("ends a pause by itself"));
}

TEST_F(AgentDevice, LevelsInPercentAreThoseOfItsNamePlate) {
  Device device;
  device.limit = kLevels;
  EXPECT_EQ(settings(device).levels, (std::vector<Milliamps>{8_A, 16_A}));
}

TEST_F(AgentDevice, ASocketLiesFurtherOn) {
  Device device;
  device.sockets = "sockets: { most: 2, registers: 100 }";
  const Edits second{{"# socket: 2", "socket: 2"}};
  const auto file = load(device, second);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->device.control->draw->field.address, 120);
  EXPECT_EQ(file->place.unit, 1) << "as the example says";
  EXPECT_THAT(problem(device, {{"# socket: 2", "socket: 3"}}), HasSubstr("has no socket 3 but 2 at most"));
  EXPECT_THAT(problem({}, second), HasSubstr("has no socket 2"));
}

TEST_F(AgentDevice, OrItIsTheNextUnit) {
  Device device;
  device.sockets = "sockets: { most: 3, units: 2 }";
  const auto usual = load(device, {{"\n  unit: 1 ", "\n  # "}, {"# socket: 2", "socket: 2"}});
  ASSERT_TRUE(usual) << usual.error().message();
  EXPECT_EQ(usual->place.unit, 7);
  EXPECT_EQ(load(device, {{"# socket: 2", "socket: 3"}})->place.unit, 5) << "the first one is 1";
  EXPECT_EQ(load({}, {{"\n  unit: 1 ", "\n  # "}})->place.unit, 5) << "the usual one of its file";
}

TEST_F(AgentDevice, ALargestCurrentBelowEveryLevelIsRefused) {
  Device device;
  device.limit = R"(levels:
      - { a: 0, write: [{ fc: 6, register: 20, type: u16, value: 0 }] }
      - { a: 10, write: [{ fc: 6, register: 20, type: u16, value: 1 }] })";
  EXPECT_EQ(settings(device).levels, (std::vector<Milliamps>{10_A}));
  EXPECT_THAT(problem(device, {{"max_a: 16", "max_a: 9"}}), HasSubstr("is below every level"));
}

TEST_F(AgentDevice, MoreThanTheDeviceCanBeToldIsRefused) {
  const auto most = [](const std::string& amps) { return Edits{{"\nmax_a: 16", "\nmax_a: " + amps}}; };
  EXPECT_EQ(problem({}, most("32")), "");
  EXPECT_THAT(problem({}, most("32.1")), testing::ContainsRegex("agent.yaml:[0-9]+:[0-9]+ max_a: the device is never "
                                                                "told more than 32 A"));
  EXPECT_THAT(problem({kSafeLimit}, most("40")), HasSubstr("never told more than 32 A"));
  EXPECT_EQ(problem({"watchdog: none", kLevels}, most("40")), "") << "levels in percent are of its name plate";
}

TEST_F(AgentDevice, WhatCanDrawMoreThanItIsToldHasTheMostOfItsNamePlate) {
  const Edits most{{"\nmax_a: 16", "\nmax_a: 40"}};
  Device hint;
  hint.semantics = "hint";
  EXPECT_EQ(settings(hint, most).device_fallback, 40_A);
  EXPECT_EQ(settings({expires("fallback: unlimited, default_s: 45")}, most).device_fallback, 40_A);
  EXPECT_EQ(problem({"longest_pause_s: 7200\n    watchdog: none"}, most), "");
}

TEST_F(AgentDevice, TheFramingOfItsLineComesFromItsFile) {
  const Edits on_a_line{{"tcp: { host: 192.168.10.21, port: 502 } ", "serial: { port: /dev/ttyUSB0 } #"}};
  const auto framing = [&](const Device& device) {
    return std::get<ModbusSerialEndpoint>(load(device, on_a_line)->place.endpoint).format.framing;
  };
  Device device;
  EXPECT_EQ(framing(device), Framing::Rtu);
  device.serial = ", framing: ascii";
  EXPECT_EQ(framing(device), Framing::Ascii);
}

TEST_F(AgentDevice, HowALimitIsConfirmedComesFromItsFile) {
  EXPECT_EQ(settings({}).habits.confirm.draw, Confirm::ReadBack);
  Device device;
  device.limit = kLevels;
  EXPECT_EQ(settings(device).habits.confirm.draw, Confirm::Current);
  device.watchdog += "\n    confirm: state";
  EXPECT_EQ(settings(device).habits.confirm.draw, Confirm::State);
}

}  // namespace
}  // namespace balans
