#include "common/io/modbus/rtu_frame.hpp"

#include <algorithm>
#include <variant>

namespace balans {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kException = 0x80;

std::uint16_t word_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

void push_word(ModbusBytes& bytes, std::uint16_t word) {
  bytes.push_back(static_cast<std::uint8_t>(word >> 8));
  bytes.push_back(static_cast<std::uint8_t>(word & 0xFF));
}

bool reads(std::uint8_t function) { return function >= 1 && function <= 4; }
bool reads_bits(std::uint8_t function) { return function <= 2; }

std::uint8_t bytes_for(std::uint8_t function, std::uint16_t count) {
  return static_cast<std::uint8_t>(reads_bits(function) ? (count + 7) / 8 : count * 2);
}

}  // namespace

ModbusBytes read_request(ReadFunction function, std::uint16_t address, std::uint16_t count) {
  ModbusBytes request{static_cast<std::uint8_t>(function)};
  push_word(request, address);
  push_word(request, count);
  return request;
}

ModbusBytes write_request(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words) {
  ModbusBytes request{static_cast<std::uint8_t>(function)};
  push_word(request, address);
  if (function == WriteFunction::Register) push_word(request, words.front());
  if (function == WriteFunction::Coil) push_word(request, words.front() != 0 ? 0xFF00 : 0);
  if (is_single(function)) return request;
  push_word(request, static_cast<std::uint16_t>(words.size()));
  ModbusBytes body(is_bits(function) ? (words.size() + 7) / 8 : 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_bits(function)) push_word(body, words[i]);
    if (is_bits(function) && words[i] != 0) body[i / 8] = static_cast<std::uint8_t>(body[i / 8] | (1U << (i % 8)));
  }
  request.push_back(static_cast<std::uint8_t>(body.size()));
  request.insert(request.end(), body.begin(), body.end());
  return request;
}

std::vector<std::uint16_t> words_in_answer(ReadFunction function, std::uint16_t count, Bytes answer) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < count; ++i)
    words[i] =
        is_bits(function) ? static_cast<std::uint16_t>((answer[2 + i / 8] >> (i % 8)) & 1) : word_at(answer, 2 + 2 * i);
  return words;
}

std::uint16_t rtu_crc(Bytes bytes) {
  unsigned crc = 0xFFFF;
  for (std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xA001U : crc >> 1;
  }
  return static_cast<std::uint16_t>(crc);
}

ModbusBytes rtu_frame(std::uint8_t unit, Bytes pdu) {
  ModbusBytes frame{unit};
  frame.insert(frame.end(), pdu.begin(), pdu.end());
  const std::uint16_t crc = rtu_crc(frame);
  frame.push_back(static_cast<std::uint8_t>(crc & 0xFF));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8));
  return frame;
}

bool rtu_crc_fits(Bytes frame) {
  if (frame.size() < 4) return false;
  const std::size_t end = frame.size() - 2;
  return rtu_crc(frame.first(end)) == (frame[end] | frame[end + 1] << 8);
}

Bytes rtu_pdu(Bytes frame) { return frame.subspan(1, frame.size() - 3); }

std::variant<std::size_t, NeedsMore, NotAFrame> rtu_length(RtuSide side, Bytes bytes) {
  if (bytes.size() < 2) return NeedsMore{};
  const std::uint8_t function = bytes[1];
  if (side == RtuSide::Answer && (function & kException) != 0) return std::size_t{5};
  const bool counted = side == RtuSide::Answer ? reads(function) : function == 15 || function == 16;
  if (!counted) {
    const bool known = reads(function) || function == 5 || function == 6 || function == 15 || function == 16;
    return known ? std::variant<std::size_t, NeedsMore, NotAFrame>(std::size_t{8}) : NotAFrame{};
  }
  const std::size_t at = side == RtuSide::Answer ? 2 : 6;
  if (bytes.size() <= at) return NeedsMore{};
  const std::size_t length = at + 1 + bytes[at] + 2;
  if (length > kMaxRtuFrame) return NotAFrame{};
  return length;
}

AnswerForm answer_form(std::uint8_t unit, Bytes request) {
  AnswerForm form{unit, request[0], 0, std::nullopt};
  if (reads(request[0]))
    form.bytes = bytes_for(request[0], word_at(request, 3));
  else
    form.echo = {request[1], request[2], request[3], request[4]};
  return form;
}

AnswerFit fit(const AnswerForm& form, Bytes frame) {
  if (frame.size() < 5 || frame[0] != form.unit) return AnswerFit::No;
  if (frame[1] == (form.function | kException)) return frame.size() == 5 ? AnswerFit::Exception : AnswerFit::No;
  if (frame[1] != form.function) return AnswerFit::No;
  if (form.echo)
    return frame.size() == 8 && std::ranges::equal(frame.subspan(2, 4), *form.echo) ? AnswerFit::Answer : AnswerFit::No;
  return frame[2] == form.bytes && frame.size() == form.bytes + 5U ? AnswerFit::Answer : AnswerFit::No;
}

ModbusBytes fence_request(Bytes request, unsigned turn) {
  const std::uint16_t address = word_at(request, 1);
  const auto function = static_cast<std::uint8_t>(request[0]);
  if (!reads(function))
    return read_request(function == 5 || function == 15 ? ReadFunction::Coils : ReadFunction::HoldingRegisters, address,
                        1);
  const std::uint16_t count = word_at(request, 3);
  if (reads_bits(function))
    return read_request(static_cast<ReadFunction>(function), address, count > 8 ? std::uint16_t{1} : std::uint16_t{9});
  // One register less than asked for exists for certain; one more may be refused, which is an answer too.
  const unsigned choices = std::clamp(count - 1U, 1U, 4U);
  const std::uint16_t fewer = static_cast<std::uint16_t>(1 + turn % choices);
  return read_request(static_cast<ReadFunction>(function), address, count == 1 ? std::uint16_t{2} : fewer);
}

}  // namespace balans
