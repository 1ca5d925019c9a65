#pragma once
// How bytes go over a serial line.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans {

enum class Framing : std::uint8_t { Rtu, Ascii };

struct SerialFormat {
  int baud = 9600;
  int data_bits = 8;
  char parity = 'N';  ///< N, E or O
  int stop_bits = 1;
  Framing framing = Framing::Rtu;
  bool operator==(const SerialFormat&) const = default;
};

/// "8N1": data bits, parity, stop bits.
Result<SerialFormat> parse_serial_format(std::string_view text);
/// The same back: "8N1".
std::string character_text(const SerialFormat& format);
/// "9600 8N1", "38400 8E1 ASCII".
std::string text_of(const SerialFormat& format);

}  // namespace balans
