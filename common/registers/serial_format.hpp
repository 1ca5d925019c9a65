#pragma once
// How bytes go over a serial line.

#include <string_view>

#include "common/result.hpp"

namespace balans {

struct SerialFormat {
  int baud = 9600;
  int data_bits = 8;
  char parity = 'N';  ///< N, E or O
  int stop_bits = 1;
  bool operator==(const SerialFormat&) const = default;
};

/// "8N1": data bits, parity, stop bits.
Result<SerialFormat> parse_serial_format(std::string_view text);

}  // namespace balans
