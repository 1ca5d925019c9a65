#pragma once
// HMAC-SHA-512 (RFC 2104, FIPS 180-4), and PBKDF2 (RFC 8018) with it. Pure; arithmetic by libsodium.

#include <cstdint>
#include <string_view>

#include "common/crypto/secret.hpp"

namespace balans {

/// A key of any length.
[[nodiscard]] Secret<64> hmac_sha512(std::string_view key, std::string_view text);

/// The first block of PBKDF2, which is 64 bytes. `rounds` is at least 1.
[[nodiscard]] Secret<64> pbkdf2_hmac_sha512(std::string_view password, std::string_view salt, std::uint32_t rounds);

}  // namespace balans
