#pragma once
// A device with everything that the driver can handle, and a transport that keeps a log.

#include <string>
#include <vector>

#include "common/registers/image.hpp"

namespace balans {

inline Field test_field(std::uint16_t address, DataType type, Decimal scale, int unit_exponent) {
  Field field;
  field.address = address;
  field.encoding.type = type;
  field.scale = scale;
  field.unit_exponent = unit_exponent;
  return field;
}

inline WriteField test_write(WriteFunction function, std::uint16_t address, Decimal scale, int unit_exponent) {
  WriteField field;
  field.function = function;
  field.address = address;
  field.encoding.type = is_bits(function) ? DataType::Bit : DataType::U16;
  field.scale = scale;
  field.unit_exponent = unit_exponent;
  return field;
}

inline QuantityField test_quantity(QuantityId id, const Field& field, std::int64_t max) {
  QuantityField quantity;
  quantity.id = id;
  quantity.field = field;
  quantity.max = max;
  return quantity;
}

/// Identity at 1, currents at 10–12, voltage at 13, limit at 20 (0.1 A), watchdog at 21 (s), safe limit at 22.
inline DeviceDescription test_charger() {
  DeviceDescription device;
  device.name = "chargers/test";
  device.device_class = DeviceClass::Charger;
  device.identity = IdentityField{test_field(1, DataType::U16, {}, 0), 77, std::nullopt};
  for (std::uint16_t i = 0; i < 3; ++i)
    device.quantities.push_back(test_quantity(static_cast<QuantityId>(i),
                                              test_field(static_cast<std::uint16_t>(10 + i), DataType::U16, {1, -1}, 3),
                                              100'000));
  device.quantities.push_back(test_quantity(QuantityId::VoltageL1, test_field(13, DataType::U16, {}, 3), 400'000));
  LimitSpec draw;
  draw.field = test_write(WriteFunction::Register, 20, {1, -1}, 3);
  draw.min = 6000;
  draw.max = 32'000;
  draw.step = 100;
  draw.pause = PauseByZero{};
  draw.read_back = test_field(20, DataType::U16, {1, -1}, 3);
  Control control;
  control.draw = draw;
  Watchdog watchdog;
  watchdog.kept_by = KeptBy::LimitWrite;
  watchdog.fallback = Fallback::SafeLimit;
  watchdog.refresh = 10_s;
  watchdog.timeout = test_write(WriteFunction::Register, 21, {}, 3);
  watchdog.safe_limit = test_write(WriteFunction::Register, 22, {1, -1}, 3);
  control.watchdog = watchdog;
  device.control = control;
  return device;
}

/// As test_charger, but paused and released by coil 30.
inline DeviceDescription test_charger_with_coil() {
  DeviceDescription device = test_charger();
  const WriteField coil = test_write(WriteFunction::Coil, 30, {}, 0);
  device.control->draw->pause = PauseByWrites{{{coil, 0}}, {{coil, 1}}};
  return device;
}

/// As test_charger, and what it feeds in is limited at 50 (0.1 A) once 51 holds 3.
inline DeviceDescription test_battery_with_feed() {
  DeviceDescription device = test_charger();
  LimitSpec feed;
  feed.field = test_write(WriteFunction::Register, 50, {1, -1}, 3);
  feed.min = 1000;
  feed.max = 20'000;
  feed.step = 100;
  feed.read_back = test_field(50, DataType::U16, {1, -1}, 3);
  feed.start = {{test_write(WriteFunction::Register, 51, {}, 0), 3}};
  device.control->feed = feed;
  return device;
}

/// Off, half and full by the coils 60 and 61: 1 0, 0 1, 0 0.
inline DeviceDescription test_pump_with_relays() {
  DeviceDescription device;
  device.name = "heat/test";
  device.device_class = DeviceClass::Heat;
  const WriteField first = test_write(WriteFunction::Coil, 60, {}, 0);
  const WriteField second = test_write(WriteFunction::Coil, 61, {}, 0);
  LimitSpec draw;
  draw.levels = {
      {0, {{first, 1}, {second, 0}}}, {4'000, {{first, 0}, {second, 1}}}, {10'000, {{first, 0}, {second, 0}}}};
  draw.levels_can_be_read = true;
  device.control.emplace().draw = draw;
  return device;
}

/// As test_charger: 70 takes 1 or 3 phases, 71 tells which are connected.
inline DeviceDescription test_charger_with_phase_switch() {
  DeviceDescription device = test_charger();
  device.control->phase_switch =
      PhaseSwitchSpec{test_write(WriteFunction::Register, 70, {}, 0), 1, 3, test_field(71, DataType::U16, {}, 0)};
  return device;
}

/// Passes on to `inner`, keeps a log such as "read 3 10 4" and "write 6 20 115", and fails as often as told.
class LoggingTransport final : public Transport {
 public:
  explicit LoggingTransport(Transport& inner) : inner_(inner) {}

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    log.push_back("read " + std::to_string(static_cast<int>(function)) + " " + std::to_string(address) + " " +
                  std::to_string(count));
    if (failures > 0) return --failures, Error{"bus, register " + std::to_string(address), "timeout"};
    return inner_.read(function, unit, address, count);
  }

  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    std::string line = "write " + std::to_string(static_cast<int>(function)) + " " + std::to_string(address);
    for (std::uint16_t word : words) line += " " + std::to_string(word);
    log.push_back(line);
    if (failures > 0) return --failures, Error{"bus, register " + std::to_string(address), "timeout"};
    return inner_.write(function, unit, address, words);
  }

  std::vector<std::string> log;
  int failures = 0;

 private:
  Transport& inner_;
};

}  // namespace balans
