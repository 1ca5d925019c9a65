#include "common/registers/value.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/check.hpp"

namespace balans {
namespace {

std::uint16_t swapped(std::uint16_t word) { return static_cast<std::uint16_t>((word >> 8) | (word << 8)); }

/// The words as on a device with the usual order: high word first, high byte first. Its own inverse.
std::vector<std::uint16_t> reordered(std::vector<std::uint16_t> words, const Encoding& encoding) {
  if (encoding.type == DataType::Bit) return words;
  if (encoding.byte_order == ByteOrder::LowFirst)
    for (std::uint16_t& word : words) word = swapped(word);
  if (encoding.word_order == WordOrder::LowFirst && encoding.type != DataType::Ascii)
    std::reverse(words.begin(), words.end());
  return words;
}

bool is_signed(DataType type) { return type == DataType::I16 || type == DataType::I32 || type == DataType::I64; }

int bit_count(const Encoding& encoding) { return encoding.type == DataType::Bit ? 1 : encoding.words() * 16; }

std::string decode_text(const std::vector<std::uint16_t>& words) {
  std::string text;
  for (std::uint16_t word : words) {
    text.push_back(static_cast<char>(word >> 8));
    text.push_back(static_cast<char>(word & 0xFF));
  }
  text.resize(std::min(text.find('\0'), text.size()));
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::vector<std::uint16_t> encode_text(const std::string& text, std::size_t count) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    words[i / 2] = static_cast<std::uint16_t>(words[i / 2] | (i % 2 == 0 ? byte << 8 : byte));
  }
  return words;
}

std::vector<std::uint16_t> split(std::uint64_t bits, std::size_t count) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = static_cast<std::uint16_t>(bits >> (16 * (count - 1 - i)));
  return words;
}

Int128 decode_integer(std::uint64_t bits, const Encoding& encoding) {
  if (encoding.bits) {
    const std::uint64_t mask =
        encoding.bits->width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << encoding.bits->width) - 1;
    return static_cast<Int128>((bits >> encoding.bits->shift) & mask);
  }
  const int width = bit_count(encoding);
  if (is_signed(encoding.type) && ((bits >> (width - 1)) & 1) != 0)
    return static_cast<Int128>(bits) - (Int128{1} << width);
  return static_cast<Int128>(bits);
}

/// In two's complement; of what fits a register.
std::uint64_t bits_of(Int128 integer) {
  if (integer < 0) return static_cast<std::uint64_t>(static_cast<std::int64_t>(integer));
  return static_cast<std::uint64_t>(integer);
}

}  // namespace

std::uint16_t Encoding::words() const {
  switch (type) {
    case DataType::U16:
    case DataType::I16:
    case DataType::Bit:
      return 1;
    case DataType::U32:
    case DataType::I32:
    case DataType::F32:
      return 2;
    case DataType::U64:
    case DataType::I64:
    case DataType::F64:
      return 4;
    case DataType::Ascii:
      return text_registers;
  }
  return 1;
}

Int128 smallest(const Encoding& encoding) {
  if (encoding.bits || !is_signed(encoding.type)) return 0;
  return -(Int128{1} << (bit_count(encoding) - 1));
}

Int128 largest(const Encoding& encoding) {
  if (encoding.bits) return (Int128{1} << encoding.bits->width) - 1;
  return (Int128{1} << (bit_count(encoding) - (is_signed(encoding.type) ? 1 : 0))) - 1;
}

std::optional<Int128> not_implemented(const Encoding& encoding) {
  const bool number = encoding.type != DataType::Bit && encoding.type != DataType::Ascii &&
                      encoding.type != DataType::F32 && encoding.type != DataType::F64;
  if (!number || encoding.bits) return std::nullopt;
  return is_signed(encoding.type) ? smallest(encoding) : largest(encoding);
}

std::string to_text(Int128 integer) {
  if (integer < 0) return std::to_string(static_cast<std::int64_t>(integer));
  return std::to_string(static_cast<std::uint64_t>(integer));
}

RawValue decode_words(std::span<const std::uint16_t> words, const Encoding& encoding) {
  BALANS_CHECK(words.size() == encoding.words());
  const std::vector<std::uint16_t> ordered = reordered({words.begin(), words.end()}, encoding);
  if (encoding.type == DataType::Ascii) return decode_text(ordered);
  std::uint64_t bits = 0;
  for (std::uint16_t word : ordered) bits = (bits << 16) | word;
  if (encoding.type == DataType::F32)
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  if (encoding.type == DataType::F64) return std::bit_cast<double>(bits);
  return decode_integer(bits, encoding);
}

Result<std::vector<std::uint16_t>> encode_words(const RawValue& value, const Encoding& encoding) {
  const std::size_t count = encoding.words();
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (encoding.type != DataType::Ascii) return Error{"", "a text does not go into a number's registers"};
    if (text->size() > 2 * count) return Error{"", "the text is longer than its registers"};
    return reordered(encode_text(*text, count), encoding);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    if (encoding.type == DataType::F32)
      return reordered(split(std::bit_cast<std::uint32_t>(static_cast<float>(*number)), count), encoding);
    if (encoding.type == DataType::F64) return reordered(split(std::bit_cast<std::uint64_t>(*number), count), encoding);
    return Error{"", "a fraction does not go into an integer's registers"};
  }
  const Int128 integer = std::get<Int128>(value);
  if (encoding.type == DataType::F32 || encoding.type == DataType::F64)
    return encode_words(static_cast<double>(integer), encoding);
  if (encoding.type == DataType::Ascii) return Error{"", "a number does not go into a text's registers"};
  if (integer < smallest(encoding) || integer > largest(encoding))
    return Error{"", "the value does not fit the register"};
  std::uint64_t bits = bits_of(integer);
  if (encoding.bits) bits <<= encoding.bits->shift;
  return reordered(split(bits, count), encoding);
}

}  // namespace balans
