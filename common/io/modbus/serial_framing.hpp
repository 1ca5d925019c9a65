#pragma once
// How a Modbus message (unit and PDU) travels over a serial line, RTU or ASCII: pure, without the line. All that the
// two do not share is here.

#include <chrono>
#include <cstdint>
#include <span>
#include <variant>

#include "common/io/modbus/message.hpp"
#include "common/registers/serial_format.hpp"

namespace balans {

/// The message with what its framing puts around it.
ModbusBytes framed(Framing framing, std::span<const std::uint8_t> message);

enum class LineSide : std::uint8_t { Request, Answer };
struct NeedsMore {};
struct Damage {
  const char* what;
};
using TakenMessage = std::variant<ModbusBytes, NeedsMore, Damage>;
/// Takes the next whole message off the front of what was received, when its checksum fits. What can begin no message
/// goes too. After damage nothing that came with it means anything: the caller throws it away.
TakenMessage take_message(Framing framing, LineSide side, ModbusBytes& received);

/// The longest pause inside a frame.
std::chrono::milliseconds longest_pause(Framing framing);
/// How many bytes a frame takes whose PDU has `pdu`.
std::int64_t bytes_on_the_line(Framing framing, std::int64_t pdu);

std::uint16_t rtu_crc(std::span<const std::uint8_t> bytes);
std::uint8_t ascii_lrc(std::span<const std::uint8_t> bytes);

}  // namespace balans
