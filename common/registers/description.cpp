#include "common/registers/description.hpp"

#include <algorithm>

namespace balans {

std::string_view name_of(QuantityId id) {
  constexpr std::array<std::string_view, kQuantityCount> kNames{
      "current_l1", "current_l2",    "current_l3",      "voltage_l1", "voltage_l2",    "voltage_l3",
      "power_l1",   "power_l2",      "power_l3",        "power",      "energy_import", "energy_export",
      "frequency",  "vehicle_state", "state_of_charge", "clock"};
  return kNames[static_cast<std::size_t>(id)];
}

std::string_view name_of(DeviceClass device_class) {
  constexpr std::array<std::string_view, 5> kNames{"meter", "charger", "heat", "battery", "inverter"};
  return kNames[static_cast<std::size_t>(device_class)];
}

Result<SerialFormat> parse_serial_format(std::string_view text) {
  const bool right = text.size() == 3 && (text[0] == '7' || text[0] == '8') &&
                     (text[1] == 'N' || text[1] == 'E' || text[1] == 'O') && (text[2] == '1' || text[2] == '2');
  if (!right) return Error{"", "'" + std::string(text) + "' is not a serial format: expected such as 8N1, 8E1, 7O2"};
  SerialFormat format;
  format.data_bits = text[0] - '0';
  format.parity = text[1];
  format.stop_bits = text[2] - '0';
  return format;
}

std::string character_text(const SerialFormat& format) {
  return std::to_string(format.data_bits) + format.parity + std::to_string(format.stop_bits);
}

std::string text_of(const SerialFormat& format) {
  return std::to_string(format.baud) + " " + character_text(format) +
         (format.framing == Framing::Ascii ? " ASCII" : "");
}

std::string_view name_of(Confidence confidence) {
  constexpr std::array<std::string_view, 3> kNames{"high", "medium", "low"};
  return kNames[static_cast<std::size_t>(confidence)];
}

std::int64_t LifeSignal::value(std::uint64_t n) const {
  if (!values.empty()) return values[static_cast<std::size_t>(n % values.size())];
  const auto period = static_cast<std::uint64_t>(count.second - count.first + 1);
  return count.first + static_cast<std::int64_t>(n % period);
}

const QuantityField* DeviceDescription::find(QuantityId id) const {
  const auto found = std::find_if(quantities.begin(), quantities.end(), [id](const auto& q) { return q.id == id; });
  return found == quantities.end() ? nullptr : &*found;
}

}  // namespace balans
