#pragma once
// Ed25519 signatures (RFC 8032), BLAKE2b-256 (RFC 7693) and the text forms of keys and digests. Pure: randomness is an
// argument. Arithmetic by libsodium.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans {

using Bytes32 = std::array<std::uint8_t, 32>;
using Bytes64 = std::array<std::uint8_t, 64>;

struct PublicKey {
  Bytes32 bytes{};
  auto operator<=>(const PublicKey&) const = default;
};

struct Signature {
  Bytes64 bytes{};
  bool operator==(const Signature&) const = default;
};

struct Digest {
  Bytes32 bytes{};
  bool operator==(const Digest&) const = default;
};

/// Random 32 bytes that name one deployment; part of everything that is signed.
struct DeploymentId {
  Bytes32 bytes{};
  bool operator==(const DeploymentId&) const = default;
};

/// Signs without showing its key.
class Signer {
 public:
  virtual ~Signer() = default;
  [[nodiscard]] virtual const PublicKey& public_key() const = 0;
  [[nodiscard]] virtual Signature sign(std::string_view text) const = 0;
};

/// A signer whose secret key lies in guarded, locked memory and is wiped when it goes. `seed` is RFC 8032's 32 bytes.
std::unique_ptr<Signer> make_ed25519_signer(const Bytes32& seed);

[[nodiscard]] bool verify(const PublicKey& key, std::string_view text, const Signature& signature);

/// BLAKE2b with a 32-byte result.
[[nodiscard]] Digest blake2b(std::string_view text);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(const Bytes32& bytes);
[[nodiscard]] std::string to_hex(const Bytes64& bytes);
Result<Bytes32> bytes32_from_hex(std::string_view hex);
Result<Bytes64> bytes64_from_hex(std::string_view hex);

}  // namespace balans
