#include "api/ledger/iota/wallet_key.hpp"

#include <algorithm>

#include "api/ledger/iota/keys.hpp"
#include "api/ledger/iota/mnemonic.hpp"
#include "common/check.hpp"

namespace balans::iota {
namespace {

constexpr std::size_t kMostWordsText = 1000;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// As `entropy_of` reads them: one space between two words, small letters.
SecretText tidied(std::string_view words) {
  std::string text;
  text.reserve(words.size());  // no copy of it is left behind in memory
  for (const char c : words) {
    if (!is_space(c))
      text += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return SecretText(std::move(text));
}

}  // namespace

SecretText words_of(const Secret<32>& entropy) {
  auto words = mnemonic_of({reinterpret_cast<const char*>(entropy.bytes.data()), entropy.bytes.size()});
  BALANS_CHECK(words.ok());  // of 32 bytes there are always words
  return SecretText(std::move(*words));
}

Result<SecretText> entropy_of_words(std::string_view words) {
  if (words.size() > kMostWordsText) return Error{"words", "expected 12 to 24 words"};
  auto entropy = entropy_of(tidied(words).str());
  if (!entropy) return Error{"words", entropy.error().what};
  return SecretText(std::move(*entropy));
}

Result<SecretText> words_of_entropy(std::string_view entropy) {
  auto words = mnemonic_of(entropy);
  if (!words) return words.error();
  return SecretText(std::move(*words));
}

Result<std::unique_ptr<Signer>> signer_of_entropy(std::string_view entropy) {
  const auto words = words_of_entropy(entropy);
  if (!words) return words.error();
  return signer_from_mnemonic(words->str(), kWalletPath);
}

std::string possession_text(const DeploymentId& deployment, std::string_view account, const Address& address) {
  return "balans/1/wallet-owner\n" + to_hex(deployment.bytes) + "\n" + std::string(account) + "\n" + to_text(address);
}

std::string seal_context(const DeploymentId& deployment, std::string_view wallet, const Address& address) {
  return "balans/1/wallet-seal\n" + to_hex(deployment.bytes) + "\n" + std::string(wallet) + "\n" + to_text(address);
}

Result<void> check_payment(std::string_view bytes, const Address& from, const Payment& payment,
                           const PaymentBounds& bounds) {
  const auto transaction = decode_transaction(bytes);
  if (!transaction) return transaction.error().within("transaction");
  const auto refuse = [](const std::string& what) { return Error{"transaction", what}; };
  if (transaction->sender != from || transaction->gas.owner != from)
    return refuse("its sender is " + to_text(transaction->sender) + ", expected " + to_text(from));
  const auto expected = pay({&payment, 1});
  if (!expected) return expected.error();
  if (!(transaction->body == *expected))
    return refuse("it does something else than to pay " + std::to_string(payment.nanos) + " nanos to " +
                  to_text(payment.to));
  if (transaction->gas.budget > bounds.most_fee)
    return refuse("its fee may be " + std::to_string(transaction->gas.budget) + " nanos, expected " +
                  std::to_string(bounds.most_fee) + " at most");
  if (!transaction->last_epoch) return refuse("it never expires");
  if (*transaction->last_epoch > bounds.last_epoch)
    return refuse("it could be executed until the end of epoch " + std::to_string(*transaction->last_epoch) +
                  ", expected " + std::to_string(bounds.last_epoch) + " at most");
  return {};
}

}  // namespace balans::iota
