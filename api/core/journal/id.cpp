#include "api/core/journal/id.hpp"

#include <algorithm>

#include "common/crypto/crypto.hpp"

namespace balans::api::journal {
namespace {

constexpr std::uint64_t kOfTheJournal = std::uint64_t{1} << 63U;
constexpr std::uint64_t kDerived = std::uint64_t{1} << 62U;
constexpr std::size_t kDigits = 32;

std::uint64_t from_bytes(const std::uint8_t* bytes, int count) {
  std::uint64_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8U | bytes[i];
  return number;
}

void append_hex(std::string& text, std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(number >> static_cast<unsigned>(shift)) & 15U];
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) number = number << 4U | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  return number;
}

}  // namespace

Id make_id(UnixTime now, const std::array<std::uint8_t, 10>& random) {
  const auto time = static_cast<std::uint64_t>(now.ms()) << 16U;
  return {(time | from_bytes(random.data(), 2)) & ~(kOfTheJournal | kDerived), from_bytes(random.data() + 2, 8)};
}

Id id_from(UnixTime at, std::string_view words) {
  Id id = client_id_from(at, words);
  id.high |= kDerived;
  return id;
}

Id client_id_from(UnixTime at, std::string_view words) {
  std::array<std::uint8_t, 10> bytes{};
  const Digest digest = blake2b(words);
  std::copy_n(digest.bytes.begin(), bytes.size(), bytes.begin());
  return make_id(at, bytes);
}

Id time_out_of(const Id& reserve) { return {reserve.high | kOfTheJournal, reserve.low}; }

std::string to_text(const Id& id) {
  std::string text;
  text.reserve(kDigits);
  append_hex(text, id.high);
  append_hex(text, id.low);
  return text;
}

Result<Id> parse_id(std::string_view text) {
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return Error{"", "'" + std::string(text.substr(0, 40)) + "' is not an id: expected 32 digits of 0-9 and a-f"};
  const Id id{number_of(text.substr(0, kDigits / 2)), number_of(text.substr(kDigits / 2))};
  if (id.is_none()) return Error{"", "an id of zeros names nothing"};
  return id;
}

}  // namespace balans::api::journal
