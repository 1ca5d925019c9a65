#pragma once
// Private keys as wallets hand them over, into a Signer that alone keeps them.

#include <memory>
#include <string>
#include <string_view>

#include "common/crypto/crypto.hpp"
#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// `iotaprivkey1…`: the flag of Ed25519 and the private key. Whoever holds the text wipes it.
[[nodiscard]] std::string private_key_text(const Secret<32>& key);
Result<Secret<32>> parse_private_key(std::string_view text);

Result<std::unique_ptr<Signer>> signer_from_private_key(std::string_view text);
/// `path`: `m/44'/4218'/account'/change'/index'`.
Result<std::unique_ptr<Signer>> signer_from_mnemonic(std::string_view mnemonic, std::string_view path);

}  // namespace balans::iota
