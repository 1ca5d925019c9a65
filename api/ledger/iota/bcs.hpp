#pragma once
// Binary Canonical Serialization, in which Move and IOTA write all they sign: integers with the least significant byte
// first, lengths as ULEB128, no names and no types. Every value has exactly one encoding, so every other is refused.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/result.hpp"
#include "common/wide_integer.hpp"

namespace balans::bcs {

using U128 = UInt128;
/// Least significant word first.
using U256 = std::array<std::uint64_t, 4>;

class Encoder {
 public:
  void u8(std::uint8_t value) { text_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void u128(U128 value) { u64(static_cast<std::uint64_t>(value)), u64(static_cast<std::uint64_t>(value >> 64)); }
  void u256(const U256& value) {
    for (std::uint64_t word : value) u64(word);
  }
  void boolean(bool value) { u8(value ? 1 : 0); }
  /// Lengths, and which alternative of an enum it is.
  void uleb128(std::uint32_t value);
  /// Without a length.
  void fixed(std::string_view bytes) { text_ += bytes; }
  void fixed(const Bytes32& bytes) { text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }
  /// With their length: a vector<u8>, and a string.
  void bytes(std::string_view bytes);

  /// `encode(item)` for each, after their number.
  template <class Items, class Encode>
  void vector(const Items& items, Encode&& encode) {
    length(items.size());
    for (const auto& item : items) encode(item);
  }
  template <class T, class Encode>
  void option(const std::optional<T>& value, Encode&& encode) {
    boolean(value.has_value());
    if (value) encode(*value);
  }

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void integer(std::uint64_t value, int bytes);
  void length(std::size_t length);
  std::string text_;
};

/// Reads values one after the other and remembers the first thing that is wrong, with the byte where it was. Once
/// something is wrong every further read gives a default, so callers read straight through and ask `finish` last.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }
  U128 u128();
  U256 u256();
  bool boolean();
  std::uint32_t uleb128();
  std::string_view fixed(std::size_t bytes);
  Bytes32 bytes32();
  /// A vector<u8> of at most `max` bytes.
  std::string bytes(std::size_t max);
  /// The same in UTF-8.
  std::string string(std::size_t max);
  /// Which alternative of an enum with `count` of them; `what` names the enum in errors.
  std::uint32_t variant(std::uint32_t count, std::string_view what);

  /// `read()` for each of at most `max` elements.
  template <class Read>
  auto vector(std::size_t max, Read&& read) {
    std::vector<decltype(read())> items;
    const std::size_t count = length(max);
    items.reserve(count);
    for (std::size_t i = 0; i < count && !failed(); ++i) items.push_back(read());
    return items;
  }
  template <class Read>
  auto option(Read&& read) {
    std::optional<decltype(read())> value;
    if (boolean()) value = read();
    return value;
  }

  void fail(std::string what);
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// Refuses bytes that nobody has read.
  Result<void> finish();

 private:
  std::uint64_t integer(std::size_t bytes);
  /// A length that the bytes left can hold: no element takes less than one.
  std::size_t length(std::size_t max);

  std::string_view rest_;
  std::size_t size_;
  std::optional<Error> error_;
};

}  // namespace balans::bcs
