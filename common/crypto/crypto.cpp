#include "common/crypto/crypto.hpp"

#include <sodium.h>

#include <cstring>

namespace balans {
namespace {

void require_sodium() {
  static const int initialised = sodium_init();
  BALANS_CHECK(initialised >= 0);
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

class Ed25519Signer final : public Signer {
 public:
  explicit Ed25519Signer(const Bytes32& seed)
      : secret_(static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES))) {
    BALANS_CHECK(secret_ != nullptr);
    crypto_sign_seed_keypair(public_key_.bytes.data(), secret_, seed.data());
    sodium_mprotect_readonly(secret_);
  }
  ~Ed25519Signer() override { sodium_free(secret_); }
  Ed25519Signer(const Ed25519Signer&) = delete;
  Ed25519Signer& operator=(const Ed25519Signer&) = delete;

  [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }
  [[nodiscard]] Signature sign(std::string_view text) const override {
    Signature signature;
    crypto_sign_detached(signature.bytes.data(), nullptr, bytes_of(text), text.size(), secret_);
    return signature;
  }

 private:
  PublicKey public_key_;
  unsigned char* secret_;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

template <std::size_t N>
std::string hex_of(const std::array<std::uint8_t, N>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(2 * N, '0');
  char* digit = hex.data();
  for (std::uint8_t byte : bytes) {
    *digit++ = kDigits[byte >> 4];
    *digit++ = kDigits[byte & 15];
  }
  return hex;
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> from_hex(std::string_view hex) {
  if (hex.size() != 2 * N)
    return Error{
        "", "expected " + std::to_string(2 * N) + " digits 0-9 a-f, got " + std::to_string(hex.size()) + " characters"};
  std::array<std::uint8_t, N> bytes{};
  for (std::size_t i = 0; i < N; ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return Error{"", "'" + std::string(hex.substr(2 * i, 2)) + "' is not lower-case hexadecimal"};
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

}  // namespace

std::unique_ptr<Signer> make_ed25519_signer(const Bytes32& seed) {
  require_sodium();
  return std::make_unique<Ed25519Signer>(seed);
}

bool verify(const PublicKey& key, std::string_view text, const Signature& signature) {
  require_sodium();
  return crypto_sign_verify_detached(signature.bytes.data(), bytes_of(text), text.size(), key.bytes.data()) == 0;
}

Digest blake2b(std::string_view text) {
  require_sodium();
  Digest digest;
  crypto_generichash(digest.bytes.data(), digest.bytes.size(), bytes_of(text), text.size(), nullptr, 0);
  return digest;
}

std::string to_hex(const Bytes32& bytes) { return hex_of(bytes); }
std::string to_hex(const Bytes64& bytes) { return hex_of(bytes); }
Result<Bytes32> bytes32_from_hex(std::string_view hex) { return from_hex<32>(hex); }
Result<Bytes64> bytes64_from_hex(std::string_view hex) { return from_hex<64>(hex); }

}  // namespace balans
