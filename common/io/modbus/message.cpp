#include "common/io/modbus/message.hpp"

#include <algorithm>

namespace balans {
namespace {

using Bytes = std::span<const std::uint8_t>;

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
  ModbusBytes request;
  request.reserve(5);
  request.push_back(static_cast<std::uint8_t>(function));
  push_word(request, address);
  push_word(request, count);
  return request;
}

ModbusBytes write_request(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words) {
  ModbusBytes request;
  request.reserve(6 + 2 * words.size());
  request.push_back(static_cast<std::uint8_t>(function));
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

ModbusBytes message_to(std::uint8_t unit, Bytes pdu) {
  ModbusBytes message;
  message.reserve(1 + pdu.size());
  message.push_back(unit);
  message.insert(message.end(), pdu.begin(), pdu.end());
  return message;
}

AnswerForm answer_form(std::uint8_t unit, Bytes request) {
  AnswerForm form{unit, request[0], 0, std::nullopt};
  if (reads(request[0]))
    form.bytes = bytes_for(request[0], word_at(request, 3));
  else
    form.echo = {request[1], request[2], request[3], request[4]};
  return form;
}

AnswerFit fit(const AnswerForm& form, Bytes message) {
  if (message.size() < 3 || message[0] != form.unit) return AnswerFit::No;
  if (message[1] == (form.function | kExceptionBit)) return message.size() == 3 ? AnswerFit::Exception : AnswerFit::No;
  if (message[1] != form.function) return AnswerFit::No;
  if (form.echo)
    return message.size() == 6 && std::ranges::equal(message.subspan(2), *form.echo) ? AnswerFit::Answer
                                                                                     : AnswerFit::No;
  return message[2] == form.bytes && message.size() == form.bytes + 3U ? AnswerFit::Answer : AnswerFit::No;
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
