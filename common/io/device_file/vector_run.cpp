#include "common/io/device_file/vector_run.hpp"

#include <fmt/format.h>

#include "common/io/device_file/shown.hpp"
#include "common/registers/driver.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/image.hpp"
#include "common/registers/installed.hpp"

namespace balans {
namespace {

constexpr std::uint8_t kUnit = 249;  ///< none that a file names

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
std::optional<std::int64_t> of_phase(const std::optional<PerPhase<T>>& values, QuantityId id, QuantityId first) {
  if (!values) return std::nullopt;
  return values->values.at(static_cast<std::size_t>(id) - static_cast<std::size_t>(first)).count();
}

template <class T>
std::optional<std::int64_t> count_of(const std::optional<T>& value) {
  return value ? std::optional(value->count()) : std::nullopt;
}

std::optional<std::int64_t> quantity_of(const Sample& sample, QuantityId id) {
  if (id <= QuantityId::CurrentL3) return of_phase(sample.current, id, QuantityId::CurrentL1);
  if (id <= QuantityId::VoltageL3) return of_phase(sample.voltage, id, QuantityId::VoltageL1);
  if (id <= QuantityId::PowerL3) return of_phase(sample.power, id, QuantityId::PowerL1);
  switch (id) {
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
    default:
      return std::nullopt;
  }
}

void overlay(RegisterImage& image, const DeviceVector& vector) {
  for (const auto& [key, word] : vector.registers)
    image.set_words(std::get<1>(key), std::get<2>(key), std::span(&word, 1), std::get<0>(key));
}

std::string words_of(const std::vector<RegisterWrite>& writes) {
  std::string text;
  for (const RegisterWrite& write : writes) {
    text += fmt::format("{}{{fc {}, register {}, words", text.empty() ? "" : " ", static_cast<int>(write.function),
                        write.address);
    for (const std::uint16_t word : write.words) text += fmt::format(" {}", word);
    text += write.unit_id == kOwnUnit ? "}" : fmt::format(", unit_id {}}}", static_cast<int>(write.unit_id));
  }
  return text.empty() ? "nothing" : text;
}

Result<void> expect_writes(const std::vector<RegisterWrite>& done, const std::vector<RegisterWrite>& wanted) {
  if (done == wanted) return {};
  return Error{"", "the driver writes " + words_of(done) + ", expected " + words_of(wanted)};
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

Result<void> keep_alive(Driver& driver, int times) {
  for (int i = 0; i < times; ++i)
    if (auto kept = driver.keep_alive(); !kept) return kept;
  return {};
}

/// The driver, and a virtual device, find what was meant.
Result<void> switch_phases(Driver& driver, const RegisterImage& image, PhaseMode mode) {
  if (auto switched = driver.switch_phases(mode); !switched) return switched;
  if (image.phase_mode() != mode) return Error{"", "a virtual device does not find what was switched"};
  return {};
}

Result<void> write_limit(Driver& driver, const DeviceVector& vector) {
  const bool draws = vector.limit_ma.has_value();
  const Milliamps limit(draws ? *vector.limit_ma : *vector.feed_limit_ma);
  const auto written = draws ? driver.write_limit(limit) : driver.write_feed_limit(limit);
  if (!written) return written.error();
  if (written->current > limit) return Error{"", "the driver writes more than the limit"};
  const Control& control = *driver.description().control;
  if (!can_be_read(draws ? control.draw : control.feed)) return {};
  const auto sample = driver.poll();
  if (!sample) return sample.error();
  const std::optional<Setpoint>& found = draws ? sample->setpoint : sample->feed_setpoint;
  if (found == *written) return {};
  return Error{"", fmt::format("the driver reads back {} after {} was written",
                               found ? shown_amps(found->current) : "nothing", shown_amps(written->current))};
}

/// Whatever makes the driver write.
Result<void> act(Driver& driver, const RegisterImage& image, const DeviceVector& vector) {
  if (vector.keep_alive > 0) return keep_alive(driver, vector.keep_alive);
  if (vector.switch_to) return switch_phases(driver, image, *vector.switch_to);
  return write_limit(driver, vector);
}

Result<void> expect_setpoint(const std::optional<Setpoint>& found, const std::optional<std::int64_t>& wanted,
                             const char* key) {
  if (!wanted || (found && found->current.count() == *wanted)) return {};
  return Error{key, fmt::format("{} instead of {}", found ? shown_amps(found->current) : "nothing",
                                shown_amps(Milliamps(*wanted)))};
}

Result<void> expect_quantities(const Sample& sample, const DeviceVector& vector) {
  for (const auto& [id, value] : vector.quantities) {
    const auto found = quantity_of(sample, id);
    if (found != value && id != QuantityId::Clock)
      return Error{std::string(name_of(id)),
                   fmt::format("{} instead of {}", found ? shown(id, *found) : "nothing", shown(id, value))};
  }
  for (const QuantityId id : vector.absent)
    if (const auto found = quantity_of(sample, id))
      return Error{std::string(name_of(id)), shown(id, *found) + " instead of nothing"};
  if (auto same = expect_setpoint(sample.setpoint, vector.setpoint_ma, "setpoint_a"); !same) return same;
  if (auto same = expect_setpoint(sample.feed_setpoint, vector.feed_setpoint_ma, "feed_setpoint_a"); !same) return same;
  if (vector.phase_mode && sample.phase_mode != vector.phase_mode)
    return Error{"phases_connected", "not those expected"};
  return {};
}

Result<void> expect_failure(const Error& error, const DeviceVector& vector) {
  if (vector.error && error.message().find(*vector.error) != std::string::npos) return {};
  if (!vector.error) return error;
  return Error{"", "fails with '" + error.message() + "', expected '" + *vector.error + "'"};
}

Result<Sample> first_poll(const DeviceDescription& device, RegisterImage& image, const DeviceVector& vector) {
  overlay(image, vector);
  Driver driver(device, image, kUnit);
  if (const auto prepared = driver.prepare({}); !prepared) return prepared.error();
  overlay(image, vector);
  return driver.poll();
}

bool writes_something(const DeviceVector& vector) {
  return vector.limit_ma || vector.feed_limit_ma || vector.switch_to || vector.keep_alive > 0;
}

}  // namespace

/// Each vector starts from the registers of the first.
Result<void> run_vector(const DeviceFile& file, const DeviceVector& vector) {
  const DeviceVector first = vector.socket == 1 ? file.vectors.front() : DeviceVector{};
  const auto description = installed(file.description, {vector.socket, kVectorNameplate});
  if (!description) return description.error();
  if (!description->control && writes_something(vector)) return Error{"", "the device has no control"};
  RegisterImage image(*description);
  overlay(image, first);
  overlay(image, vector);
  Recorder bus(image);
  Driver driver(*description, bus, kUnit);
  if (const auto prepared = driver.prepare(settings_for(vector)); !prepared)
    return expect_failure(prepared.error(), vector);
  if (vector.start) return expect_writes(bus.writes, vector.writes);
  bus.writes.clear();
  if (writes_something(vector)) {
    if (auto done = act(driver, image, vector); !done) return done;
    return expect_writes(bus.writes, vector.writes);
  }
  overlay(image, first);
  overlay(image, vector);
  const auto sample = driver.poll();
  if (!sample) return expect_failure(sample.error(), vector);
  if (vector.error) return Error{"", "succeeds, expected '" + *vector.error + "'"};
  return expect_quantities(*sample, vector);
}

/// Its clock shows life and is not in a sample.
Result<void> show_again(const DeviceFile& file) {
  const auto device = installed(file.description, {1, kVectorNameplate});
  if (!device) return device.error();
  RegisterImage real(*device);
  const auto sample = first_poll(*device, real, file.vectors.front());
  if (!sample) return sample.error();
  RegisterImage shown(*device);
  (void)shown.set_rated_power(5000_W);  // of those that show one
  if (const auto showing = shown.show(*sample); !showing) return showing.error();
  const auto again = first_poll(*device, shown, {});
  if (!again) return again.error();
  for (const QuantityField& quantity : file.description.quantities)
    if (quantity_of(*again, quantity.id) != quantity_of(*sample, quantity.id))
      return Error{std::string(name_of(quantity.id)), "is not what the first vector says"};
  return {};
}

}  // namespace balans
