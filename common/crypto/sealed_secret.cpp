#include "common/crypto/sealed_secret.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "common/check.hpp"

namespace balans {
namespace {

constexpr std::string_view kScheme = "argon2id-xchacha20poly1305";
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

static_assert(sizeof(SealSalt::salt) == crypto_pwhash_SALTBYTES);
static_assert(sizeof(SealSalt::nonce) == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error refused() { return {"", "the password is wrong, or what was kept is damaged"}; }

Result<void> check(const SealCost& cost) {
  const bool fits = cost.passes >= crypto_pwhash_OPSLIMIT_MIN && cost.passes <= kMostSealCost.passes &&
                    cost.memory_bytes >= crypto_pwhash_MEMLIMIT_MIN && cost.memory_bytes <= kMostSealCost.memory_bytes;
  if (fits) return {};
  return Error{"", "a seal of " + std::to_string(cost.passes) + " passes over " + std::to_string(cost.memory_bytes) +
                       " bytes is out of bounds"};
}

Result<Secret<32>> key_of(std::string_view password, const SealCost& cost, const SealSalt& salt) {
  BALANS_CHECK(sodium_init() >= 0);
  Secret<32> key;
  if (crypto_pwhash(key.bytes.data(), key.bytes.size(), password.data(), password.size(), salt.salt.data(), cost.passes,
                    static_cast<std::size_t>(cost.memory_bytes), crypto_pwhash_ALG_ARGON2ID13) != 0)
    return Error{"", "there is not enough memory to try a password"};
  return key;
}

std::string hex_of(const unsigned char* bytes, std::size_t size) {
  std::string hex(2 * size + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes, size);
  hex.pop_back();
  return hex;
}

/// Lower-case only: each seal has one text.
bool from_hex(std::string_view hex, unsigned char* bytes, std::size_t size) {
  std::size_t got = 0;
  if (hex.size() != 2 * size || sodium_hex2bin(bytes, size, hex.data(), hex.size(), nullptr, &got, nullptr) != 0)
    return false;
  return got == size && hex_of(bytes, size) == hex;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || std::to_string(number) != text) return std::nullopt;
  return number;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(':'); end != std::string_view::npos; end = text.find(':')) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

}  // namespace

Result<SealedSecret> seal(std::string_view secret, std::string_view password, std::string_view context,
                          const SealCost& cost, const SealSalt& salt) {
  if (auto fits = check(cost); !fits) return fits.error();
  if (secret.size() > kMostSealedBytes)
    return Error{"", "a secret of more than " + std::to_string(kMostSealedBytes) + " bytes"};
  const auto key = key_of(password, cost, salt);
  if (!key) return key.error();
  SealedSecret sealed{cost, salt, std::string(secret.size() + kTag, '\0')};
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed.sealed), nullptr, bytes_of(secret), secret.size(),
                                             bytes_of(context), context.size(), nullptr, salt.nonce.data(),
                                             key->bytes.data());
  return sealed;
}

Result<SecretText> open_sealed(const SealedSecret& sealed, std::string_view password, std::string_view context) {
  if (!check(sealed.cost) || sealed.sealed.size() < kTag || sealed.sealed.size() > kMostSealedBytes + kTag)
    return refused();
  const auto key = key_of(password, sealed.cost, sealed.salt);
  if (!key) return key.error();
  std::string secret(sealed.sealed.size() - kTag, '\0');
  const bool fits = crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(secret), nullptr, nullptr,
                                                               bytes_of(std::string_view(sealed.sealed)),
                                                               sealed.sealed.size(), bytes_of(context), context.size(),
                                                               sealed.salt.nonce.data(), key->bytes.data()) == 0;
  if (!fits) return refused();
  return SecretText(std::move(secret));
}

std::string to_text(const SealedSecret& sealed) {
  return std::string(kScheme) + ":" + std::to_string(sealed.cost.passes) + ":" +
         std::to_string(sealed.cost.memory_bytes) + ":" + hex_of(sealed.salt.salt.data(), sealed.salt.salt.size()) +
         ":" + hex_of(sealed.salt.nonce.data(), sealed.salt.nonce.size()) + ":" +
         hex_of(bytes_of(std::string_view(sealed.sealed)), sealed.sealed.size());
}

Result<SealedSecret> parse_sealed(std::string_view text) {
  const Error wrong{"", "is no seal of " + std::string(kScheme)};
  if (text.size() > 1000) return wrong;
  const auto parts = split(text);
  if (parts.size() != 6 || parts[0] != kScheme || parts[5].size() % 2 != 0) return wrong;
  const auto passes = number_in(parts[1]);
  const auto memory = number_in(parts[2]);
  SealedSecret sealed;
  sealed.sealed.resize(parts[5].size() / 2);
  if (!passes || !memory || !from_hex(parts[3], sealed.salt.salt.data(), sealed.salt.salt.size()) ||
      !from_hex(parts[4], sealed.salt.nonce.data(), sealed.salt.nonce.size()) ||
      !from_hex(parts[5], bytes_of(sealed.sealed), sealed.sealed.size()))
    return wrong;
  sealed.cost = {*passes, *memory};
  return sealed;
}

}  // namespace balans
