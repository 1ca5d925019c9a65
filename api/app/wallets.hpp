#pragma once
// Use cases of wallets and their keys: making one, restoring it, opening and closing it. What is paid out of them is in
// wallet_payments.hpp. They take a while, for a password is dear to try: they run on a thread that may wait, one at a
// time, and each owns its transactions.

#include <optional>
#include <string>

#include "api/app/wallet_outcome.hpp"
#include "api/app/wallet_sessions.hpp"
#include "api/core/journal/model.hpp"
#include "api/ledger/iota/network.hpp"
#include "api/ledger/iota/wallet_key.hpp"
#include "api/store/store.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::api {

/// Of all wallets of one api.
struct WalletTerms {
  DeploymentId deployment;
  iota::Network network;
  SealCost cost = {};
  /// That of the api's own hot wallet, which is nobody's: its coins are chosen elsewhere.
  std::optional<std::string> operator_address = {};
  settlement::ChainName chain = *settlement::ChainName::parse("iota");
  std::int64_t expiry_epochs = 1;  ///< of settlements, by the same database
};

/// Who asks, and how it is noted in the audit log.
struct WalletCaller {
  std::string who;   ///< `token 1a2b3c4d`
  std::string what;  ///< `POST /v1/wallets`
};

/// The owner's agent keeps the key, and shows that it has it.
struct OwnKey {
  std::string address;
  PublicKey key;
  std::string proof;  ///< over `iota::possession_text`
};
/// The api keeps it, sealed with this password; made of these words where there are any.
struct SealedKey {
  SecretText password;
  std::optional<SecretText> words;
};
struct NewWallet {
  journal::Id id;
  journal::Account account;
  std::optional<std::string> payout_mode;  ///< absent: its address becomes nobody's payee address
  std::variant<OwnKey, SealedKey> key;
};

struct MadeWallet {
  wallet::Wallet wallet;
  std::optional<SecretText> words;  ///< to be shown now, and never after the wallet was opened
};

struct OpenedWallet {
  std::string secret;
  UnixTime ends;
};

class Wallets {
 public:
  Wallets(WalletTerms terms, WalletSessions& sessions, const Clock& clock)
      : terms_(std::move(terms)), sessions_(sessions), clock_(clock) {}

  /// The same one asked for again is answered as before, backup words and all, until it was opened: an answer that was
  /// lost costs nobody a wallet.
  WalletOutcome<MadeWallet> make(Store& store, const NewWallet& wanted, const WalletCaller& caller);
  /// Another password, for whoever has the words.
  WalletOutcome<wallet::Wallet> restore(Store& store, const wallet::Wallet& wallet, std::string_view words,
                                        std::string_view password, const WalletCaller& caller);
  WalletOutcome<OpenedWallet> open(Store& store, const wallet::Wallet& wallet, std::string_view password,
                                   const WalletCaller& caller);
  void close(const wallet::Wallet& wallet, const WalletCaller& caller) { sessions_.close(wallet.id, caller.who); }

  [[nodiscard]] const WalletTerms& terms() const { return terms_; }

 private:
  Result<std::variant<wallet::Wallet, WalletRefused>> with_own_key(const NewWallet& wanted, const OwnKey& key) const;
  Result<std::variant<MadeWallet, WalletRefused>> with_sealed_key(const NewWallet& wanted, const SealedKey& key) const;
  WalletOutcome<MadeWallet> made_before(Store& store, const NewWallet& wanted, const wallet::Wallet& there,
                                        const WalletCaller& caller);
  Result<SealedSecret> sealed(std::string_view entropy, std::string_view password, const journal::Id& id,
                              const iota::Address& address) const;
  /// Counts the try before it is made, for this caller. A key's entropy.
  WalletOutcome<SecretText> try_password(Store& store, const journal::Id& id, std::string_view password,
                                         const WalletCaller& caller);

  const WalletTerms terms_;
  WalletSessions& sessions_;
  const Clock& clock_;
};

/// Into the audit log, in the caller's transaction.
Result<void> note(Store& store, const WalletCaller& caller, const wallet::Wallet& wallet, UnixTime now);

}  // namespace balans::api
