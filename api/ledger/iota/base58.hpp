#pragma once
// Base58, in which IOTA writes digests: the bytes as one number in 58 digits, most significant first, a leading '1' for
// each leading zero byte.

#include <string>
#include <string_view>

#include "common/crypto/crypto.hpp"
#include "common/result.hpp"

namespace balans::iota {

[[nodiscard]] std::string to_base58(std::string_view bytes);
[[nodiscard]] std::string to_base58(const Digest& digest);
/// Takes time in the square of the length: at most 200 characters are read.
Result<std::string> from_base58(std::string_view text);
/// Exactly 32 bytes.
Result<Digest> digest_from_base58(std::string_view text);

}  // namespace balans::iota
