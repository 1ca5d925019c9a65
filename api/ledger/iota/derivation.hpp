#pragma once
// Many keys of one seed (SLIP-10 for Ed25519, where every step is hardened), along the paths of IOTA (coin type 4218).

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// The steps of a path without their hardening: below 2^31.
using DerivationPath = std::vector<std::uint32_t>;

/// `m/44'/4218'/account'/change'/index'`.
Result<DerivationPath> parse_derivation_path(std::string_view text);

/// The private key (RFC 8032's seed) at the end of the path.
[[nodiscard]] Secret<32> derive_ed25519(std::string_view seed, std::span<const std::uint32_t> path);

}  // namespace balans::iota
