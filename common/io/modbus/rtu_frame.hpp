#pragma once
// Modbus requests and answers as bytes, on a serial line: pure, without the line.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "common/registers/transport.hpp"

namespace balans {

using ModbusBytes = std::vector<std::uint8_t>;

ModbusBytes read_request(ReadFunction function, std::uint16_t address, std::uint16_t count);
ModbusBytes write_request(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words);
/// The words of an answer that has the length its request asks for.
std::vector<std::uint16_t> words_in_answer(ReadFunction function, std::uint16_t count,
                                           std::span<const std::uint8_t> answer);

std::uint16_t rtu_crc(std::span<const std::uint8_t> bytes);
/// Unit, PDU, checksum.
ModbusBytes rtu_frame(std::uint8_t unit, std::span<const std::uint8_t> pdu);
bool rtu_crc_fits(std::span<const std::uint8_t> frame);
/// The PDU inside a frame.
std::span<const std::uint8_t> rtu_pdu(std::span<const std::uint8_t> frame);

inline constexpr std::size_t kMaxRtuFrame = 256;

enum class RtuSide : std::uint8_t { Request, Answer };
struct NeedsMore {};
struct NotAFrame {};
/// How long the frame is that `bytes` begin with.
std::variant<std::size_t, NeedsMore, NotAFrame> rtu_length(RtuSide side, std::span<const std::uint8_t> bytes);

/// What the answer to a request looks like as far as the request tells: a line has no number that says which question
/// an answer belongs to, so two questions with the same form cannot be told apart by their answers.
struct AnswerForm {
  std::uint8_t unit = 0;
  std::uint8_t function = 0;
  std::uint8_t bytes = 0;                             ///< that a read asks for
  std::optional<std::array<std::uint8_t, 4>> echo{};  ///< what the answer to a write repeats
  bool operator==(const AnswerForm&) const = default;
};
AnswerForm answer_form(std::uint8_t unit, std::span<const std::uint8_t> request);

enum class AnswerFit : std::uint8_t { No, Answer, Exception };
/// `frame` is whole and its checksum fits.
AnswerFit fit(const AnswerForm& form, std::span<const std::uint8_t> frame);

/// A short read of the same place whose answer cannot be taken for that to `request`. `turn` varies it.
ModbusBytes fence_request(std::span<const std::uint8_t> request, unsigned turn);

}  // namespace balans
