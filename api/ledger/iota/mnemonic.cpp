#include "api/ledger/iota/mnemonic.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "api/ledger/iota/word_list_text.hpp"
#include "common/crypto/hmac_sha512.hpp"
#include "common/crypto/sha256.hpp"

namespace balans::iota {
namespace {

constexpr std::size_t kWords = 2048;
constexpr std::uint32_t kBitsOfWord = 11;
constexpr std::uint32_t kRounds = 2048;
constexpr std::size_t kMostBytes = 32;

using WordList = std::array<std::string_view, kWords>;

WordList split_list() {
  WordList words;
  std::string_view rest = api::embedded::kbip39_english_txt;
  for (std::string_view& word : words) {
    const std::size_t end = rest.find('\n');
    word = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  return words;
}

const WordList& word_list() {
  static const WordList words = split_list();
  return words;
}

std::optional<std::uint32_t> number_of(std::string_view word) {
  const WordList& words = word_list();  // sorted
  const auto found = std::lower_bound(words.begin(), words.end(), word);
  if (found == words.end() || *found != word) return std::nullopt;
  return static_cast<std::uint32_t>(found - words.begin());
}

/// One bit of it for each four bytes of entropy.
std::uint32_t checksum_of(std::string_view entropy) {
  Sha256 hash;
  hash.add(entropy);
  return hash.finish().bytes[0] >> (8 - entropy.size() / 4);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t space = text.find(' '); space != std::string_view::npos; space = text.find(' ')) {
    parts.push_back(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  parts.push_back(text);
  return parts;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<std::string> mnemonic_of(std::string_view entropy) {
  if (entropy.size() < 16 || entropy.size() > kMostBytes || entropy.size() % 4 != 0)
    return Error{"", std::to_string(entropy.size()) + " bytes of entropy, expected 16, 20, 24, 28 or 32"};
  std::string text;
  text.reserve(24 * 9);  // no copy of it is left behind in memory
  std::uint32_t bits = 0, count = 0;
  const auto add = [&](std::uint32_t value, std::uint32_t size) {
    bits = bits << size | value;
    count += size;
    if (count < kBitsOfWord) return;
    count -= kBitsOfWord;
    text += text.empty() ? "" : " ";
    text += word_list()[bits >> count];
    bits &= (1U << count) - 1;
  };
  for (const char byte : entropy) add(static_cast<unsigned char>(byte), 8);
  add(checksum_of(entropy), static_cast<std::uint32_t>(entropy.size() / 4));
  return text;
}

Result<std::string> entropy_of(std::string_view mnemonic) {
  const std::vector<std::string_view> words = split(mnemonic.substr(0, 1000));
  if (words.size() < 12 || words.size() > 24 || words.size() % 3 != 0)
    return Error{"mnemonic", std::to_string(words.size()) + " words, expected 12, 15, 18, 21 or 24"};
  std::string entropy;
  entropy.reserve(kMostBytes + 1);
  std::uint32_t bits = 0, count = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto number = number_of(words[i]);
    if (!number) return wipe(entropy), Error{"mnemonic", "word " + std::to_string(i + 1) + " is not of the list"};
    bits = bits << kBitsOfWord | *number;
    for (count += kBitsOfWord; count >= 8; count -= 8) entropy.push_back(static_cast<char>(bits >> (count - 8)));
    bits &= (1U << count) - 1;
  }
  // What is left are the checksum's bits; of 24 words they are a whole byte.
  const std::size_t size = words.size() / 3 * 4;
  const std::uint32_t checksum = entropy.size() > size ? static_cast<unsigned char>(entropy.back()) : bits;
  entropy.resize(size);
  if (checksum == checksum_of(entropy)) return entropy;
  wipe(entropy);
  return Error{"mnemonic", "the checksum is wrong: a word is mistaken, or their order"};
}

Result<Secret<64>> seed_of(std::string_view mnemonic, std::string_view passphrase) {
  auto entropy = entropy_of(mnemonic);
  if (!entropy) return entropy.error();
  wipe(*entropy);
  if (!is_ascii(passphrase)) return Error{"passphrase", "only ASCII is supported"};
  std::string salt = "mnemonic" + std::string(passphrase);
  Secret<64> seed = pbkdf2_hmac_sha512(mnemonic, salt, kRounds);
  wipe(salt);
  return seed;
}

}  // namespace balans::iota
