#pragma once
// A secret that is kept until its owner comes with the password: argon2id makes a key of the password, and
// XChaCha20-Poly1305 seals the secret with it. Pure: randomness is an argument. Arithmetic by libsodium.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans {

/// What a try of a password costs: passes over so much memory.
struct SealCost {
  std::uint64_t passes = 3;
  std::uint64_t memory_bytes = 64 * 1024 * 1024;
  bool operator==(const SealCost&) const = default;
};

/// More is never spent, whatever was stored: who opens one at a time needs no more memory than this.
inline constexpr SealCost kMostSealCost{16, 64 * 1024 * 1024};
inline constexpr std::size_t kMostSealedBytes = 256;

/// Another one for each seal; it is no secret.
struct SealSalt {
  std::array<std::uint8_t, 16> salt{};
  std::array<std::uint8_t, 24> nonce{};
  bool operator==(const SealSalt&) const = default;
};

struct SealedSecret {
  SealCost cost;
  SealSalt salt;
  std::string sealed;  ///< as long as the secret and 16 bytes
  bool operator==(const SealedSecret&) const = default;
};

/// `context` is no secret: opened is only what was sealed for the same one. An error where the cost is out of bounds,
/// the secret too long, or there is not enough memory.
Result<SealedSecret> seal(std::string_view secret, std::string_view password, std::string_view context,
                          const SealCost& cost, const SealSalt& salt);

/// Whoever holds what is opened wipes it. One error for a wrong password, another context and a damaged seal: nobody
/// learns which.
Result<SecretText> open_sealed(const SealedSecret& sealed, std::string_view password, std::string_view context);

/// `argon2id-xchacha20poly1305:passes:memory:salt:nonce:sealed`, numbers decimal, bytes in lower-case hexadecimal.
std::string to_text(const SealedSecret& sealed);
Result<SealedSecret> parse_sealed(std::string_view text);

}  // namespace balans
