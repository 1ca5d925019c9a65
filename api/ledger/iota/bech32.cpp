#include "api/ledger/iota/bech32.hpp"

#include <array>
#include <cstdint>

#include "common/check.hpp"
#include "common/crypto/secret.hpp"

namespace balans::iota {
namespace {

constexpr std::string_view kDigits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kMostCharacters = 90;
constexpr std::size_t kChecksumDigits = 6;

/// BIP-173's checksum: a BCH code over groups of five bits.
class Checksum {
 public:
  explicit Checksum(std::string_view prefix) {
    for (const char c : prefix) add(static_cast<std::uint32_t>(c) >> 5);
    add(0);
    for (const char c : prefix) add(static_cast<std::uint32_t>(c) & 31);
  }
  void add(std::uint32_t digit) {
    static constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                             0x2a1462b3};
    const std::uint32_t top = value_ >> 25;
    value_ = (value_ & 0x1ffffff) << 5 ^ digit;
    for (std::size_t i = 0; i < kGenerator.size(); ++i)
      if ((top >> i & 1) != 0) value_ ^= kGenerator[i];
  }
  /// 1 after a text with its checksum.
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 1;
};

/// Regroups bits; what is left over at the end stays in `rest`.
struct Bits {
  std::uint32_t rest = 0;
  int count = 0;

  template <class Take>
  void add(std::uint32_t value, int from, int to, Take&& take) {
    rest = rest << from | value;
    for (count += from; count >= to; count -= to) take(rest >> (count - to) & ((1U << to) - 1));
    rest &= (1U << count) - 1;
  }
};

}  // namespace

std::string to_bech32(std::string_view prefix, std::string_view bytes) {
  BALANS_CHECK(prefix.size() + 1 + (bytes.size() * 8 + 4) / 5 + kChecksumDigits <= kMostCharacters);
  std::string text;
  text.reserve(kMostCharacters);  // no copy of it is left behind in memory
  text += prefix;
  text += '1';
  Checksum checksum(prefix);
  const auto put = [&](std::uint32_t digit) {
    checksum.add(digit);
    text.push_back(kDigits[digit]);
  };
  Bits bits;
  for (const char byte : bytes) bits.add(static_cast<unsigned char>(byte), 8, 5, put);
  if (bits.count > 0) put(bits.rest << (5 - bits.count));
  for (std::size_t i = 0; i < kChecksumDigits; ++i) checksum.add(0);
  const std::uint32_t sum = checksum.value() ^ 1;
  for (std::size_t i = 0; i < kChecksumDigits; ++i) text.push_back(kDigits[sum >> (5 * (5 - i)) & 31]);
  return text;
}

Result<std::string> from_bech32(std::string_view prefix, std::string_view text) {
  const Error not_ours{"", "expected '" + std::string(prefix) + "1' and bech32 in lower case"};
  if (text.size() > kMostCharacters || !text.starts_with(std::string(prefix) + "1")) return not_ours;
  text.remove_prefix(prefix.size() + 1);
  if (text.size() < kChecksumDigits) return not_ours;
  Checksum checksum(prefix);
  std::string bytes;
  bytes.reserve(kMostCharacters);
  Bits bits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return wipe(bytes), not_ours;
    checksum.add(static_cast<std::uint32_t>(digit));
    if (i + kChecksumDigits < text.size())
      bits.add(static_cast<std::uint32_t>(digit), 5, 8,
               [&](std::uint32_t byte) { bytes.push_back(static_cast<char>(byte)); });
  }
  const bool whole = bits.count < 5 && bits.rest == 0;
  if (checksum.value() == 1 && whole) return bytes;
  wipe(bytes);
  return Error{"", checksum.value() == 1 ? "bits that make no byte" : "the checksum is wrong: something is mistyped"};
}

}  // namespace balans::iota
