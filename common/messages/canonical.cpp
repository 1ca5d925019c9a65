#include "common/messages/canonical.hpp"

#include <array>
#include <charconv>

namespace balans::canonical {
namespace {

enum class Kind : std::uint8_t { Ordinary, Quote, Backslash, Other };

constexpr std::array<Kind, 256> kinds() {
  std::array<Kind, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = c >= 0x20 && c < 0x80 ? Kind::Ordinary : Kind::Other;
  table['"'] = Kind::Quote;
  table['\\'] = Kind::Backslash;
  return table;
}

constexpr std::array<Kind, 256> kKinds = kinds();

Kind kind_of(char c) { return kKinds[static_cast<unsigned char>(c)]; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool Scanner::take(std::string_view literal) {
  if (!fine_ || text_.substr(place_, literal.size()) != literal) return false;
  place_ += literal.size();
  return true;
}

void Scanner::expect(std::string_view literal) { fine_ = take(literal); }

std::int64_t Scanner::integer(std::int64_t min, std::int64_t max) {
  constexpr std::size_t kDigits = 18;  // as many always fit
  const bool negative = take("-");
  const std::size_t first = place_;
  std::int64_t value = 0;
  while (place_ < text_.size() && place_ - first < kDigits && is_digit(text_[place_]))
    value = value * 10 + (text_[place_++] - '0');
  const std::size_t digits = place_ - first;
  const bool as_written = digits > 0 && (text_[first] != '0' || (digits == 1 && !negative));
  if (negative) value = -value;
  fine_ = fine_ && as_written && value >= min && value <= max;
  return fine_ ? value : min;
}

std::uint64_t Scanner::number() {
  std::uint64_t value = 0;
  const char* const first = text_.data() + place_;
  const auto [end, failure] = std::from_chars(first, text_.data() + text_.size(), value);
  const auto digits = static_cast<std::size_t>(end - first);
  fine_ = fine_ && failure == std::errc{} && digits > 0 && (*first != '0' || digits == 1);
  if (fine_) place_ += digits;
  return fine_ ? value : 0;
}

std::string_view Scanner::plain(std::size_t max_bytes) {
  std::size_t end = place_;
  while (end < text_.size() && kind_of(text_[end]) == Kind::Ordinary) ++end;
  const std::string_view read = text_.substr(place_, end - place_);
  fine_ = fine_ && end < text_.size() && text_[end] == '"' && read.size() <= max_bytes;
  if (!fine_) return {};
  place_ = end + 1;
  return read;
}

std::string Scanner::string(std::size_t max_bytes) {
  std::size_t end = place_;
  std::size_t escapes = 0;
  while (end < text_.size()) {
    const Kind kind = kind_of(text_[end]);
    if (kind == Kind::Backslash && end + 1 < text_.size() && (text_[end + 1] == '"' || text_[end + 1] == '\\')) {
      ++escapes;
      end += 2;
    } else if (kind == Kind::Ordinary) {
      ++end;
    } else {
      break;
    }
  }
  const std::size_t size = end - place_ - escapes;
  fine_ = fine_ && end < text_.size() && text_[end] == '"' && size <= max_bytes;
  if (!fine_) return {};
  std::string read(size, '\0');
  std::size_t from = place_;
  for (char& c : read) {
    from += text_[from] == '\\' ? 1 : 0;
    c = text_[from++];
  }
  place_ = end + 1;
  return read;
}

}  // namespace balans::canonical
