#pragma once
// Bech32 (BIP-173): bytes as a text that says what they are and notices mistyped characters.

#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans::iota {

/// `prefix` is of lower-case letters. The text is at most 90 characters long: up to 45 bytes with IOTA's prefix.
[[nodiscard]] std::string to_bech32(std::string_view prefix, std::string_view bytes);
/// Refuses another prefix, a wrong checksum, upper case, and bits that no byte has. Errors do not repeat the text,
/// which may be a secret.
Result<std::string> from_bech32(std::string_view prefix, std::string_view text);

}  // namespace balans::iota
