#include "common/io/modbus/serial_framing.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

namespace balans {
namespace {

using Bytes = std::span<const std::uint8_t>;
using std::chrono::milliseconds;

constexpr std::size_t kMaxRtuFrame = 256;
constexpr std::size_t kMaxAsciiFrame = 513;
constexpr std::size_t kShortestMessage = 2;  // unit and function

constexpr Damage kDamaged{"a damaged answer"};
constexpr Damage kNoAnswer{"an answer that is none"};

bool reads(std::uint8_t function) { return function >= 1 && function <= 4; }

/// How long the RTU frame is that `bytes` begin with: only what stands in it tells.
std::variant<std::size_t, NeedsMore, Damage> rtu_length(LineSide side, Bytes bytes) {
  if (bytes.size() < 2) return NeedsMore{};
  const std::uint8_t function = bytes[1];
  if (side == LineSide::Answer && (function & kExceptionBit) != 0) return std::size_t{5};
  const bool counted = side == LineSide::Answer ? reads(function) : function == 15 || function == 16;
  if (!counted) {
    const bool known = reads(function) || function == 5 || function == 6 || function == 15 || function == 16;
    return known ? std::variant<std::size_t, NeedsMore, Damage>(std::size_t{8}) : kNoAnswer;
  }
  const std::size_t at = side == LineSide::Answer ? 2 : 6;
  if (bytes.size() <= at) return NeedsMore{};
  const std::size_t length = at + 1 + bytes[at] + 2;
  if (length > kMaxRtuFrame) return kNoAnswer;
  return length;
}

ModbusBytes rtu_frame(Bytes message) {
  ModbusBytes frame(message.begin(), message.end());
  const std::uint16_t crc = rtu_crc(message);
  frame.push_back(static_cast<std::uint8_t>(crc & 0xFF));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8));
  return frame;
}

TakenMessage take_rtu(LineSide side, ModbusBytes& received) {
  const auto length = rtu_length(side, received);
  if (const auto* damage = std::get_if<Damage>(&length)) return *damage;
  const std::size_t* whole = std::get_if<std::size_t>(&length);
  if (whole == nullptr || received.size() < *whole) return NeedsMore{};
  const auto end = received.begin() + static_cast<std::ptrdiff_t>(*whole);
  ModbusBytes message(received.begin(), end - 2);
  const unsigned crc = static_cast<unsigned>(*(end - 2)) | static_cast<unsigned>(*(end - 1)) << 8;
  if (rtu_crc(message) != crc) return kDamaged;
  received.erase(received.begin(), end);
  return message;
}

constexpr std::uint8_t kColon = ':';
constexpr std::uint8_t kLineFeed = '\n';
constexpr std::string_view kHex = "0123456789ABCDEF";

void push_hex(ModbusBytes& frame, std::uint8_t byte) {
  frame.push_back(static_cast<std::uint8_t>(kHex[byte >> 4]));
  frame.push_back(static_cast<std::uint8_t>(kHex[byte & 0xF]));
}

ModbusBytes ascii_frame(Bytes message) {
  ModbusBytes frame{kColon};
  for (const std::uint8_t byte : message) push_hex(frame, byte);
  push_hex(frame, ascii_lrc(message));
  frame.push_back('\r');
  frame.push_back(kLineFeed);
  return frame;
}

/// Capital letters only, as the standard has it: what else arrives is damage.
std::optional<ModbusBytes> from_hex(Bytes text) {
  ModbusBytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const std::size_t high = kHex.find(static_cast<char>(text[i]));
    const std::size_t low = kHex.find(static_cast<char>(text[i + 1]));
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return text.size() % 2 == 0 ? std::optional(bytes) : std::nullopt;
}

/// A colon begins a frame, wherever it stands: what was before the newest one of a line is nobody's.
void skip_to_colon(ModbusBytes& received) {
  auto begin = received.begin();
  while (true) {
    const auto end_of_line = std::find(begin, received.end(), kLineFeed);
    const auto after_colon =
        std::find(std::make_reverse_iterator(end_of_line), std::make_reverse_iterator(begin), kColon).base();
    if (after_colon != begin) {
      received.erase(received.begin(), after_colon - 1);
      return;
    }
    if (end_of_line == received.end()) return received.clear();
    begin = end_of_line + 1;
  }
}

TakenMessage take_ascii(ModbusBytes& received) {
  skip_to_colon(received);
  const auto line_feed = std::ranges::find(received, kLineFeed);
  if (line_feed == received.end())
    return received.size() < kMaxAsciiFrame ? TakenMessage(NeedsMore{}) : TakenMessage(kNoAnswer);
  const Bytes frame(received.begin(), line_feed);
  if (frame.size() < 2 || frame.back() != '\r') return kDamaged;
  std::optional<ModbusBytes> message = from_hex(frame.subspan(1, frame.size() - 2));
  if (!message || message->size() < kShortestMessage + 1 || ascii_lrc(*message) != 0) return kDamaged;
  message->pop_back();  // the checksum
  received.erase(received.begin(), line_feed + 1);
  return *std::move(message);
}

}  // namespace

ModbusBytes framed(Framing framing, Bytes message) {
  return framing == Framing::Ascii ? ascii_frame(message) : rtu_frame(message);
}

TakenMessage take_message(Framing framing, LineSide side, ModbusBytes& received) {
  return framing == Framing::Ascii ? take_ascii(received) : take_rtu(side, received);
}

milliseconds longest_pause(Framing framing) { return milliseconds(framing == Framing::Ascii ? 1000 : 200); }

std::int64_t bytes_on_the_line(Framing framing, std::int64_t pdu) {
  return framing == Framing::Ascii ? 7 + 2 * pdu : 3 + pdu;  // unit and checksum; colon and end of line
}

std::uint16_t rtu_crc(Bytes bytes) {
  unsigned crc = 0xFFFF;
  for (std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xA001U : crc >> 1;
  }
  return static_cast<std::uint16_t>(crc);
}

std::uint8_t ascii_lrc(Bytes bytes) {
  return static_cast<std::uint8_t>(0U - std::accumulate(bytes.begin(), bytes.end(), 0U));
}

}  // namespace balans
