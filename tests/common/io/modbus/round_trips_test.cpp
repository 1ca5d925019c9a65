// How often the line is asked until a setpoint is written and confirmed, over every device file.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "common/io/device_file/device_file.hpp"
#include "common/registers/driver.hpp"
#include "common/registers/image.hpp"

namespace balans {
namespace {

class Counting final : public Transport {
 public:
  explicit Counting(Transport& device) : device_(device) {}
  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    ++requests;
    return device_.read(function, unit, address, count);
  }
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    ++requests;
    return device_.write(function, unit, address, words);
  }
  int requests = 0;

 private:
  Transport& device_;
};

/// Requests from a changed limit to its confirmation while the device runs; nothing where it cannot be limited or read.
std::optional<int> requests_for_a_setpoint(const DeviceDescription& device) {
  if (!device.control || !device.control->draw || !device.control->draw->read_back) return std::nullopt;
  RegisterImage image(device);
  Counting line(image);
  Driver driver(device, line, device.unit.value_or(1));
  DriverSettings settings;
  settings.phases = device.phases;
  if (!driver.prepare(settings) || !driver.write_limit(16_A)) return std::nullopt;
  line.requests = 0;
  const auto written = driver.write_limit(10_A);
  const auto confirmed = driver.read_back();
  if (!written || !confirmed) return std::nullopt;
  EXPECT_EQ(confirmed->current, written->current) << device.name;
  return line.requests;
}

/// Where a register or coil of its own makes the device pause, that is read too: it lies elsewhere.
bool pauses_by_zero(const DeviceDescription& device) {
  return std::holds_alternative<PauseByZero>(device.control->draw->pause);
}

TEST(SetpointRoundTrips, AChangedSetpointIsWrittenAndConfirmedInTwo) {
  int measured = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("config/devices")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto device = load_device(entry.path());
    if (!device) continue;  // its own test says why
    const auto requests = requests_for_a_setpoint(*device);
    if (!requests) continue;
    ++measured;
    std::cout << device->name << ": " << *requests << "\n";
    EXPECT_LE(*requests, pauses_by_zero(*device) ? 2 : 4) << device->name;
  }
  EXPECT_GT(measured, 0);
}

}  // namespace
}  // namespace balans
