#pragma once
// Fields read from, and written to, a memory of registers.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/read_plan.hpp"

namespace balans {

/// Registers by unit, function and address: what was read, or what a device shows.
class RegisterMemory {
 public:
  void put(ReadFunction function, std::uint16_t address, std::span<const std::uint16_t> words,
           std::uint8_t unit_id = kOwnUnit);
  /// All of the words, or nothing when one of them is not there.
  [[nodiscard]] std::optional<std::vector<std::uint16_t>> get(const RegisterSpan& span) const;
  [[nodiscard]] bool contains(ReadFunction function, std::uint16_t address, std::uint8_t unit_id = kOwnUnit) const;

 private:
  std::map<std::tuple<std::uint8_t, ReadFunction, std::uint16_t>, std::uint16_t> words_;
};

/// The registers of the value itself, and of its scale factor where it has one.
RegisterSpan span_of(const Field& field);
std::vector<RegisterSpan> spans_of(const Field& field);
RegisterSpan factor_span_of(const Field& field);  ///< of the scale factor alone; the field must have one
/// The same registers, read: where a written value can be read back.
Field readable(const WriteField& field);

/// The value before any scale. An error when the memory lacks it or NaN stands there.
Result<RawValue> raw_at(const Field& field, const RegisterMemory& memory);
/// The value in base units, rounded to the nearest.
Result<std::int64_t> number_at(const Field& field, const RegisterMemory& memory);
/// By how much the value grows at least when it grows: what one step of the raw value is in base units, rounded up.
/// That of a float grows with it.
Result<std::int64_t> resolution_at(const Field& field, const RegisterMemory& memory);
/// The words that say `value` (base units). `scale_factor` is what stands in the field's scale-factor register.
Result<std::vector<std::uint16_t>> words_for(const Field& field, std::int64_t value, int scale_factor,
                                             Rounding rounding);
/// What stands in the scale-factor register of `field`; 0 where it has none.
Result<int> scale_factor_at(const Field& field, const RegisterMemory& memory);

}  // namespace balans
