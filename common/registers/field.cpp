#include "common/registers/field.hpp"

#include <algorithm>
#include <cmath>

namespace balans {
namespace {

constexpr std::int16_t kNoScaleFactor = -32768;  // SunSpec: not implemented
constexpr int kMaxScaleFactor = 10;

bool is_float(const Field& field) {
  return field.encoding.type == DataType::F32 || field.encoding.type == DataType::F64;
}

/// From this number to the next that the type knows.
double step_of(double value, DataType type) {
  const double size = std::abs(value);
  if (type == DataType::F64) return std::nextafter(size, HUGE_VAL) - size;
  const auto single = static_cast<float>(size);
  return static_cast<double>(std::nextafterf(single, HUGE_VALF) - single);
}

}  // namespace

void RegisterMemory::put(ReadFunction function, std::uint16_t address, std::span<const std::uint16_t> words,
                         std::uint8_t unit_id) {
  for (std::uint16_t word : words) words_[{unit_id, function, address++}] = word;
}

std::optional<std::vector<std::uint16_t>> RegisterMemory::get(const RegisterSpan& span) const {
  std::vector<std::uint16_t> words;
  for (std::uint32_t i = 0; i < span.count; ++i) {
    const auto word = words_.find({span.unit_id, span.function, static_cast<std::uint16_t>(span.address + i)});
    if (word == words_.end()) return std::nullopt;
    words.push_back(word->second);
  }
  return words;
}

bool RegisterMemory::contains(ReadFunction function, std::uint16_t address, std::uint8_t unit_id) const {
  return words_.contains({unit_id, function, address});
}

RegisterSpan span_of(const Field& field) {
  return {field.function, field.address, field.encoding.words(), field.unit_id};
}

RegisterSpan factor_span_of(const Field& field) { return {field.function, *field.scale_factor, 1, field.unit_id}; }

std::vector<RegisterSpan> spans_of(const Field& field) {
  std::vector<RegisterSpan> spans{span_of(field)};
  if (field.scale_factor) spans.push_back(factor_span_of(field));
  return spans;
}

Field readable(const WriteField& field) {
  return {reads_back(field.function),
          field.address,
          field.model,
          field.unit_id,
          field.station,
          field.encoding,
          field.scale,
          field.unit_exponent,
          field.scale_factor,
          field.shown_scale_factor};
}

Result<RawValue> raw_at(const Field& field, const RegisterMemory& memory) {
  const auto words = memory.get(span_of(field));
  if (!words) return Error{"", "was not read"};
  return decode_words(*words, field.encoding);
}

Result<int> scale_factor_at(const Field& field, const RegisterMemory& memory) {
  if (!field.scale_factor) return 0;
  const auto words = memory.get(factor_span_of(field));
  if (!words) return Error{"", "its scale factor, register " + std::to_string(*field.scale_factor) + ", was not read"};
  const auto factor = static_cast<std::int16_t>(words->front());
  if (factor == kNoScaleFactor) return Error{"", "its scale factor is not available"};
  if (factor < -kMaxScaleFactor || factor > kMaxScaleFactor)
    return Error{"", "its scale factor " + std::to_string(factor) + " is outside -10..10"};
  return static_cast<int>(factor);
}

Result<std::int64_t> number_at(const Field& field, const RegisterMemory& memory) {
  const Result<RawValue> raw = raw_at(field, memory);
  if (!raw) return raw.error();
  const Result<int> factor = scale_factor_at(field, memory);
  if (!factor) return factor.error();
  const int more = field.unit_exponent + *factor;
  if (const auto* integer = std::get_if<Int128>(&*raw)) return scaled(*integer, field.scale, more, Rounding::Nearest);
  if (const auto* number = std::get_if<double>(&*raw)) return scaled(*number, field.scale, more, Rounding::Nearest);
  return Error{"", "is a text where a number was expected"};
}

Result<std::int64_t> resolution_at(const Field& field, const RegisterMemory& memory) {
  const Result<RawValue> raw = raw_at(field, memory);
  if (!raw) return raw.error();
  const Result<int> factor = scale_factor_at(field, memory);
  if (!factor) return factor.error();
  const Decimal scale{std::abs(field.scale.mantissa), field.scale.exponent};
  const double one = unscaled_float(1, scale, field.unit_exponent + *factor);  // base unit, in raw steps
  const double step = std::holds_alternative<double>(*raw) ? step_of(std::get<double>(*raw), field.encoding.type) : 1;
  const double resolution = std::ceil(step / one);
  if (!(resolution < 1e18)) return Error{"", "has no resolution"};
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(resolution));
}

Result<std::vector<std::uint16_t>> words_for(const Field& field, std::int64_t value, int scale_factor,
                                             Rounding rounding) {
  const int more = field.unit_exponent + scale_factor;
  if (is_float(field)) return encode_words(unscaled_float(value, field.scale, more), field.encoding);
  const Result<std::int64_t> raw = unscaled(value, field.scale, more, rounding);
  if (!raw) return raw.error();
  return encode_words(Int128{*raw}, field.encoding);
}

}  // namespace balans
