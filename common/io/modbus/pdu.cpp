#include "common/io/modbus/pdu.hpp"

#include <optional>

namespace balans {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Words = std::vector<std::uint16_t>;

enum class Refusal : std::uint8_t { IllegalFunction = 1, IllegalAddress = 2, IllegalValue = 3 };

std::uint16_t word_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

void push_word(std::vector<std::uint8_t>& bytes, std::uint16_t word) {
  bytes.push_back(static_cast<std::uint8_t>(word >> 8));
  bytes.push_back(static_cast<std::uint8_t>(word & 0xFF));
}

std::vector<std::uint8_t> refuse(std::uint8_t function, Refusal why) {
  return {static_cast<std::uint8_t>(function | 0x80), static_cast<std::uint8_t>(why)};
}

std::vector<std::uint8_t> pack_bits(const Words& bits) {
  std::vector<std::uint8_t> bytes((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (bits[i] != 0) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (1U << (i % 8)));
  return bytes;
}

std::vector<std::uint8_t> answer_read(Transport& device, std::uint8_t unit, Bytes request) {
  const auto function = static_cast<ReadFunction>(request[0]);
  if (request.size() != 5) return refuse(request[0], Refusal::IllegalValue);
  const std::uint16_t count = word_at(request, 3);
  if (count < 1 || count > (is_bits(function) ? kMaxReadBits : kMaxReadRegisters))
    return refuse(request[0], Refusal::IllegalValue);
  const auto words = device.read(function, unit, word_at(request, 1), count);
  if (!words) return refuse(request[0], Refusal::IllegalAddress);
  std::vector<std::uint8_t> body;
  if (is_bits(function))
    body = pack_bits(*words);
  else
    for (std::uint16_t word : *words) push_word(body, word);
  std::vector<std::uint8_t> answer{request[0], static_cast<std::uint8_t>(body.size())};
  answer.insert(answer.end(), body.begin(), body.end());
  return answer;
}

/// The words that a write request carries; nothing when it is malformed.
std::optional<Words> words_of(Bytes request) {
  const auto function = static_cast<WriteFunction>(request[0]);
  if (request.size() < 5) return std::nullopt;
  const std::uint16_t value = word_at(request, 3);
  if (is_single(function)) {
    if (request.size() != 5) return std::nullopt;
    if (function == WriteFunction::Register) return Words{value};
    if (value != 0 && value != 0xFF00) return std::nullopt;
    return Words{static_cast<std::uint16_t>(value != 0 ? 1 : 0)};
  }
  const std::size_t bytes = is_bits(function) ? (value + 7U) / 8U : 2U * value;
  if (value < 1 || value > (is_bits(function) ? kMaxWriteBits : kMaxWriteRegisters)) return std::nullopt;
  if (request.size() != 6 + bytes || request[5] != bytes) return std::nullopt;
  Words words;
  for (std::size_t i = 0; i < value; ++i)
    words.push_back(is_bits(function) ? static_cast<std::uint16_t>((request[6 + i / 8] >> (i % 8)) & 1)
                                      : word_at(request, 6 + 2 * i));
  return words;
}

std::vector<std::uint8_t> answer_write(Transport& device, std::uint8_t unit, Bytes request,
                                       const PduWriteHook& on_write) {
  const auto function = static_cast<WriteFunction>(request[0]);
  const auto words = words_of(request);
  if (!words) return refuse(request[0], Refusal::IllegalValue);
  const std::uint16_t address = word_at(request, 1);
  if (auto written = device.write(function, unit, address, *words); !written)
    return refuse(request[0], Refusal::IllegalAddress);
  if (on_write) on_write(function, address, *words);
  return {request.begin(), request.begin() + 5};
}

}  // namespace

std::vector<std::uint8_t> answer_pdu(Transport& device, std::uint8_t unit, std::span<const std::uint8_t> request,
                                     const PduWriteHook& on_write) {
  if (request.empty()) return refuse(0, Refusal::IllegalFunction);
  switch (request[0]) {
    case 1:
    case 2:
    case 3:
    case 4:
      return answer_read(device, unit, request);
    case 5:
    case 6:
    case 15:
    case 16:
      return answer_write(device, unit, request, on_write);
    default:
      return refuse(request[0], Refusal::IllegalFunction);
  }
}

}  // namespace balans
