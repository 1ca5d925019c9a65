#include "api/ledger/iota/derivation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "common/check.hpp"
#include "common/crypto/hmac_sha512.hpp"

namespace balans::iota {
namespace {

constexpr std::uint32_t kHardened = 1U << 31;
constexpr std::uint32_t kPurpose = 44;
constexpr std::uint32_t kCoinType = 4218;
constexpr std::size_t kSteps = 5;

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The next key is made of the left half, under the right half, which is the chain code.
Secret<64> step(const Secret<64>& parent, std::uint32_t index) {
  const std::span<const std::uint8_t> bytes(parent.bytes);
  Secret<37> data;  // 0, key, index with the most significant byte first
  std::copy_n(bytes.begin(), 32, data.bytes.begin() + 1);
  for (std::size_t i = 0; i < 4; ++i)
    data.bytes[33 + i] = static_cast<std::uint8_t>((index | kHardened) >> (8 * (3 - i)));
  return hmac_sha512(text_of(bytes.subspan(32)), text_of(data.bytes));
}

/// `/number'` from the front of the text.
std::optional<std::uint32_t> take_step(std::string_view& text) {
  if (!text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc{} || number >= kHardened || (digits > 1 && text.front() == '0')) return std::nullopt;
  text.remove_prefix(digits);
  if (!text.starts_with('\'')) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

}  // namespace

Result<DerivationPath> parse_derivation_path(std::string_view text) {
  const Error wrong{"derivation path", "'" + std::string(text.substr(0, 80)) +
                                           "': expected m/44'/4218'/account'/change'/index', each below 2147483648"};
  std::string_view rest = text;
  if (!rest.starts_with('m')) return wrong;
  rest.remove_prefix(1);
  DerivationPath path;
  while (path.size() < kSteps) {
    const auto next = take_step(rest);
    if (!next) return wrong;
    path.push_back(*next);
  }
  if (!rest.empty() || path[0] != kPurpose || path[1] != kCoinType) return wrong;
  return path;
}

Secret<32> derive_ed25519(std::string_view seed, std::span<const std::uint32_t> path) {
  Secret<64> node = hmac_sha512("ed25519 seed", seed);
  for (const std::uint32_t index : path) {
    BALANS_CHECK(index < kHardened);
    node = step(node, index);
  }
  Secret<32> key;
  std::copy_n(node.bytes.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

}  // namespace balans::iota
