#pragma once
// The key of one wallet, and what its owner's agent and the api agree on: how it is made of words, what shows that
// somebody has it, what it is sealed for, and what a payment that is about to be signed has to be.
//
// Words and entropy are secrets: whoever holds them wipes them. No error repeats any of them.

#include <memory>
#include <string>
#include <string_view>

#include "api/ledger/iota/address.hpp"
#include "api/ledger/iota/builder.hpp"
#include "common/crypto/crypto.hpp"
#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// The first address of every wallet program, so that the words restore the same one elsewhere.
inline constexpr std::string_view kWalletPath = "m/44'/4218'/0'/0'/0'";

/// The 24 backup words of 32 random bytes.
[[nodiscard]] SecretText words_of(const Secret<32>& entropy);
/// 16 to 32 bytes, of words with any white space between them.
Result<SecretText> entropy_of_words(std::string_view words);
/// The words again, with one space between them.
Result<SecretText> words_of_entropy(std::string_view entropy);
Result<std::unique_ptr<Signer>> signer_of_entropy(std::string_view entropy);

/// What the owner of a key signs, as a personal message, to have its address registered as the wallet of that account.
[[nodiscard]] std::string possession_text(const DeploymentId& deployment, std::string_view account,
                                          const Address& address);
/// What the entropy of a wallet's key is sealed for.
[[nodiscard]] std::string seal_context(const DeploymentId& deployment, std::string_view wallet, const Address& address);

/// What a payment may be at most.
struct PaymentBounds {
  std::uint64_t most_fee = 0;    ///< nanos
  std::uint64_t last_epoch = 0;  ///< in which it can be executed
};

/// Whether these bytes pay exactly that, out of coins that are `from`'s own, and within those bounds. Asked before
/// anything is signed, whoever has made the bytes.
Result<void> check_payment(std::string_view bytes, const Address& from, const Payment& payment,
                           const PaymentBounds& bounds);

}  // namespace balans::iota
