#pragma once
// How a value lies in registers: type, word and byte order, bits, scale.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/registers/decimal.hpp"
#include "common/result.hpp"

namespace balans {

enum class DataType : std::uint8_t { U16, I16, U32, I32, U64, I64, F32, F64, Ascii, Bit };
enum class WordOrder : std::uint8_t { HighFirst, LowFirst };  ///< of the 16-bit words of a longer value
enum class ByteOrder : std::uint8_t { HighFirst, LowFirst };  ///< inside a register; Modbus itself says HighFirst

/// Bits cut out of an integer: (raw >> shift) & (2^width − 1).
struct BitSlice {
  int shift = 0;
  int width = 64;
  bool operator==(const BitSlice&) const = default;
};

struct Encoding {
  DataType type = DataType::U16;
  WordOrder word_order = WordOrder::HighFirst;
  ByteOrder byte_order = ByteOrder::HighFirst;
  std::uint16_t text_registers = 0;  ///< length of an Ascii value
  std::optional<BitSlice> bits;      ///< integers only

  [[nodiscard]] std::uint16_t words() const;
  bool operator==(const Encoding&) const = default;
};

/// A value as it lies in the registers, before any scale.
using RawValue = std::variant<Int128, double, std::string>;

/// `words.size()` is `encoding.words()`. Text ends at the first zero byte and loses blanks at its end.
RawValue decode_words(std::span<const std::uint16_t> words, const Encoding& encoding);
/// An error when the value does not fit the type. A bit slice leaves the other bits 0.
Result<std::vector<std::uint16_t>> encode_words(const RawValue& value, const Encoding& encoding);
/// The smallest and largest integer of an integer type or slice.
Int128 smallest(const Encoding& encoding);
Int128 largest(const Encoding& encoding);
/// In decimal; of an integer that was read from registers.
std::string to_text(Int128 integer);
/// SunSpec's raw value for "not implemented": all ones, of signed types the smallest. Floats have NaN, texts none.
std::optional<Int128> not_implemented(const Encoding& encoding);

}  // namespace balans
