// Every device file proves itself: it loads, and its vectors hold.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/io/device_file/device_file.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/image.hpp"
#include "common/registers/installed.hpp"

namespace balans {

void PrintTo(const RegisterWrite& write, std::ostream* out) {
  *out << "{fc " << static_cast<int>(write.function) << ", register " << write.address << ", words";
  for (std::uint16_t word : write.words) *out << " " << word;
  if (write.unit_id != kOwnUnit) *out << ", unit_id " << static_cast<int>(write.unit_id);
  *out << "}";
}

namespace {

const std::filesystem::path kDevices = "config/devices";
constexpr std::uint8_t kUnit = 249;     ///< none that a file names
constexpr Milliamps kNameplate = 10_A;  ///< of every device whose levels are shares of it

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kDevices))
    if (entry.path().extension() == ".yaml")
      names.push_back((entry.path().parent_path().filename() / entry.path().stem()).string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Passes everything on and remembers what was written.
class Recorder final : public Transport {
 public:
  explicit Recorder(Transport& inner) : inner_(inner) {}
  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    return inner_.read(function, unit, address, count);
  }
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    writes.push_back({function, address, {words.begin(), words.end()}, unit == kUnit ? kOwnUnit : unit});
    return inner_.write(function, unit, address, words);
  }
  std::vector<RegisterWrite> writes;

 private:
  Transport& inner_;
};

template <class T>
std::optional<std::int64_t> phase_value(const std::optional<PerPhase<T>>& values, QuantityId id, QuantityId first) {
  if (!values) return std::nullopt;
  return values->values.at(static_cast<std::size_t>(id) - static_cast<std::size_t>(first)).count();
}

template <class T>
std::optional<std::int64_t> count_of(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return value->count();
}

std::optional<std::int64_t> quantity_of(const Sample& sample, QuantityId id) {
  switch (id) {
    case QuantityId::CurrentL1:
    case QuantityId::CurrentL2:
    case QuantityId::CurrentL3:
      return phase_value(sample.current, id, QuantityId::CurrentL1);
    case QuantityId::VoltageL1:
    case QuantityId::VoltageL2:
    case QuantityId::VoltageL3:
      return phase_value(sample.voltage, id, QuantityId::VoltageL1);
    case QuantityId::PowerL1:
    case QuantityId::PowerL2:
    case QuantityId::PowerL3:
      return phase_value(sample.power, id, QuantityId::PowerL1);
    case QuantityId::Power:
      return count_of(sample.total_power);
    case QuantityId::EnergyImport:
      return count_of(sample.energy_import);
    case QuantityId::EnergyExport:
      return count_of(sample.energy_export);
    case QuantityId::Frequency:
      return count_of(sample.frequency);
    case QuantityId::StateOfCharge:
      return count_of(sample.state_of_charge);
    case QuantityId::VehicleState:
      return sample.vehicle ? std::optional(static_cast<std::int64_t>(*sample.vehicle)) : std::nullopt;
    case QuantityId::Clock:
      return std::nullopt;
  }
  return std::nullopt;
}

void overlay(RegisterImage& image, const DeviceVector& vector) {
  for (const auto& [key, word] : vector.registers)
    image.set_words(std::get<1>(key), std::get<2>(key), std::span(&word, 1), std::get<0>(key));
}

class DeviceFiles : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Result<DeviceFile> file = load_device_file(kDevices / (GetParam() + ".yaml"));
    ASSERT_TRUE(file.ok()) << file.error().message();
    file_ = *std::move(file);
    Result<DeviceDescription> first = installed(file_.description, {1, kNameplate});
    ASSERT_TRUE(first.ok()) << first.error().message();
    first_socket_ = *std::move(first);
  }
  DeviceFile file_;
  DeviceDescription first_socket_;  ///< the same, as it is installed
};

/// What is written, and that the driver and a virtual device find there again what was meant.
void expect_writes(Driver& driver, const Recorder& bus, const RegisterImage& image, const DeviceVector& vector) {
  const Control& control = *driver.description().control;
  for (int i = 0; i < vector.keep_alive; ++i) {
    const auto kept = driver.keep_alive();
    ASSERT_TRUE(kept.ok()) << kept.error().message();
  }
  if (vector.keep_alive > 0) {
    EXPECT_EQ(bus.writes, vector.writes);
    return;
  }
  if (vector.switch_to) {
    const auto switched = driver.switch_phases(*vector.switch_to);
    ASSERT_TRUE(switched.ok()) << switched.error().message();
    EXPECT_EQ(bus.writes, vector.writes);
    EXPECT_EQ(image.phase_mode(), *vector.switch_to);
    return;
  }
  const Milliamps limit(vector.limit_ma ? *vector.limit_ma : *vector.feed_limit_ma);
  const auto written = vector.limit_ma ? driver.write_limit(limit) : driver.write_feed_limit(limit);
  ASSERT_TRUE(written.ok()) << written.error().message();
  EXPECT_LE(written->current, limit);
  EXPECT_EQ(bus.writes, vector.writes);
  if (!can_be_read(vector.limit_ma ? *control.draw : *control.feed)) return;
  const auto sample = driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  EXPECT_EQ(vector.limit_ma ? sample->setpoint : sample->feed_setpoint, *written);
}

void expect_setpoint(const std::optional<Setpoint>& setpoint, const std::optional<std::int64_t>& expected) {
  if (!expected) return;
  ASSERT_TRUE(setpoint);
  EXPECT_EQ(setpoint->current.count(), *expected);
}

DriverSettings settings_for(const DeviceVector& vector) {
  DriverSettings settings;
  settings.phases = vector.phases;
  settings.failsafe = Milliamps(vector.failsafe_ma);
  if (vector.watchdog_ms) settings.watchdog_timeout = Millis(*vector.watchdog_ms);
  if (vector.feeds) settings.feeding = Feeding::Limited;
  if (vector.switch_to || vector.phase_mode) settings.switching = Switching::Used;
  return settings;
}

/// Registers in, through the whole driver: each vector starts from those of the first.
void run(const DeviceFile& file, const DeviceVector& vector) {
  SCOPED_TRACE(vector.name);
  const DeviceVector first = vector.socket == 1 ? file.vectors.front() : DeviceVector{};
  const auto description = installed(file.description, {vector.socket, kNameplate});
  ASSERT_TRUE(description.ok()) << description.error().message();
  RegisterImage image(*description);
  overlay(image, first);
  overlay(image, vector);
  Recorder bus(image);
  Driver driver(*description, bus, kUnit);
  const auto prepared = driver.prepare(settings_for(vector));
  ASSERT_TRUE(prepared.ok() || vector.error) << prepared.error().message();
  if (!prepared) {
    EXPECT_THAT(prepared.error().message(), testing::HasSubstr(*vector.error));
    return;
  }
  if (vector.start) {
    EXPECT_EQ(bus.writes, vector.writes);
    return;
  }
  bus.writes.clear();
  if (vector.limit_ma || vector.feed_limit_ma || vector.switch_to || vector.keep_alive > 0)
    return expect_writes(driver, bus, image, vector);
  overlay(image, first);
  overlay(image, vector);
  const auto sample = driver.poll();
  if (vector.error) {
    ASSERT_FALSE(sample.ok());
    EXPECT_THAT(sample.error().message(), testing::HasSubstr(*vector.error));
    EXPECT_THAT(sample.error().message(), testing::StartsWith(file.description.name + " unit 249"));
    return;
  }
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  for (const auto& [id, value] : vector.quantities) EXPECT_EQ(quantity_of(*sample, id), value) << name_of(id);
  for (QuantityId id : vector.absent) EXPECT_FALSE(quantity_of(*sample, id)) << name_of(id);
  expect_setpoint(sample->setpoint, vector.setpoint_ma);
  expect_setpoint(sample->feed_setpoint, vector.feed_setpoint_ma);
  if (vector.phase_mode) {
    EXPECT_EQ(sample->phase_mode, vector.phase_mode);
  }
}

TEST_P(DeviceFiles, EveryVectorHolds) {
  for (const DeviceVector& vector : file_.vectors) run(file_, vector);
}

TEST_P(DeviceFiles, TheFirstVectorShowsEveryQuantity) {
  const DeviceVector& first = file_.vectors.front();
  for (const QuantityField& quantity : file_.description.quantities)
    EXPECT_TRUE(first.quantities.contains(quantity.id) || quantity.id == QuantityId::Clock)
        << name_of(quantity.id) << " is not in the first vector";
}

TEST_P(DeviceFiles, AVirtualDeviceShowsWhatTheDriverReads) {
  RegisterImage real(first_socket_);
  overlay(real, file_.vectors.front());
  Driver driver(first_socket_, real, kUnit);
  ASSERT_TRUE(driver.prepare({}).ok());
  overlay(real, file_.vectors.front());
  const auto sample = driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();

  RegisterImage shown(first_socket_);
  (void)shown.set_rated_power(5000_W).ok();  // of those that show one
  const auto showing = shown.show(*sample);
  ASSERT_TRUE(showing.ok()) << showing.error().message();
  Driver other(first_socket_, shown, kUnit);
  const auto prepared = other.prepare({});
  ASSERT_TRUE(prepared.ok()) << prepared.error().message();
  const auto again = other.poll();
  ASSERT_TRUE(again.ok()) << again.error().message();
  for (const QuantityField& quantity : file_.description.quantities)
    EXPECT_EQ(quantity_of(*again, quantity.id), quantity_of(*sample, quantity.id)) << name_of(quantity.id);
}

/// Addresses as a virtual device has them.
DeviceDescription on_the_wire(const DeviceDescription& description) { return RegisterImage(description).description(); }

bool is_written(const DeviceFile& file, const WriteField& field, const std::vector<std::uint16_t>& words) {
  const auto fits = [&](const RegisterWrite& write) {
    return write.function == field.function && write.address == field.address && write.unit_id == field.unit_id &&
           (words.empty() || write.words == words);
  };
  return std::any_of(file.vectors.begin(), file.vectors.end(), [&](const DeviceVector& vector) {
    return vector.socket == 1 && std::any_of(vector.writes.begin(), vector.writes.end(), fits);
  });
}

struct EveryWrite {
  const DeviceFile& file;
  void operator()(const Field&) const {}
  void operator()(const WriteField& field) const {
    EXPECT_TRUE(is_written(file, field, {}))
        << "no vector writes register " << field.address << " with function " << static_cast<int>(field.function);
  }
  void constants(const std::vector<FixedWrite>& writes, std::string_view what) const {
    for (const FixedWrite& fixed : writes) {
      if (fixed.to.scale_factor) continue;  // its words depend on the device
      const auto words = words_for(readable(fixed.to), fixed.value, 0, Rounding::Nearest);
      ASSERT_TRUE(words.ok()) << words.error().message();
      EXPECT_TRUE(is_written(file, fixed.to, *words))
          << "no vector writes " << fixed.value << " to register " << fixed.to.address << ", a constant of " << what;
    }
  }
  void limit(const std::optional<LimitSpec>& spec) const {
    if (!spec) return;
    constants(spec->start, "start");
    constants(spec->before, "before");
    constants(spec->after, "after");
    for (const LimitLevel& level : spec->levels) constants(level.writes, "levels");
    const auto* pause = std::get_if<PauseByWrites>(&spec->pause);
    if (pause == nullptr) return;
    constants(pause->pause, "pause: write");
    constants(pause->resume, "pause: resume");
  }
};

TEST_P(DeviceFiles, EveryWriteIsInAVector) {
  const DeviceDescription wire = on_the_wire(first_socket_);
  if (!wire.control) return;
  EveryWrite every{file_};
  for_each_field_of_control(*wire.control, every);
  every.limit(wire.control->draw);
  every.limit(wire.control->feed);
  if (!wire.control->phase_switch) return;
  every.constants(wire.control->phase_switch->before, "phase_switch: before");
  every.constants(wire.control->phase_switch->after, "phase_switch: after");
}

TEST_P(DeviceFiles, ABoxWithSocketsHasAVectorForTheSecond) {
  if (file_.description.sockets.most == 1) return;
  EXPECT_TRUE(std::any_of(file_.vectors.begin(), file_.vectors.end(),
                          [](const DeviceVector& vector) { return vector.socket == 2; }));
}

struct Proved {
  bool limit = false;
  bool pause = false;
  bool operator==(const Proved&) const = default;
};

Proved proved(const DeviceFile& file, std::optional<std::int64_t> DeviceVector::*limit) {
  Proved result;
  for (const DeviceVector& vector : file.vectors) {
    result.limit = result.limit || (vector.*limit).value_or(0) >= 9000;
    result.pause = result.pause || (vector.*limit).value_or(9000) < 6000;
  }
  return result;
}

TEST_P(DeviceFiles, ADeviceThatCanBeLimitedHasVectorsForALimitAndAPause) {
  if (!file_.description.control) return;
  if (file_.description.control->draw) {
    EXPECT_EQ(proved(file_, &DeviceVector::limit_ma), (Proved{true, true}));
  }
  if (file_.description.control->feed) {
    EXPECT_EQ(proved(file_, &DeviceVector::feed_limit_ma), (Proved{true, true}));
  }
}

TEST_P(DeviceFiles, ADeviceThatSwitchesPhasesHasAVectorForBothWays) {
  if (!file_.description.control || !file_.description.control->phase_switch) return;
  for (PhaseMode mode : {PhaseMode::All, PhaseMode::Fewer})
    EXPECT_TRUE(std::any_of(file_.vectors.begin(), file_.vectors.end(),
                            [&](const DeviceVector& vector) { return vector.switch_to == mode; }));
}

INSTANTIATE_TEST_SUITE_P(Config, DeviceFiles, testing::ValuesIn(device_names()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace balans
