#include "common/io/device_file/units.hpp"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace balans {

Result<Unit> parse_unit(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Unit>, 14> kUnits{{
      {"A", {Dimension::Current, 3}},
      {"mA", {Dimension::Current, 0}},
      {"V", {Dimension::Voltage, 3}},
      {"mV", {Dimension::Voltage, 0}},
      {"W", {Dimension::Power, 0}},
      {"kW", {Dimension::Power, 3}},
      {"Wh", {Dimension::Energy, 0}},
      {"kWh", {Dimension::Energy, 3}},
      {"Hz", {Dimension::Frequency, 3}},
      {"mHz", {Dimension::Frequency, 0}},
      {"%", {Dimension::Share, 1}},
      {"s", {Dimension::Time, 3}},
      {"ms", {Dimension::Time, 0}},
      {"none", {Dimension::None, 0}},
  }};
  std::string known;
  for (const auto& [name, unit] : kUnits) {
    if (name == text) return unit;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return Error{"", "'" + std::string(text) + "' is not a unit: expected one of " + known};
}

Dimension dimension_of(QuantityId id) {
  switch (id) {
    case QuantityId::CurrentL1:
    case QuantityId::CurrentL2:
    case QuantityId::CurrentL3:
      return Dimension::Current;
    case QuantityId::VoltageL1:
    case QuantityId::VoltageL2:
    case QuantityId::VoltageL3:
      return Dimension::Voltage;
    case QuantityId::PowerL1:
    case QuantityId::PowerL2:
    case QuantityId::PowerL3:
    case QuantityId::Power:
      return Dimension::Power;
    case QuantityId::EnergyImport:
    case QuantityId::EnergyExport:
      return Dimension::Energy;
    case QuantityId::Frequency:
      return Dimension::Frequency;
    case QuantityId::StateOfCharge:
      return Dimension::Share;
    case QuantityId::VehicleState:
    case QuantityId::Clock:
      return Dimension::None;
  }
  return Dimension::None;
}

Unit vector_unit(QuantityId id) {
  const Dimension dimension = dimension_of(id);
  switch (dimension) {
    case Dimension::Current:
    case Dimension::Voltage:
    case Dimension::Energy:
    case Dimension::Frequency:
    case Dimension::Time:
      return {dimension, 3};
    case Dimension::Share:
      return {dimension, 1};
    case Dimension::Power:
    case Dimension::None:
      return {dimension, 0};
  }
  return {dimension, 0};
}

Result<std::int64_t> in_base_units(std::string_view number, Unit unit) {
  const Result<Decimal> decimal = Decimal::parse(number);
  if (!decimal) return decimal.error();
  const Decimal one{1, decimal->exponent};
  const Result<std::int64_t> value = scaled(Int128{decimal->mantissa}, one, unit.exponent, Rounding::Nearest);
  if (!value) return value.error();
  const Result<std::int64_t> back = unscaled(*value, one, unit.exponent, Rounding::Nearest);
  if (!back || *back != decimal->mantissa)
    return Error{"", "'" + std::string(number) + "' is finer than the base unit"};
  return *value;
}

Result<std::int64_t> parse_integer(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    return Error{"", "'" + std::string(text) + "' is not a whole number"};
  return value;
}

Result<std::uint16_t> parse_word(std::string_view text) {
  const Result<std::int64_t> value = parse_integer(text);
  if (!value) return value.error();
  if (*value < 0 || *value > 0xFFFF) return Error{"", "'" + std::string(text) + "' is outside 0..65535"};
  return static_cast<std::uint16_t>(*value);
}

Result<QuantityId> parse_quantity(std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < kQuantityCount; ++i) {
    const auto id = static_cast<QuantityId>(i);
    if (name_of(id) == name) return id;
    known += (known.empty() ? "" : ", ") + std::string(name_of(id));
  }
  return Error{"", "'" + std::string(name) + "' is not a quantity: expected one of " + known};
}

}  // namespace balans
