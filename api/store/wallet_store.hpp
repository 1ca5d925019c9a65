#pragma once
// Aggregate of wallets: whose they are, their sealed keys, and what is paid out of them. Bytes and payments are added
// and never changed; the database refuses two transactions that may still be executed on one object.

#include <optional>
#include <string>
#include <vector>

#include "api/core/wallet/model.hpp"

namespace balans::api {

struct WalletQuery {
  std::optional<SiteId> site;
  std::optional<journal::Id> account;
  std::optional<journal::Id> after;
  std::size_t limit = 0;
};

/// An object that a new transaction must not use, up to and with that version. Absent: in no version, because one that
/// may still be executed uses it.
struct UsedObject {
  std::string object;
  std::optional<std::int64_t> up_to;
  bool operator==(const UsedObject&) const = default;
};

/// Where a page of transactions ended.
struct WalletCursor {
  UnixTime made;
  journal::Id id;
};

/// What is kept of the last restore of this database.
struct Restored {
  /// Nothing is paid out of wallets before that epoch, because what the copy has forgotten may still be executed.
  /// kUnasked: no chain has been asked since. Absent: nothing waits.
  std::optional<std::int64_t> wait_epoch;
  static constexpr std::int64_t kUnasked = -1;
  std::optional<UnixTime> ids_from;  ///< orders whose ids begin with an earlier time may be forgotten ones
  bool operator==(const Restored&) const = default;
};

/// Of what may still be executed, and is signed.
struct InFlight {
  settlement::Amount out;  ///< fees at their most
  settlement::Amount in;   ///< of other wallets' and of settlements
};

class WalletStore {
 public:
  virtual ~WalletStore() = default;

  // ---- wallets ----
  /// With a mode it becomes its account's payee address on the chain too, unless the account has one, or somebody else
  /// has the address.
  virtual Result<void> add(const wallet::Wallet& wallet, const std::optional<std::string>& payout_mode) = 0;
  virtual Result<std::optional<wallet::Wallet>> find(const journal::Id& id) = 0;
  virtual Result<std::optional<wallet::Wallet>> of_account(const wallet::ChainName& chain,
                                                           const journal::Id& account) = 0;
  virtual Result<std::optional<wallet::Wallet>> of_address(const wallet::ChainName& chain,
                                                           const std::string& address) = 0;
  /// By id; at most `limit`.
  virtual Result<std::vector<wallet::Wallet>> wallets(const WalletQuery& query) = 0;
  /// Another password for the same key: no token has given it yet.
  virtual Result<void> put_seal(const journal::Id& id, const SealedSecret& seal) = 0;
  /// `who`: a token, as the audit log names it. Of a wallet the newest `kMostTokens` are kept, those that have opened
  /// it rather than others. From `tries_of` on the tries of other processes wait until the transaction ends.
  virtual Result<wallet::TokenTries> tries_of(const journal::Id& id, const std::string& who) = 0;
  virtual Result<void> put_tries(const journal::Id& id, const std::string& who, const wallet::TokenTries& tries) = 0;
  virtual Result<void> put_strangers(const journal::Id& id, const wallet::StrangersTries& strangers) = 0;
  static constexpr std::int64_t kMostTokens = 50;
  /// The first time counts.
  virtual Result<void> note_opened(const journal::Id& id, UnixTime at) = 0;

  // ---- transactions ----
  virtual Result<void> add(const wallet::Transaction& transaction) = 0;
  virtual Result<std::optional<wallet::Transaction>> transaction(const journal::Id& id) = 0;
  virtual Result<std::optional<wallet::Transaction>> by_digest(const wallet::ChainName& chain,
                                                               const std::string& digest) = 0;
  /// Newest first, before that one; at most `limit`.
  virtual Result<std::vector<wallet::Transaction>> transactions(const journal::Id& wallet,
                                                                const std::optional<WalletCursor>& before,
                                                                std::size_t limit) = 0;
  /// That may still be executed, oldest first, after that one; of one wallet or of all.
  virtual Result<std::vector<wallet::Transaction>> open(const std::optional<journal::Id>& wallet,
                                                        const std::optional<WalletCursor>& after,
                                                        std::size_t limit) = 0;
  /// That may still be executed and pay to that address, oldest first.
  virtual Result<std::vector<wallet::Transaction>> open_to(const wallet::ChainName& chain, const std::string& address,
                                                           std::size_t limit) = 0;
  /// Of one that waits for it; false where it does not.
  virtual Result<bool> sign(const journal::Id& id, const std::string& signature) = 0;
  /// Of one that may still be executed; its inputs are used up, or free again. One that is over stays as it is.
  virtual Result<void> end(const wallet::Transaction& transaction) = 0;
  virtual Result<std::vector<UsedObject>> used_objects(const journal::Id& wallet) = 0;
  virtual Result<InFlight> in_flight(const wallet::Wallet& wallet) = 0;

  // ---- after a restore ----
  virtual Result<Restored> restored() = 0;
  /// How it stands next, where it still waits for that epoch. Nothing where something was lost once more meanwhile, as
  /// other processes and people say.
  virtual Result<void> go_on(std::int64_t wait_epoch, const Restored& next) = 0;
};

}  // namespace balans::api
