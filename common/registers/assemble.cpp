#include "common/registers/assemble.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace balans {
namespace {

using Values = std::array<std::optional<std::int64_t>, kQuantityCount>;

std::optional<std::int64_t> value_of(const Values& values, QuantityId id) {
  return values[static_cast<std::size_t>(id)];
}

template <class T>
std::optional<T> single(const Values& values, QuantityId id) {
  const auto value = value_of(values, id);
  if (!value) return std::nullopt;
  return T(*value);
}

/// A terminal that the device does not have shows 0; one that it has but cannot tell makes all three unknown.
template <class T>
std::optional<PerPhase<T>> per_phase(const DeviceDescription& description, const Values& values, QuantityId first) {
  PerPhase<T> result;
  bool any = false;
  for (Phase p : kPhases) {
    const auto id = static_cast<QuantityId>(static_cast<std::size_t>(first) + static_cast<std::size_t>(p));
    if (description.find(id) == nullptr) continue;
    const auto value = value_of(values, id);
    if (!value) return std::nullopt;
    result[p] = T(*value);
    any = true;
  }
  if (!any) return std::nullopt;
  return result;
}

bool shows_life(QuantityId id) {
  switch (id) {
    case QuantityId::VoltageL1:
    case QuantityId::VoltageL2:
    case QuantityId::VoltageL3:
    case QuantityId::EnergyImport:
    case QuantityId::EnergyExport:
    case QuantityId::Frequency:
    case QuantityId::Clock:
      return true;
    default:
      return false;
  }
}

/// FNV-1a over the raw registers.
std::optional<std::uint64_t> life_of(const DeviceDescription& description, const RegisterMemory& memory) {
  std::uint64_t digest = 0xCBF29CE484222325;
  bool any = false;
  for (const QuantityField& quantity : description.quantities) {
    if (!shows_life(quantity.id)) continue;
    const auto words = memory.get(span_of(quantity.field));
    if (!words) continue;
    any = true;
    for (std::uint16_t word : *words) digest = (digest ^ word) * 0x100000001B3;
  }
  if (!any) return std::nullopt;
  return digest;
}

template <class AnyStates>
Result<std::int64_t> state_at(const AnyStates& field, const RawValue& raw) {
  std::string found;
  if (const auto* text = std::get_if<std::string>(&raw)) {
    const auto state = field.text_states.find(*text);
    if (state != field.text_states.end()) return static_cast<std::int64_t>(state->second);
    found = "'" + *text + "'";
  } else if (const auto* code = std::get_if<Int128>(&raw)) {
    const bool listable = *code <= std::numeric_limits<std::int64_t>::max();
    const auto state = listable ? field.states.find(static_cast<std::int64_t>(*code)) : field.states.end();
    if (state != field.states.end()) return static_cast<std::int64_t>(state->second);
    found = to_text(*code);
  }
  return Error{"", "state " + found + " is not one of those the device file lists"};
}

/// Of a plug and a charging register the later letter counts.
Result<std::int64_t> vehicle_state_at(const QuantityField& quantity, const RawValue& raw,
                                      const RegisterMemory& memory) {
  const Result<std::int64_t> first = state_at(quantity, raw);
  if (!first || !quantity.also) return first;
  const Result<RawValue> other = raw_at(quantity.also->field, memory);
  if (!other) return other.error();
  const Result<std::int64_t> second = state_at(*quantity.also, *other);
  if (!second) return second.error();
  return std::max(*first, *second);
}

Result<std::int64_t> required_at(const QuantityField& quantity, const RegisterMemory& memory) {
  const Result<RawValue> raw = raw_at(quantity.field, memory);
  if (!raw) return raw.error();
  if (const auto* integer = std::get_if<Int128>(&*raw); integer && quantity.not_available == *integer)
    return Error{"", "not available"};
  if (quantity.id == QuantityId::VehicleState) return vehicle_state_at(quantity, *raw, memory);
  const Result<std::int64_t> value = number_at(quantity.field, memory);
  if (!value) return value.error();
  if (*value < quantity.min || *value > quantity.max)
    return Error{"", std::to_string(*value) + " is outside " + std::to_string(quantity.min) + ".." +
                         std::to_string(quantity.max)};
  return *value;
}

/// Of a counter that is there.
WattHours import_step(const DeviceDescription& description, const RegisterMemory& memory) {
  const QuantityField* counter = description.find(QuantityId::EnergyImport);
  const Result<std::int64_t> step = resolution_at(counter->field, memory);
  return WattHours(step ? *step : 0);
}

Sample sample_of(const DeviceDescription& description, const Values& values) {
  Sample sample;
  sample.current = per_phase<Milliamps>(description, values, QuantityId::CurrentL1);
  sample.voltage = per_phase<Millivolts>(description, values, QuantityId::VoltageL1);
  sample.power = per_phase<Watts>(description, values, QuantityId::PowerL1);
  sample.total_power = single<Watts>(values, QuantityId::Power);
  sample.energy_import = single<WattHours>(values, QuantityId::EnergyImport);
  sample.energy_export = single<WattHours>(values, QuantityId::EnergyExport);
  sample.frequency = single<Millihertz>(values, QuantityId::Frequency);
  sample.state_of_charge = single<Permille>(values, QuantityId::StateOfCharge);
  if (const auto state = value_of(values, QuantityId::VehicleState)) sample.vehicle = static_cast<VehicleState>(*state);
  return sample;
}

}  // namespace

Result<std::optional<std::int64_t>> quantity_at(const QuantityField& quantity, const RegisterMemory& memory) {
  const Result<std::int64_t> value = required_at(quantity, memory);
  if (value) return std::optional<std::int64_t>(*value);
  if (quantity.presence == Presence::Optional) return std::optional<std::int64_t>();
  return value.error();
}

Result<Sample> assemble(const DeviceDescription& description, const RegisterMemory& memory) {
  Values values;
  for (const QuantityField& quantity : description.quantities) {
    const auto value = quantity_at(quantity, memory);
    if (!value)
      return value.error().within(std::string(name_of(quantity.id)) + ", register " +
                                  std::to_string(quantity.field.address));
    values[static_cast<std::size_t>(quantity.id)] = *value;
  }
  Sample sample = sample_of(description, values);
  if (sample.energy_import) sample.import_step = import_step(description, memory);
  sample.life = life_of(description, memory);
  return sample;
}

}  // namespace balans
