#pragma once
// Modbus messages as bytes, a unit id and a PDU: pure, without the frame around them.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/registers/transport.hpp"

namespace balans {

using ModbusBytes = std::vector<std::uint8_t>;

ModbusBytes read_request(ReadFunction function, std::uint16_t address, std::uint16_t count);
ModbusBytes write_request(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words);
/// The words of an answer that has the length its request asks for.
std::vector<std::uint16_t> words_in_answer(ReadFunction function, std::uint16_t count,
                                           std::span<const std::uint8_t> answer);

inline constexpr std::uint8_t kExceptionBit = 0x80;  ///< in the function of an answer that is a refusal

/// Unit, PDU.
ModbusBytes message_to(std::uint8_t unit, std::span<const std::uint8_t> pdu);
inline std::span<const std::uint8_t> pdu_of(std::span<const std::uint8_t> message) { return message.subspan(1); }

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
/// `message` came in a whole frame whose checksum fits.
AnswerFit fit(const AnswerForm& form, std::span<const std::uint8_t> message);

/// A short read of the same place whose answer cannot be taken for that to `request`. `turn` varies it.
ModbusBytes fence_request(std::span<const std::uint8_t> request, unsigned turn);

}  // namespace balans
