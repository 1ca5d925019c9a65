#pragma once
// Use cases of what wallets hold and pay. Whatever is signed is stored before it is handed over, and only these bytes
// are handed over again. They ask the chain, so they run on one thread that may wait; no chain is asked inside a
// transaction of the database.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/app/wallets.hpp"
#include "api/core/wallet/next.hpp"
#include "api/ledger/wallet_chain.hpp"

namespace balans::api {

/// What somebody wants paid. `id` is made by whoever asks: the same one again is the same payment.
struct PaymentOrder {
  journal::Id id;
  settlement::Payment payment;
  settlement::Amount most_fee;
};

struct WalletHoldings {
  std::optional<settlement::Amount> balance;  ///< absent: no node has answered
  std::optional<std::int64_t> epoch;          ///< the chain's; likewise
  InFlight in_flight;
};

/// Belongs to one thread.
class WalletPayments {
 public:
  /// `expiry_epochs`: of settlements. What was signed before a restore may be executed so much longer.
  WalletPayments(settlement::ChainName name, WalletChain& chain, const Clock& clock, std::int64_t expiry_epochs = 1)
      : name_(std::move(name)),
        chain_(chain),
        clock_(clock),
        wait_epochs_(std::max<std::int64_t>(expiry_epochs, 1) + 1) {}

  /// Without a signer the transaction waits for its owner's signature.
  WalletOutcome<wallet::Transaction> send(Store& store, const wallet::Wallet& wallet, const PaymentOrder& order,
                                          const Signer* signer, const WalletCaller& caller);
  /// Its owner has signed it.
  WalletOutcome<wallet::Transaction> sign(Store& store, const wallet::Wallet& wallet,
                                          const wallet::Transaction& unsigned_one, const std::string& signature,
                                          const WalletCaller& caller);

  Result<WalletHoldings> holdings(Store& store, const wallet::Wallet& wallet);
  WalletOutcome<WalletHistory> history(const wallet::Wallet& wallet, const std::string& position);
  /// Asks what became of those that may still be executed, the oldest first; of one wallet, or on a timer a few of all.
  /// Where no node answers they stay as they are.
  Result<void> refresh(Store& store, const std::optional<journal::Id>& wallet);

  [[nodiscard]] std::optional<std::string> link_to(std::string_view digest) const { return chain_.link_to(digest); }

  static constexpr std::size_t kRefreshedAtOnce = 20;

 private:
  /// After a restore: how it stands, once the chain was asked.
  Result<Restored> look_after_restore(Store& store);
  Result<std::vector<KeptObject>> kept_objects(Store& store, const wallet::Wallet& wallet) const;
  WalletOutcome<wallet::Transaction> ordered_before(Store& store, const wallet::Wallet& wallet,
                                                    const PaymentOrder& order, const wallet::Transaction& there);
  /// Until one of them finds no answer.
  Result<void> advance_all(Store& store, std::vector<wallet::Transaction> open);
  /// Does what comes next, as far as the chain answers now. `status`: what is known already.
  Result<wallet::Transaction> advance(Store& store, wallet::Transaction transaction,
                                      std::optional<settlement::Status> status);

  const settlement::ChainName name_;
  WalletChain& chain_;
  const Clock& clock_;
  std::map<std::string, UnixTime> submitted_;  ///< by digest; only of those that may still be executed
  bool is_silent_ = false;                     ///< the chain gave no answer when it was last asked
  const std::int64_t wait_epochs_;
  std::optional<UnixTime> copy_seen_;      ///< since when it is known that the database is one, and no chain asked
  std::optional<WalletCursor> refreshed_;  ///< where the timer goes on
};

}  // namespace balans::api
