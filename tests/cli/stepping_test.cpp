#include "cli/stepping.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "cli/place.hpp"
#include "cli/reading.hpp"
#include "common/registers/image.hpp"
#include "common/registers/installed.hpp"
#include "tests/cli/devices.hpp"

namespace balans::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

DeviceDescription described(const std::string& text) {
  test::TempFolder folder;
  std::ofstream(folder / "one.yaml") << text;
  auto device = load_device(folder / "one.yaml");
  EXPECT_TRUE(device.ok()) << (device.ok() ? "" : device.error().message());
  return *std::move(device);
}

/// A charger with a car that takes up to 20 A, and its faults.
class Bench final : public Transport {
 public:
  explicit Bench(const DeviceDescription& device) : image(device) {
    (void)image.set(QuantityId::VoltageL1, 230'000).ok();
    put(250);
  }
  void put(std::uint16_t tenths) { image.set_words(ReadFunction::HoldingRegisters, 20, std::span(&tenths, 1)); }
  std::uint16_t limit() { return image.read(ReadFunction::HoldingRegisters, 7, 20, 1)->front(); }

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    const std::uint16_t current = obeys ? std::min<std::uint16_t>(limit(), 200) : 200;
    image.set_words(ReadFunction::HoldingRegisters, 11, std::span(&current, 1));
    return image.read(function, unit, address, count);
  }
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    written.push_back(words.front());
    if (refuses_next > 0) return --refuses_next, Error{"register 20", "timeout"};
    if (refuses_from && written.size() >= *refuses_from) return Error{"register 20", "timeout"};
    return image.write(function, unit, address, words);
  }

  RegisterImage image;
  std::vector<std::uint16_t> written;
  bool obeys = true;
  int refuses_next = 0;
  std::optional<std::size_t> refuses_from;
};

class TestPace final : public Pace {
 public:
  [[nodiscard]] BootTime now() const override { return now_; }
  Wait wait(Millis time) override {
    now_ = now_ + time;
    return interrupt_at && now_ >= *interrupt_at ? Wait::Interrupted : Wait::Passed;
  }
  void rest(Millis time) override { now_ = now_ + time; }
  std::optional<BootTime> interrupt_at;

 private:
  BootTime now_;
};

class SteppingTest : public testing::Test {
 protected:
  Stepping run() {
    return step_through(bench_.image.description(), bench_, options_, pace_, [](const Step&) {});
  }
  Bench bench_{described(kCharger)};
  TestPace pace_;
  SteppingOptions options_{7, 3, 16_A};
};

TEST_F(SteppingTest, GoesThroughMinimumHalfAndFullAndBack) {
  const Stepping stepping = run();
  EXPECT_THAT(bench_.written, ElementsAre(60, 80, 160, 250));
  EXPECT_TRUE(stepping.fine()) << outcome_text(stepping, bench_.image.description());
  EXPECT_EQ(stepping.before, 25_A);
  ASSERT_EQ(stepping.steps.size(), 3U);
  EXPECT_EQ(stepping.steps[0].shown_after, 500_ms);
  EXPECT_EQ(stepping.steps[2].current, 16_A);
}

TEST_F(SteppingTest, NeverWritesMoreThanTheSupplyCarries) {
  options_.most = 10_A;
  (void)run();
  EXPECT_THAT(bench_.written, ElementsAre(60, 60, 100, 250));
}

TEST_F(SteppingTest, ADeviceThatDrawsMoreIsNotFine) {
  bench_.obeys = false;
  const Stepping stepping = run();
  EXPECT_FALSE(stepping.fine());
  EXPECT_THAT(step_text(stepping.steps[0]), HasSubstr("DRAWS MORE: 20 A"));
  EXPECT_EQ(bench_.limit(), 250);
}

TEST_F(SteppingTest, AnInterruptionPutsTheOldLimitBack) {
  pace_.interrupt_at = BootTime(500);
  const Stepping stepping = run();
  EXPECT_THAT(bench_.written, ElementsAre(60, 250));
  EXPECT_FALSE(stepping.fine());
  EXPECT_EQ(stepping.put_back->current, 25_A);
}

TEST_F(SteppingTest, AFailureMidwayPutsTheOldLimitBackTryingAgain) {
  bench_.refuses_next = 3;
  const Stepping stepping = run();
  EXPECT_THAT(bench_.written, ElementsAre(60, 250, 250, 250));
  EXPECT_EQ(bench_.limit(), 250);
  EXPECT_THAT(*stepping.problem, HasSubstr("timeout"));
  EXPECT_FALSE(stepping.not_put_back);
}

TEST_F(SteppingTest, WhatCouldNotBePutBackIsSaidLoudly) {
  bench_.refuses_from = 2;
  const Stepping stepping = run();
  EXPECT_EQ(bench_.limit(), 60);
  EXPECT_THAT(outcome_text(stepping, bench_.image.description()), HasSubstr("OLD LIMIT OF 25 A COULD NOT BE WRITTEN"));
}

TEST_F(SteppingTest, AnOldLimitThatTheDriverCannotWriteIsSaid) {
  bench_.put(400);
  const Stepping stepping = run();
  EXPECT_EQ(bench_.limit(), 320);
  EXPECT_THAT(outcome_text(stepping, bench_.image.description()), HasSubstr("NOT BACK at 40 A: now at 32 A"));
}

TEST_F(SteppingTest, ADeviceThatCannotTellItsLimitIsRefusedUnlessTold) {
  Bench mute(described(with(kCharger, "    read_back: { fc: 3, register: 20, type: u16, scale: 0.1, unit: A }\n", "")));
  const auto step = [&] { return step_through(mute.image.description(), mute, options_, pace_, [](const Step&) {}); };
  EXPECT_THAT(step().problem.value_or(""), HasSubstr("--back-to-a"));
  EXPECT_TRUE(mute.written.empty());
  options_.back_to = 13_A;
  EXPECT_TRUE(step().fine());
  EXPECT_EQ(mute.written.back(), 130);
}

TEST_F(SteppingTest, NothingIsWrittenWhereTheDeviceIsAnother) {
  const std::uint16_t other = 0x5858;
  bench_.image.set_words(ReadFunction::HoldingRegisters, 5, std::span(&other, 1));
  const Stepping stepping = run();
  EXPECT_THAT(stepping.problem.value_or(""), HasSubstr("is not the device's"));
  EXPECT_TRUE(bench_.written.empty());
}

TEST_F(SteppingTest, ReadingWritesNothingAndJudgesEachValue) {
  const std::uint16_t silly = 900;
  bench_.image.set_words(ReadFunction::HoldingRegisters, 10, std::span(&silly, 1));
  const auto readings = read_everything(bench_.image.description(), bench_, 7);
  ASSERT_TRUE(readings.ok());
  EXPECT_FALSE(readings->sound());
  EXPECT_THAT(readings_text(*readings), HasSubstr("BAD: 900000 is outside 0..400000"));
  EXPECT_THAT(readings_text(*readings), HasSubstr("20 A"));
  EXPECT_TRUE(bench_.written.empty());
}

TEST_F(SteppingTest, AVoltageThatIsPossibleButNotThatOfTheMainsIsDoubted) {
  (void)bench_.image.set(QuantityId::VoltageL1, 23'000).ok();
  const auto readings = read_everything(bench_.image.description(), bench_, 7);
  ASSERT_TRUE(readings.ok());
  EXPECT_TRUE(readings->sound());
  EXPECT_EQ(readings->doubts.size(), 1U);
}

TEST(SteppingShipped, EveryDeviceThatCanBeLimitedIsSteppedAndPutBack) {
  const auto catalogue = load_catalogue("config/devices");
  ASSERT_TRUE(catalogue.ok());
  for (const DeviceFile& file : catalogue->files) {
    const auto device = installed(file.description, {1, 16_A});
    ASSERT_TRUE(device.ok());
    if (!device->control || (!device->control->draw && !device->control->feed)) continue;
    RegisterImage image(*device);
    (void)image.set_rated_power(5000_W).ok();
    for (const auto& [key, word] : file.vectors.front().registers)
      image.set_words(std::get<1>(key), std::get<2>(key), std::span(&word, 1), std::get<0>(key));
    TestPace pace;
    SteppingOptions options{249, device->phases, 16_A};
    options.back_to = 0_A;
    const Stepping stepping = step_through(*device, image, options, pace, [](const Step&) {});
    EXPECT_FALSE(stepping.problem) << file.description.name << ": " << *stepping.problem;
    EXPECT_TRUE(stepping.put_back) << file.description.name;
    EXPECT_FALSE(stepping.not_put_back) << file.description.name << ": " << *stepping.not_put_back;
  }
}

TEST(Place, HostsPortsAndUnitsAreRead) {
  EXPECT_EQ(parse_host("charger.lan", 502)->port, 502);
  EXPECT_EQ(parse_host("10.0.0.1:1502", 502)->port, 1502);
  EXPECT_EQ(parse_host("[fe80::1]:1502", 502)->host, "fe80::1");
  EXPECT_EQ(parse_host("fe80::1", 502)->host, "fe80::1");
  EXPECT_FALSE(parse_host("host:0", 502).ok());
  EXPECT_FALSE(parse_host("host:65536", 502).ok());
  EXPECT_FALSE(parse_host("", 502).ok());
  EXPECT_THAT(*parse_units("1,3,10-12"), ElementsAre(1, 3, 10, 11, 12));
  for (const char* bad : {"", "1,", "256", "5-3", "a", "1-"}) EXPECT_FALSE(parse_units(bad).ok()) << bad;
}

/// Where a device with two sockets is, by an agent's file with these lines in its section `device`.
Result<DeviceDescription> at_socket(const std::string& lines, const std::string& sockets) {
  test::TempFolder folder;
  std::ofstream(folder / "agent.yaml") << "device:\n  file: one\n  tcp: { host: charger.lan }\n" << lines;
  const auto configured = read_agent_device(folder / "agent.yaml");
  if (!configured) return configured.error();
  std::string text = kCharger;
  text.insert(text.find("  identity:"), sockets);
  return as_configured(described(text), *configured, 16_A);
}

TEST(Place, TheSocketOfAnAgentIsTheOneThatItLimits) {
  const std::string further = "  sockets: { most: 2, registers: 100 }\n", units = "  sockets: { most: 2, units: 1 }\n";
  EXPECT_EQ(at_socket("", further)->control->draw->field.address, 20);
  EXPECT_EQ(at_socket("  socket: 2\n", further)->control->draw->field.address, 120);
  EXPECT_EQ(*at_socket("  socket: 2\n", units)->unit, 8) << "the usual one of the file is 7";
  EXPECT_EQ(*at_socket("  unit: 3\n  socket: 2\n", units)->unit, 4);
  EXPECT_FALSE(at_socket("  socket: 3\n", units).ok());
}

}  // namespace
}  // namespace balans::cli
