#pragma once
// Digests and signatures. A signature is over a hash of what the bytes are meant for and of the bytes; written down, it
// is the flag of its kind, the signature and the public key, in base64.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/ledger/iota/transaction.hpp"
#include "common/crypto/crypto.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// What the network has agreed on. Other values are for showing that the vectors would notice.
struct Scheme {
  std::uint8_t flag = 0;                                    ///< Ed25519
  std::array<std::uint8_t, 3> transaction_intent{0, 0, 0};  ///< scope, version, application
  std::array<std::uint8_t, 3> message_intent{3, 0, 0};
  std::string_view digest_salt = "TransactionData::";
};

/// By which the network knows the transaction; as text in base58.
[[nodiscard]] Digest digest_of(std::string_view transaction_bytes, const Scheme& scheme = {});
/// What is signed.
[[nodiscard]] Digest signing_hash(std::string_view transaction_bytes, const Scheme& scheme = {});
[[nodiscard]] Digest message_hash(std::string_view message, const Scheme& scheme = {});

[[nodiscard]] std::string sign_bytes(const Signer& signer, std::string_view transaction_bytes,
                                     const Scheme& scheme = {});
[[nodiscard]] std::string sign_message(const Signer& signer, std::string_view message, const Scheme& scheme = {});

/// Who signed; an error where the signature is not one of Ed25519, or not over this.
Result<Address> verify_transaction(std::string_view transaction_bytes, std::string_view signature,
                                   const Scheme& scheme = {});
Result<Address> verify_message(std::string_view message, std::string_view signature, const Scheme& scheme = {});

/// What is handed to the network, and handed to it again when in doubt: always these very bytes.
struct SignedTransaction {
  std::string bytes;
  std::vector<std::string> signatures;  ///< the sender's, then the sponsor's where there is one
  Digest digest;
  bool operator==(const SignedTransaction&) const = default;
};

/// An error for what `check` refuses, and where a key is not the sender's (the gas owner's).
Result<SignedTransaction> sign(const Transaction& transaction, const Signer& sender);
Result<SignedTransaction> sign_sponsored(const Transaction& transaction, const Signer& sender, const Signer& sponsor);

}  // namespace balans::iota
