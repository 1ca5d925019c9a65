#pragma once
// One device file as a virtual device with a real agent beside it: what the tests of every device stand on.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/device/agent_beside.hpp"

namespace balans::sim {

enum class Which : std::uint8_t { All, Limited, SwitchingPhases };
/// "chargers/keba_p30" and so on, of all files in config/devices.
std::vector<std::string> device_names(Which which);
/// A name as gtest takes it.
std::string test_name(const testing::TestParamInfo<std::string>& info);

enum class PhasesUsed : std::uint8_t { All, Switched };

class DeviceBench : public testing::TestWithParam<std::string> {
 protected:
  static constexpr std::uint64_t kSeed = 20261121;
  static constexpr BootTime kBoot{1'000'000};

  void SetUp() override { load(GetParam()); }
  void load(const std::string& name);
  /// The device alone.
  void make_device();
  /// Its agent's file, and what is set on the device itself.
  void read_agent(PhasesUsed phases = PhasesUsed::All);
  /// The device with a car, where it takes one, and an agent beside it.
  void begin(PhasesUsed phases = PhasesUsed::All);

  void device_second();
  void second();
  void seconds(int count);
  /// Whether what was read is what the device's own meter measures, as far as its registers can say it.
  void expect_true(const Sample& read) const { expect_same(read, device_->measured()); }
  void expect_same(const Sample& read, const Sample& truth) const;
  void expect_follows(Direction direction, Milliamps granted);

  [[nodiscard]] Milliamps draws() const { return device_->truth().current.largest(); }
  [[nodiscard]] Milliamps feeds() const;
  [[nodiscard]] Milliamps flows(Direction direction) const { return direction == Direction::Draw ? draws() : feeds(); }
  [[nodiscard]] const Control& control() const { return *file_.device.control; }
  [[nodiscard]] const LimitSpec& spec(Direction direction) const {
    return direction == Direction::Draw ? *control().draw : *control().feed;
  }
  [[nodiscard]] Direction main_direction() const { return control().draw ? Direction::Draw : Direction::Feed; }
  [[nodiscard]] Band band(Direction direction) const { return band_of(file_.settings, direction); }
  /// Seconds that a device may take to draw more, or the last bit less.
  [[nodiscard]] int patience() const;
  /// What the device makes of a limit by its own rule.
  [[nodiscard]] Milliamps planned(Direction direction, Milliamps limit) const;
  void grant(Direction direction, Milliamps current);

  bool compares_ = true;  ///< everything that the agent reads is compared with the truth
  std::string name_;
  DeviceDescription file_device_;
  DeviceModelSetup setup_;
  AgentFile file_;
  std::unique_ptr<ModelledDevice> device_;
  std::optional<DirectLink> link_;
  std::optional<AgentBeside> agent_;
  LocalTime now_{12 * 3600 * 1000};

 private:
  void expect_read(QuantityId id, const std::optional<std::int64_t>& read, std::int64_t truth) const;
};

}  // namespace balans::sim
