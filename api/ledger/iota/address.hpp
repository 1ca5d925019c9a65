#pragma once
// Who holds something on IOTA, and what is held.

#include <compare>
#include <string>
#include <string_view>

#include "common/crypto/crypto.hpp"
#include "common/result.hpp"

namespace balans::iota {

struct Address {
  Bytes32 bytes{};
  auto operator<=>(const Address&) const = default;
};

/// An object, or a package of Move modules.
struct ObjectId {
  Bytes32 bytes{};
  auto operator<=>(const ObjectId&) const = default;
};

/// BLAKE2b-256 of the bare public key: only of Ed25519 no flag comes before it.
[[nodiscard]] Address address_of(const PublicKey& key);

/// `0x` and 64 digits.
[[nodiscard]] std::string to_text(const Address& address);
[[nodiscard]] std::string to_text(const ObjectId& id);

/// All 64 lower-case digits: an address has no checksum, and one that lost a digit is somebody else's.
Result<Address> parse_address(std::string_view text);
/// Leading zeros may be left out, as in `0x2`.
Result<ObjectId> parse_object_id(std::string_view text);

/// The package of coins, and the clock.
[[nodiscard]] ObjectId well_known_object(std::uint8_t number);

}  // namespace balans::iota
