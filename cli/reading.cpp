#include "cli/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/wording.hpp"
#include "common/registers/assemble.hpp"
#include "common/registers/field.hpp"
#include "common/registers/read_plan.hpp"
#include "common/registers/sunspec.hpp"

namespace balans::cli {
namespace {

constexpr std::int64_t kLeastVolts = 200'000, kMostVolts = 255'000;
constexpr std::int64_t kLeastHertz = 47'000, kMostHertz = 53'000;

using Asked = Result<RegisterMemory>;

Asked ask(const std::vector<RegisterSpan>& wanted, const DeviceDescription& device, Transport& transport,
          std::uint8_t unit) {
  RegisterMemory memory;
  for (const RegisterSpan& span : plan_reads(wanted, device.requests)) {
    const std::uint8_t asked = span.unit_id == kOwnUnit ? unit : span.unit_id;
    if (device.requests.sent_twice) (void)transport.read(span.function, asked, span.address, span.count);
    const auto words = transport.read(span.function, asked, span.address, span.count);
    if (!words) return words.error();
    if (words->size() != span.count) return Error{"register " + std::to_string(span.address), "another length"};
    memory.put(span.function, span.address, *words, span.unit_id);
  }
  return memory;
}

Reading judge(const QuantityField& quantity, const Asked& memory) {
  Reading reading{quantity, std::nullopt, std::nullopt};
  if (!memory) {
    reading.problem = memory.error().message();
    return reading;
  }
  const auto value = quantity_at(quantity, *memory);
  if (!value)
    reading.problem = value.error().message();
  else
    reading.value = *value;
  return reading;
}

std::string text_of(const RawValue& raw) {
  if (const auto* integer = std::get_if<Int128>(&raw)) return to_text(*integer);
  if (const auto* number = std::get_if<double>(&raw)) return fmt::format("{}", *number);
  std::string clean;
  for (const char c : std::get<std::string>(raw)) clean += c >= ' ' && c <= '~' ? c : '?';
  return clean;
}

void read_identity(const DeviceDescription& device, Transport& transport, std::uint8_t unit, Readings& readings) {
  if (!device.identity) return;
  const IdentityField& identity = *device.identity;
  const Asked memory = ask({span_of(identity.field)}, device, transport, unit);
  const Result<RawValue> raw = memory ? raw_at(identity.field, *memory) : Result<RawValue>(memory.error());
  const std::string where = "identity, " + place_of(identity.field);
  if (!raw) {
    readings.wrong_identity = raw.error().within(where);
    return;
  }
  readings.identity = text_of(*raw);
  const bool other = (identity.number && *raw != RawValue(Int128{*identity.number})) ||
                     (identity.text && *raw != RawValue(*identity.text));
  if (other)
    readings.wrong_identity =
        Error{where, "'" + *readings.identity + "' is not '" +
                         identity.text.value_or(std::to_string(identity.number.value_or(0))) + "'"};
}

std::optional<std::int64_t> value_of(const Readings& readings, QuantityId id) {
  for (const Reading& reading : readings.quantities)
    if (reading.quantity.id == id) return reading.value;
  return std::nullopt;
}

QuantityId nth(QuantityId first, std::size_t n) { return static_cast<QuantityId>(static_cast<std::size_t>(first) + n); }

/// Values that are possible and yet are hardly those of a living device: a wrong register often looks like this.
void find_doubts(const DeviceDescription& device, Readings& readings) {
  std::int64_t milliwatts = 0;
  bool complete = true;
  for (std::size_t n = 0; n < static_cast<std::size_t>(device.phases); ++n) {
    const auto volts = value_of(readings, nth(QuantityId::VoltageL1, n));
    const auto amps = value_of(readings, nth(QuantityId::CurrentL1, n));
    if (volts && (*volts < kLeastVolts || *volts > kMostVolts))
      readings.doubts.push_back(fmt::format("voltage_l{}: {} is no mains voltage; is the phase connected?", n + 1,
                                            shown(QuantityId::VoltageL1, *volts)));
    complete = complete && volts && amps;
    if (volts && amps) milliwatts += std::abs(*volts / 1000 * *amps);
  }
  const auto hertz = value_of(readings, QuantityId::Frequency);
  if (hertz && (*hertz < kLeastHertz || *hertz > kMostHertz))
    readings.doubts.push_back("frequency: " + shown(QuantityId::Frequency, *hertz) + " is no mains frequency");
  const auto power = value_of(readings, QuantityId::Power);
  if (complete && power && std::abs(*power) > milliwatts / 1000 * 12 / 10 + 100)
    readings.doubts.push_back(
        fmt::format("power: {} W is more than voltages and currents can make ({} W)", *power, milliwatts / 1000));
}

}  // namespace

bool Readings::sound() const {
  return !wrong_identity && std::none_of(quantities.begin(), quantities.end(),
                                         [](const Reading& reading) { return reading.problem.has_value(); });
}

std::size_t Readings::answered() const {
  return static_cast<std::size_t>(std::count_if(quantities.begin(), quantities.end(),
                                                [](const Reading& reading) { return reading.value.has_value(); }));
}

DeviceDescription for_looking(DeviceDescription device) {
  if (!device.control) return device;
  Control& control = *device.control;
  control.watchdog.reset();
  for (auto* spec : {&control.draw, &control.feed})
    if (*spec) (*spec)->start.clear();
  return device;
}

Result<Readings> read_everything(const DeviceDescription& file, Transport& transport, std::uint8_t unit) {
  DeviceDescription device = file;
  device.control.reset();
  if (!device.models.empty()) {
    const auto places = locate_models(transport, unit);
    if (!places) return places.error();
    Result<DeviceDescription> resolved = resolve_models(std::move(device), *places);
    if (!resolved) return resolved.error();
    device = *std::move(resolved);
  }
  Readings readings;
  read_identity(device, transport, unit, readings);
  std::optional<Error> failure;
  bool any = false;
  for (const QuantityField& quantity : device.quantities) {
    std::vector<RegisterSpan> spans = spans_of(quantity.field);
    if (quantity.also)
      for (const RegisterSpan& span : spans_of(quantity.also->field)) spans.push_back(span);
    const Asked memory = ask(spans, device, transport, unit);
    any = any || memory.ok();
    if (!memory && !failure) failure = memory.error();
    readings.quantities.push_back(judge(quantity, memory));
  }
  if (!any && failure) return *failure;
  find_doubts(device, readings);
  return readings;
}

std::string readings_text(const Readings& readings) {
  std::string text;
  if (readings.identity) text += fmt::format("  {:<16} {}\n", "identity", *readings.identity);
  for (const Reading& reading : readings.quantities) {
    const QuantityId id = reading.quantity.id;
    std::string said = reading.value ? shown(id, *reading.value) : "not available";
    if (reading.problem) said = "BAD: " + *reading.problem;
    const bool bounded = id != QuantityId::VehicleState && id != QuantityId::Clock && !reading.problem;
    text += bounded ? fmt::format("  {:<16} {:<16} plausible {} to {}\n", name_of(id), said,
                                  shown(id, reading.quantity.min), shown(id, reading.quantity.max))
                    : fmt::format("  {:<16} {}\n", name_of(id), said);
  }
  if (readings.wrong_identity) text += "  BAD: " + readings.wrong_identity->message() + "\n";
  for (const std::string& doubt : readings.doubts) text += "  doubtful: " + doubt + "\n";
  return text;
}

}  // namespace balans::cli
