// Every device file as a virtual device over real Modbus: an agent's driver takes it, limits it and reads it.

#include "sim/street/virtual_device.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "common/io/device_file/device_file.hpp"
#include "common/io/modbus/client.hpp"
#include "common/registers/driver.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/installed.hpp"

namespace balans::sim {
namespace {

std::vector<DeviceDescription> every_device() {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("config/devices"))
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  std::vector<DeviceDescription> devices;
  for (const auto& path : files) {
    auto device = load_device(path);
    EXPECT_TRUE(device) << device.error().message();
    if (!device) continue;
    auto as_installed = installed(std::move(*device), {1, 16_A});
    EXPECT_TRUE(as_installed) << as_installed.error().message();
    if (as_installed) devices.push_back(std::move(*as_installed));
  }
  return devices;
}

/// An agent's way with a device that it has just found.
void drive(const DeviceDescription& description) {
  SCOPED_TRACE(description.name);
  const auto device = VirtualDevice::start(description, description.phases, std::nullopt);
  ASSERT_TRUE(device) << device.error().message();
  ModbusClientOptions options;
  options.name = "test";
  options.endpoint = ModbusTcpEndpoint{"127.0.0.1", (*device)->port()};
  ModbusClient client(options);
  Driver driver(description, client, (*device)->unit());
  DriverSettings settings;
  settings.phases = description.phases;
  if (description.control && description.control->watchdog)
    settings.watchdog_timeout = description.control->watchdog->default_timeout.value_or(60_s);
  const auto prepared = driver.prepare(settings);
  ASSERT_TRUE(prepared) << prepared.error().message();
  if (!description.control || !description.control->draw) return;
  for (const Milliamps limit : {16_A, 0_A}) {
    const auto written = driver.write_limit(limit);
    ASSERT_TRUE(written) << written.error().message();
    EXPECT_LE(written->current, limit);
    const auto alive = driver.keep_alive();
    ASSERT_TRUE(alive) << alive.error().message();
    if (!can_be_read(description.control->draw)) continue;
    const auto found = driver.read_back();
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_LE(found->current, limit);
  }
}

TEST(VirtualDevice, OfEveryFileIsTakenByItsDriver) {
  for (const DeviceDescription& description : every_device()) drive(description);
}

TEST(VirtualDevice, ShowsWhatIsSetOnTheDeviceItself) {
  for (const DeviceDescription& description : every_device()) {
    if (!description.control || !description.control->watchdog || !description.control->watchdog->shows_timeout)
      continue;
    SCOPED_TRACE(description.name);
    const auto device = VirtualDevice::start(description, description.phases, std::nullopt, 60_s);
    ASSERT_TRUE(device) << device.error().message();
    ModbusClientOptions options;
    options.endpoint = ModbusTcpEndpoint{"127.0.0.1", (*device)->port()};
    ModbusClient client(options);
    Driver driver(description, client, (*device)->unit());
    DriverSettings settings;
    settings.phases = description.phases;
    settings.watchdog_timeout = 59_s;
    EXPECT_FALSE(driver.prepare(settings)) << "60 s are set there";
    settings.watchdog_timeout = 60_s;
    const auto prepared = driver.prepare(settings);
    EXPECT_TRUE(prepared) << prepared.error().message();
  }
}

}  // namespace
}  // namespace balans::sim
