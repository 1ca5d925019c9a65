#include "api/ledger/iota/bcs.hpp"

#include <algorithm>
#include <limits>

#include "common/check.hpp"

namespace balans::bcs {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// How many bytes the character takes that begins with `first`; 0 where none does.
std::size_t size_of_character(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// Bounds of the second byte that leave out overlong forms, surrogates and what lies above U+10FFFF.
bool is_second(unsigned char first, unsigned char second) {
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xed) return second < 0xa0;
  if (first == 0xf0) return second >= 0x90;
  return first != 0xf4 || second < 0x90;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = size_of_character(first);
    if (size == 0 || size > text.size()) return false;
    for (std::size_t i = 1; i < size; ++i)
      if (!is_continuation(static_cast<unsigned char>(text[i]))) return false;
    if (size > 1 && !is_second(first, static_cast<unsigned char>(text[1]))) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

void Encoder::integer(std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Encoder::uleb128(std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
  u8(static_cast<std::uint8_t>(value));
}

void Encoder::length(std::size_t length) {
  BALANS_CHECK(length <= std::numeric_limits<std::int32_t>::max());  // the most that BCS allows
  uleb128(static_cast<std::uint32_t>(length));
}

void Encoder::bytes(std::string_view bytes) {
  length(bytes.size());
  fixed(bytes);
}

void Decoder::fail(std::string what) {
  if (!error_) error_ = Error{"byte " + std::to_string(size_ - rest_.size()), std::move(what)};
  rest_ = {};
}

std::string_view Decoder::fixed(std::size_t bytes) {
  if (failed()) return {};
  if (bytes > rest_.size()) {
    fail("expected " + std::to_string(bytes) + " more bytes, there are " + std::to_string(rest_.size()));
    return {};
  }
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

std::uint64_t Decoder::integer(std::size_t bytes) {
  std::uint64_t value = 0;
  int shift = 0;
  for (const char byte : fixed(bytes)) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
    shift += 8;
  }
  return value;
}

U128 Decoder::u128() {
  const std::uint64_t low = u64();
  return static_cast<U128>(u64()) << 64 | low;
}

U256 Decoder::u256() {
  U256 value{};
  for (std::uint64_t& word : value) word = u64();
  return value;
}

bool Decoder::boolean() {
  const std::uint8_t value = u8();
  if (value > 1) fail("expected 0 or 1, got " + std::to_string(value));
  return value == 1;
}

std::uint32_t Decoder::uleb128() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const std::uint8_t byte = u8();
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift > 0) fail("a ULEB128 that is longer than it need be");
    if (value > std::numeric_limits<std::uint32_t>::max()) fail("a ULEB128 of more than 32 bits");
    return failed() ? 0 : static_cast<std::uint32_t>(value);
  }
  fail("a ULEB128 of more than 5 bytes");
  return 0;
}

Bytes32 Decoder::bytes32() {
  Bytes32 result{};
  const std::string_view taken = fixed(result.size());
  std::copy(taken.begin(), taken.end(), result.begin());
  return result;
}

std::size_t Decoder::length(std::size_t max) {
  const std::uint32_t count = uleb128();
  if (count > max) fail("a length of " + std::to_string(count) + ", at most " + std::to_string(max) + " are taken");
  if (!failed() && count > rest_.size())
    fail("a length of " + std::to_string(count) + " with " + std::to_string(rest_.size()) + " bytes left");
  return failed() ? 0 : count;
}

std::string Decoder::bytes(std::size_t max) { return std::string(fixed(length(max))); }

std::string Decoder::string(std::size_t max) {
  std::string text = bytes(max);
  if (!is_utf8(text)) fail("a string that is not UTF-8");
  return text;
}

std::uint32_t Decoder::variant(std::uint32_t count, std::string_view what) {
  const std::uint32_t number = uleb128();
  if (number >= count) fail("there is no " + std::string(what) + " " + std::to_string(number));
  return failed() ? 0 : number;
}

Result<void> Decoder::finish() {
  if (!failed() && !rest_.empty()) fail(std::to_string(rest_.size()) + " bytes too many");
  if (error_) return *error_;
  return {};
}

}  // namespace balans::bcs
