#include "api/ledger/iota/base58.hpp"

#include <algorithm>
#include <vector>

namespace balans::iota {
namespace {

constexpr std::string_view kDigits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kMostCharacters = 200;

/// number = number · factor + addend, of digits in `base` with the least significant first.
void multiply_add(std::vector<std::uint32_t>& number, std::uint32_t factor, std::uint32_t addend, std::uint32_t base) {
  for (std::uint32_t& digit : number) {
    addend += digit * factor;
    digit = addend % base;
    addend /= base;
  }
  for (; addend > 0; addend /= base) number.push_back(addend % base);
}

std::size_t count_leading(std::string_view text, char c) { return std::min(text.find_first_not_of(c), text.size()); }

}  // namespace

std::string to_base58(std::string_view bytes) {
  std::vector<std::uint32_t> number;
  for (const char byte : bytes) multiply_add(number, 256, static_cast<unsigned char>(byte), 58);
  std::string text(count_leading(bytes, '\0'), kDigits[0]);
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) text.push_back(kDigits[*digit]);
  return text;
}

std::string to_base58(const Digest& digest) {
  return to_base58({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

Result<std::string> from_base58(std::string_view text) {
  if (text.size() > kMostCharacters)
    return Error{"", "base58 of more than " + std::to_string(kMostCharacters) + " characters"};
  std::vector<std::uint32_t> number;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return Error{"", std::string("'") + c + "' is no digit of base58"};
    multiply_add(number, 58, static_cast<std::uint32_t>(digit), 256);
  }
  std::string bytes(count_leading(text, kDigits[0]), '\0');
  for (auto byte = number.rbegin(); byte != number.rend(); ++byte) bytes.push_back(static_cast<char>(*byte));
  return bytes;
}

Result<Digest> digest_from_base58(std::string_view text) {
  const auto bytes = from_base58(text);
  if (!bytes) return bytes.error();
  Digest digest;
  if (bytes->size() != digest.bytes.size())
    return Error{"", "a digest has 32 bytes, this one " + std::to_string(bytes->size())};
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

}  // namespace balans::iota
