// Every file of config/devices as a virtual device, with a real agent beside it, judged by what the device really does.

#include "common/io/device_file/device_file.hpp"
#include "tests/sim/device/device_bench.hpp"

namespace balans::sim {
namespace {

class EveryDevice : public DeviceBench {};

class EveryLimitedDevice : public DeviceBench {
 protected:
  void expect_steps(Direction direction);
  void expect_fallback();
};

class EverySwitchingDevice : public DeviceBench {};

// ---- limits ----

void EveryLimitedDevice::expect_steps(Direction direction) {
  const auto [min, max, failsafe] = band(direction);
  for (const Milliamps granted : {max, (max + min) / 2, std::max(min, 1_mA), 0_A, max, 0_A})
    ASSERT_NO_FATAL_FAILURE(expect_follows(direction, granted));
}

TEST_P(EveryLimitedDevice, FollowsItsLeaseAndPauses) {
  ASSERT_NO_FATAL_FAILURE(begin());
  ASSERT_NO_FATAL_FAILURE(seconds(10));
  if (control().draw) {
    ASSERT_NO_FATAL_FAILURE(expect_steps(Direction::Draw));
  }
  if (!control().feed) return;
  if (setup_.load == LoadKind::Battery) {
    ASSERT_TRUE(device_->set_wish(BatteryWish::Discharge));
  }
  ASSERT_NO_FATAL_FAILURE(expect_steps(Direction::Feed));
}

// ---- watchdogs ----

TEST_P(EveryLimitedDevice, KeepsItsSetpointWhileItsAgentLives) {
  ASSERT_NO_FATAL_FAILURE(begin());
  ASSERT_NO_FATAL_FAILURE(seconds(10));
  const Direction direction = main_direction();
  grant(direction, band(direction).max);
  ASSERT_NO_FATAL_FAILURE(seconds(patience()));
  grant(direction, (band(direction).max + band(direction).min) / 2);
  ASSERT_NO_FATAL_FAILURE(seconds(patience()));
  const Milliamps kept = planned(direction, (band(direction).max + band(direction).min) / 2);
  const auto lasts = static_cast<int>(3 * setup_.installed_timeout.value_or(20_s).count() / 1000);
  for (int i = 0; i < lasts; ++i) {
    ASSERT_NO_FATAL_FAILURE(second());
    ASSERT_FALSE(device_->truth().fallen_back) << "in second " << i;
    ASSERT_LE(flows(direction), kept + 1_mA) << "in second " << i;
    ASSERT_TRUE(agent_->is_effective()) << "in second " << i;
  }
}

/// What the file says the device does by itself, whatever it was told.
void EveryLimitedDevice::expect_fallback() {
  const Direction direction = main_direction();
  const Milliamps allowed = direction == Direction::Draw ? device_->truth().allowed : device_->truth().may_feed;
  if (!control().watchdog) {
    EXPECT_FALSE(device_->truth().fallen_back) << "it keeps its last setpoint for ever";
    EXPECT_LE(flows(direction), allowed);
    return;
  }
  ASSERT_TRUE(device_->truth().fallen_back);
  switch (control().watchdog->fallback) {
    case Fallback::SafeLimit:
      EXPECT_EQ(allowed, planned(direction, file_.settings.device_fallback));
      EXPECT_GT(allowed, 0_A) << "this test's failsafe";
      break;
    case Fallback::Configured:
    case Fallback::Zero:
      EXPECT_EQ(allowed, 0_A);
      EXPECT_EQ(flows(direction), 0_A);
      break;
    case Fallback::Unlimited:
    case Fallback::Unknown:
      EXPECT_EQ(allowed, setup_.max);
      EXPECT_FALSE(file_.settings.revert) << "nobody may count on it";
      break;
  }
  const Milliamps counted_on =
      direction == Direction::Draw ? file_.settings.device_fallback : file_.settings.fallback_feed;
  EXPECT_LE(flows(direction), counted_on) << "what the controller books for a device that nobody reaches";
}

TEST_P(EveryLimitedDevice, EndsAtItsFallbackInTimeWhenItsAgentIsSilent) {
  ASSERT_NO_FATAL_FAILURE(begin());
  ASSERT_NO_FATAL_FAILURE(seconds(10));
  const Direction direction = main_direction();
  grant(direction, band(direction).max);
  ASSERT_NO_FATAL_FAILURE(seconds(patience()));
  const Millis within = file_.settings.revert.value_or(setup_.installed_timeout.value_or(60_s));
  for (Millis t; t <= within + file_.settings.settle; t += 1_s) ASSERT_NO_FATAL_FAILURE(device_second());
  ASSERT_NO_FATAL_FAILURE(expect_fallback());
}

// ---- phases ----

TEST_P(EverySwitchingDevice, DrawsOnOnePhaseWhenOnlyThatIsGranted) {
  ASSERT_NO_FATAL_FAILURE(begin(PhasesUsed::Switched));
  ASSERT_NO_FATAL_FAILURE(seconds(10));
  agent_->grant_draw(16_A);
  ASSERT_NO_FATAL_FAILURE(seconds(patience()));
  for (Phase terminal : kPhases) ASSERT_GT(device_->truth().current[terminal], 0_A);
  agent_->grant({{{0_A, 10_A, 0_A}}, {}});  // L2 of the grid is on its first terminal
  ASSERT_NO_FATAL_FAILURE(seconds(2 * patience()));
  EXPECT_EQ(device_->truth().current, (PerPhase<Milliamps>{{planned(Direction::Draw, 10_A), 0_A, 0_A}}));
  EXPECT_TRUE(agent_->is_effective());
  EXPECT_EQ(agent_->fault(), "");
  agent_->grant_draw(8_A);
  ASSERT_NO_FATAL_FAILURE(seconds(2 * patience()));
  EXPECT_EQ(device_->truth().current, PerPhase<Milliamps>::all(planned(Direction::Draw, 8_A)));
}

// ---- readings ----

TEST_P(EveryDevice, ShowsWhatIsTrueAndIsSeenToLive) {
  ASSERT_NO_FATAL_FAILURE(make_device());
  Driver driver(setup_.description, device_->registers(), setup_.description.unit.value_or(1));
  DriverSettings settings;
  settings.phases = setup_.phases;
  const auto prepared = driver.prepare(settings);
  ASSERT_TRUE(prepared) << prepared.error().message();
  std::optional<std::uint64_t> life;
  LocalTime changed = now_;
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE("second " + std::to_string(i));
    ASSERT_NO_FATAL_FAILURE(device_second());
    const auto read = driver.poll();
    ASSERT_TRUE(read) << read.error().message();
    expect_true(*read);
    ASSERT_FALSE(HasFailure());
    if (std::exchange(life, read->life) != read->life) changed = now_;
    if (setup_.load == LoadKind::House) {
      ASSERT_LT(now_ - changed, defaults::kMeterFrozen) << "it would be taken for frozen";
    }
  }
  if (setup_.load == LoadKind::House) {
    EXPECT_GT(*device_->measured().energy_import, 50_Wh);
  }
}

TEST(DeviceNames, LeaveOutNoDevice) {
  std::vector<std::string> limited, switching;
  for (const std::string& name : device_names(Which::All)) {
    const auto device = load_device("config/devices", name);
    ASSERT_TRUE(device) << device.error().message();
    if (device->control) limited.push_back(name);
    if (device->control && device->control->phase_switch) switching.push_back(name);
  }
  EXPECT_GE(device_names(Which::All).size(), 72U);
  EXPECT_EQ(device_names(Which::Limited), limited);
  EXPECT_EQ(device_names(Which::SwitchingPhases), switching);
}

INSTANTIATE_TEST_SUITE_P(Of, EveryLimitedDevice, testing::ValuesIn(device_names(Which::Limited)), test_name);
INSTANTIATE_TEST_SUITE_P(Of, EverySwitchingDevice, testing::ValuesIn(device_names(Which::SwitchingPhases)), test_name);
INSTANTIATE_TEST_SUITE_P(Of, EveryDevice, testing::ValuesIn(device_names(Which::All)), test_name);

}  // namespace
}  // namespace balans::sim
