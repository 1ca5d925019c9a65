#pragma once
// Wallets, in either engine.

#include "api/store/sql.hpp"
#include "api/store/wallet_store.hpp"

namespace balans::api {

class SqlWallets final : public WalletStore {
 public:
  explicit SqlWallets(sql::Connection& connection) : connection_(connection) {}

  Result<void> add(const wallet::Wallet& wallet, const std::optional<std::string>& payout_mode) override;
  Result<std::optional<wallet::Wallet>> find(const journal::Id& id) override;
  Result<std::optional<wallet::Wallet>> of_account(const wallet::ChainName& chain, const journal::Id& account) override;
  Result<std::optional<wallet::Wallet>> of_address(const wallet::ChainName& chain, const std::string& address) override;
  Result<std::vector<wallet::Wallet>> wallets(const WalletQuery& query) override;
  Result<void> put_seal(const journal::Id& id, const SealedSecret& seal) override;
  Result<wallet::TokenTries> tries_of(const journal::Id& id, const std::string& who) override;
  Result<void> put_tries(const journal::Id& id, const std::string& who, const wallet::TokenTries& tries) override;
  Result<void> put_strangers(const journal::Id& id, const wallet::StrangersTries& strangers) override;
  Result<void> note_opened(const journal::Id& id, UnixTime at) override;

  Result<void> add(const wallet::Transaction& transaction) override;
  Result<std::optional<wallet::Transaction>> transaction(const journal::Id& id) override;
  Result<std::optional<wallet::Transaction>> by_digest(const wallet::ChainName& chain,
                                                       const std::string& digest) override;
  Result<std::vector<wallet::Transaction>> transactions(const journal::Id& wallet,
                                                        const std::optional<WalletCursor>& before,
                                                        std::size_t limit) override;
  Result<std::vector<wallet::Transaction>> open(const std::optional<journal::Id>& wallet,
                                                const std::optional<WalletCursor>& after, std::size_t limit) override;
  Result<std::vector<wallet::Transaction>> open_to(const wallet::ChainName& chain, const std::string& address,
                                                   std::size_t limit) override;
  Result<bool> sign(const journal::Id& id, const std::string& signature) override;
  Result<void> end(const wallet::Transaction& transaction) override;
  Result<std::vector<UsedObject>> used_objects(const journal::Id& wallet) override;
  Result<InFlight> in_flight(const wallet::Wallet& wallet) override;
  Result<Restored> restored() override;
  Result<void> go_on(std::int64_t wait_epoch, const Restored& next) override;

 private:
  using Rows = Result<std::unique_ptr<sql::Rows>>;
  Result<std::vector<wallet::Transaction>> with_inputs(const Rows& rows);
  Result<std::optional<wallet::Transaction>> only(const Rows& rows);
  Result<settlement::Amount> amount(const Rows& rows) const;

  sql::Connection& connection_;
};

}  // namespace balans::api
