#include "tests/sim/device/device_bench.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "common/io/device_file/device_file.hpp"
#include "common/registers/installed.hpp"
#include "common/registers/limit.hpp"

namespace balans::sim {
namespace {

const std::filesystem::path kDevices = "config/devices";

/// By its text: this is asked before each test, and to read all files takes a second.
bool is_of(Which which, const std::filesystem::path& path) {
  if (which == Which::All) return true;
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const char* const key = which == Which::Limited ? "\n  control:\n" : "\n    phase_switch:";
  return text.find(key) != std::string::npos;
}

/// What is set on the device itself where its file tells no time: one word may be lost.
std::optional<Millis> installed_timeout(const DeviceDescription& device, const AgentSettings& settings) {
  if (!device.control->watchdog) return std::nullopt;
  const Watchdog& watchdog = *device.control->watchdog;
  if (watchdog.default_timeout) return watchdog.default_timeout;
  return settings.revert ? *settings.revert : 2 * watchdog.refresh + 1_s;
}

/// Half of what the last digit of its register stands for.
std::int64_t rounding(const QuantityField& quantity) {
  const Field& field = quantity.field;
  const int shown = field.scale_factor ? field.shown_scale_factor : 0;
  const double digit = std::abs(static_cast<double>(field.scale.mantissa)) *
                       std::pow(10.0, field.scale.exponent + field.unit_exponent + shown);
  return static_cast<std::int64_t>(digit / 2) + 1;
}

template <class T>
std::optional<std::int64_t> count_of(const std::optional<T>& value) {
  return value ? std::optional(value->count()) : std::nullopt;
}

}  // namespace

std::vector<std::string> device_names(Which which) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kDevices)) {
    if (entry.path().extension() != ".yaml") continue;
    if (!is_of(which, entry.path())) continue;
    names.insert(entry.path().parent_path().filename().string() + "/" + entry.path().stem().string());
  }
  return {names.begin(), names.end()};
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

void DeviceBench::load(const std::string& name) {
  name_ = name;
  auto loaded = load_device(kDevices, name);
  ASSERT_TRUE(loaded) << loaded.error().message();
  file_device_ = *std::move(loaded);
  setup_.load = name == "heat/askoma_askoheat" ? LoadKind::Boiler : usual_load(file_device_);
  setup_.phases = file_device_.phases;
  setup_.max = file_device_.control ? nameplate_of(file_device_) : 16_A;
  setup_.seed = kSeed;
  auto device = installed(file_device_, {1, setup_.max});
  ASSERT_TRUE(device) << device.error().message();
  setup_.description = *std::move(device);
  RecordProperty("seed", std::to_string(kSeed));
}

void DeviceBench::make_device() {
  auto device = ModelledDevice::make(setup_);
  ASSERT_TRUE(device) << device.error().message();
  device_ = std::move(*device);
  if (setup_.load != LoadKind::Car) return;
  const auto plugged = device_->plug({80'000_Wh, 3, setup_.max});
  ASSERT_TRUE(plugged) << plugged.error().message();
}

void DeviceBench::read_agent(PhasesUsed phases) {
  const Millis settle = setup_.load == LoadKind::Car ? 15_s : 6_s;
  auto file = agent_for(file_device_, {name_, settle, phases == PhasesUsed::Switched});
  ASSERT_TRUE(file) << file.error().message();
  file_ = *std::move(file);
  setup_.installed_timeout = installed_timeout(file_.device, file_.settings);
}

void DeviceBench::begin(PhasesUsed phases) {
  ASSERT_NO_FATAL_FAILURE(read_agent(phases));
  ASSERT_NO_FATAL_FAILURE(make_device());
  link_.emplace(file_, device_->registers());
  agent_.emplace(file_.settings, *link_, kBoot);
}

void DeviceBench::device_second() {
  now_ = now_ + 1_s;
  device_->step(now_, 1_s);
  ASSERT_EQ(device_->show_problem(), "");
}

void DeviceBench::second() {
  ASSERT_NO_FATAL_FAILURE(device_second());
  agent_->second();
  if (!link_ || !link_->sample() || !compares_) return;
  expect_true(*link_->sample());
  ASSERT_FALSE(HasNonfatalFailure()) << "what is read is not what is true";
}

void DeviceBench::seconds(int count) {
  for (int i = 0; i < count; ++i) ASSERT_NO_FATAL_FAILURE(second());
}

Milliamps DeviceBench::feeds() const {
  Milliamps most;
  for (Phase p : kPhases) most = std::max(most, -device_->truth().current[p]);
  return most;
}

int DeviceBench::patience() const {
  if (setup_.load == LoadKind::Car) return 75;
  return setup_.load == LoadKind::HeatPump ? 200 : 20;
}

Milliamps DeviceBench::planned(Direction direction, Milliamps limit) const {
  const Watts rated(active_power(setup_.max, defaults::kNominal, setup_.phases, 1000).count() / 1000);
  return plan_limit(spec(direction), limit, setup_.phases, rated).setpoint.current;
}

void DeviceBench::grant(Direction direction, Milliamps current) {
  if (direction == Direction::Draw)
    agent_->grant_draw(current);
  else
    agent_->grant_feed(current);
}

void DeviceBench::expect_follows(Direction direction, Milliamps granted) {
  SCOPED_TRACE("granted " + std::to_string(granted.count()) + " mA");
  grant(direction, granted);
  ASSERT_NO_FATAL_FAILURE(seconds(patience()));
  const Milliamps most = planned(direction, granted);
  EXPECT_LE(most, granted);
  Milliamps peak;
  for (int i = 0; i < 30; ++i) {
    ASSERT_NO_FATAL_FAILURE(second());
    ASSERT_EQ(agent_->fault(), "");
    ASSERT_LE(flows(direction), most + 1_mA) << "in second " << i;
    peak = std::max(peak, flows(direction));
  }
  EXPECT_TRUE(agent_->is_effective());
  const bool can_run = setup_.load != LoadKind::HeatPump || granted == setup_.max;
  if (most > 0_A && can_run) {
    EXPECT_GE(peak.count(), most.count() * 3 / 4) << "it has use for it";
  }
}

void DeviceBench::expect_read(QuantityId id, const std::optional<std::int64_t>& read, std::int64_t truth) const {
  const QuantityField* quantity = setup_.description.find(id);
  if (quantity == nullptr) return;
  ASSERT_TRUE(read) << name_of(id);
  const bool is_magnitude = quantity->min >= 0 && id <= QuantityId::CurrentL3;
  EXPECT_NEAR(static_cast<double>(*read), static_cast<double>(is_magnitude ? std::abs(truth) : truth),
              static_cast<double>(rounding(*quantity)))
      << name_of(id);
}

void DeviceBench::expect_same(const Sample& read, const Sample& truth) const {
  for (std::size_t i = 0; i < static_cast<std::size_t>(setup_.phases); ++i) {
    const auto nth = [i](QuantityId first) { return static_cast<QuantityId>(static_cast<std::size_t>(first) + i); };
    const auto of = [i](const auto& values) {
      return values ? std::optional(values->values[i].count()) : std::nullopt;
    };
    expect_read(nth(QuantityId::CurrentL1), of(read.current), truth.current->values[i].count());
    expect_read(nth(QuantityId::VoltageL1), of(read.voltage), truth.voltage->values[i].count());
    expect_read(nth(QuantityId::PowerL1), of(read.power), truth.power->values[i].count());
  }
  expect_read(QuantityId::Power, count_of(read.total_power), truth.total_power->count());
  expect_read(QuantityId::EnergyImport, count_of(read.energy_import), truth.energy_import->count());
  expect_read(QuantityId::EnergyExport, count_of(read.energy_export), truth.energy_export->count());
  expect_read(QuantityId::Frequency, count_of(read.frequency), truth.frequency->count());
  if (truth.state_of_charge)
    expect_read(QuantityId::StateOfCharge, count_of(read.state_of_charge), truth.state_of_charge->count());
  if (read.vehicle) {
    EXPECT_EQ(*read.vehicle, *truth.vehicle);
  }
}

}  // namespace balans::sim
