#include "common/io/device_file/shown.hpp"

#include <fmt/format.h>

namespace balans {
namespace {

struct Shape {
  int decimals;
  const char* unit;
};

Shape shape_of(QuantityId id) {
  switch (id) {
    case QuantityId::CurrentL1:
    case QuantityId::CurrentL2:
    case QuantityId::CurrentL3:
      return {3, " A"};
    case QuantityId::VoltageL1:
    case QuantityId::VoltageL2:
    case QuantityId::VoltageL3:
      return {3, " V"};
    case QuantityId::PowerL1:
    case QuantityId::PowerL2:
    case QuantityId::PowerL3:
    case QuantityId::Power:
      return {0, " W"};
    case QuantityId::EnergyImport:
    case QuantityId::EnergyExport:
      return {3, " kWh"};
    case QuantityId::Frequency:
      return {3, " Hz"};
    case QuantityId::StateOfCharge:
      return {1, " %"};
    case QuantityId::VehicleState:
    case QuantityId::Clock:
      return {0, ""};
  }
  return {0, ""};
}

}  // namespace

std::string decimal(std::int64_t value, int decimals) {
  std::int64_t one = 1;
  for (int i = 0; i < decimals; ++i) one *= 10;
  const bool negative = value < 0;
  const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::string fraction = fmt::format("{:0{}}", size % static_cast<std::uint64_t>(one), decimals);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (decimals == 0) fraction.clear();
  return fmt::format("{}{}{}{}", negative ? "-" : "", size / static_cast<std::uint64_t>(one),
                     fraction.empty() ? "" : ".", fraction);
}

std::string shown(QuantityId id, std::int64_t value) {
  if (id == QuantityId::VehicleState && value >= 0 && value <= 5)
    return std::string(1, static_cast<char>('A' + static_cast<char>(value)));
  const Shape shape = shape_of(id);
  return decimal(value, shape.decimals) + shape.unit;
}

std::string shown_amps(Milliamps current) { return decimal(current.count(), 3) + " A"; }

}  // namespace balans
