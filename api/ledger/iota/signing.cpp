#include "api/ledger/iota/signing.hpp"

#include <algorithm>
#include <span>

#include "api/ledger/iota/bcs.hpp"
#include "common/crypto/base64.hpp"

namespace balans::iota {
namespace {

constexpr std::size_t kSignatureBytes = 1 + 64 + 32;

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest hash_of(std::string_view start, std::string_view bytes) {
  std::string text;
  text.reserve(start.size() + bytes.size());
  text += start;
  text += bytes;
  return blake2b(text);
}

std::string sign_hash(const Signer& signer, const Digest& hash, const Scheme& scheme) {
  std::string bytes;
  bytes.reserve(kSignatureBytes);
  bytes.push_back(static_cast<char>(scheme.flag));
  bytes += text_of(signer.sign(text_of(hash.bytes)).bytes);
  bytes += text_of(signer.public_key().bytes);
  return to_base64(bytes);
}

Result<Address> verify_hash(const Digest& hash, std::string_view signature, const Scheme& scheme) {
  const auto bytes = from_base64(signature, kSignatureBytes);
  if (!bytes) return bytes.error().within("signature");
  if (bytes->size() != kSignatureBytes || bytes->front() != static_cast<char>(scheme.flag))
    return Error{"signature", "not one of Ed25519, which is flag 0, 64 bytes and a key of 32"};
  Signature sig;
  PublicKey key;
  std::copy_n(bytes->begin() + 1, sig.bytes.size(), sig.bytes.begin());
  std::copy_n(bytes->begin() + 65, key.bytes.size(), key.bytes.begin());
  if (!verify(key, text_of(hash.bytes), sig)) return Error{"signature", "not over this, or not by this key"};
  return address_of(key);
}

Result<void> expect_key_of(const Address& address, const Signer& signer, const std::string& whose) {
  const Address own = address_of(signer.public_key());
  if (own == address) return {};
  return Error{"transaction, " + whose, to_text(address) + " is not the address of the key, which is " + to_text(own)};
}

Result<SignedTransaction> sign_by(const Transaction& transaction, std::span<const Signer* const> signers) {
  if (const auto sound = check(transaction); !sound) return sound.error();
  if (transaction.gas.payment.empty()) return Error{"transaction, gas payment", "there is no coin in it"};
  SignedTransaction result;
  result.bytes = encode(transaction);
  if (result.bytes.size() > kMostTransactionBytes)
    return Error{"transaction", std::to_string(result.bytes.size()) + " bytes, at most " +
                                    std::to_string(kMostTransactionBytes) + " are allowed"};
  result.digest = digest_of(result.bytes);
  for (const Signer* signer : signers) result.signatures.push_back(sign_bytes(*signer, result.bytes));
  return result;
}

}  // namespace

Digest digest_of(std::string_view transaction_bytes, const Scheme& scheme) {
  return hash_of(scheme.digest_salt, transaction_bytes);
}

Digest signing_hash(std::string_view transaction_bytes, const Scheme& scheme) {
  return hash_of(text_of(scheme.transaction_intent), transaction_bytes);
}

Digest message_hash(std::string_view message, const Scheme& scheme) {
  bcs::Encoder out;
  out.bytes(message);
  return hash_of(text_of(scheme.message_intent), out.take());
}

std::string sign_bytes(const Signer& signer, std::string_view transaction_bytes, const Scheme& scheme) {
  return sign_hash(signer, signing_hash(transaction_bytes, scheme), scheme);
}

std::string sign_message(const Signer& signer, std::string_view message, const Scheme& scheme) {
  return sign_hash(signer, message_hash(message, scheme), scheme);
}

Result<Address> verify_transaction(std::string_view transaction_bytes, std::string_view signature,
                                   const Scheme& scheme) {
  return verify_hash(signing_hash(transaction_bytes, scheme), signature, scheme);
}

Result<Address> verify_message(std::string_view message, std::string_view signature, const Scheme& scheme) {
  return verify_hash(message_hash(message, scheme), signature, scheme);
}

Result<SignedTransaction> sign(const Transaction& transaction, const Signer& sender) {
  if (const auto own = expect_key_of(transaction.sender, sender, "sender"); !own) return own.error();
  if (transaction.gas.owner != transaction.sender)
    return Error{"transaction, gas owner", "somebody else, who has to sign too"};
  const Signer* const signers[] = {&sender};
  return sign_by(transaction, signers);
}

Result<SignedTransaction> sign_sponsored(const Transaction& transaction, const Signer& sender, const Signer& sponsor) {
  if (const auto own = expect_key_of(transaction.sender, sender, "sender"); !own) return own.error();
  if (const auto own = expect_key_of(transaction.gas.owner, sponsor, "gas owner"); !own) return own.error();
  const Signer* const signers[] = {&sender, &sponsor};
  return sign_by(transaction, signers);
}

}  // namespace balans::iota
