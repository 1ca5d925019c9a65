#pragma once
// One wallet on IOTA, as the loop of settlements sees it.

#include <set>
#include <vector>

#include "api/ledger/iota/builder.hpp"
#include "api/ledger/iota/client.hpp"
#include "api/ledger/iota/coin_queue.hpp"
#include "api/ledger/iota/network.hpp"
#include "api/ledger/iota/pinned_nodes.hpp"
#include "api/ledger/iota/user_of.hpp"
#include "api/ledger/ledger.hpp"

namespace balans::api {

/// What a transaction of payments costs at most at that price of a unit of gas: computation and the adapter's overhead
/// of 1,000 units each, 20 units for each payment, and the storage of the gas coin and of each coin that is paid.
settlement::FeeQuote quote_at(std::uint64_t gas_price);

/// Every question is asked of one node after the other until one of them has answered all that belongs together; there
/// are no pauses: the loop comes again. Belongs to one thread at a time.
class IotaLedger final : public Ledger {
 public:
  /// `transport` and `signer`, the wallet's key, outlive this.
  IotaLedger(const iota::Network& network, iota::Transport& transport, const Signer& signer);

  /// The wallet's.
  [[nodiscard]] const iota::Address& address() const { return address_; }

  Result<settlement::Tip> tip() override;
  Result<settlement::SignedTransaction> build(std::span<const settlement::Payment> payments,
                                              std::span<const settlement::Input> in_use,
                                              std::int64_t last_epoch) override;
  Result<void> submit(const settlement::SignedTransaction& transaction) override;
  Result<settlement::Status> status(const settlement::SignedTransaction& transaction) override;
  Result<settlement::History> history(const std::string& position, std::size_t limit) override;

 private:
  /// What is to be paid, and out of what.
  struct Order {
    iota::Programmable body;
    std::uint64_t nanos = 0;
    std::size_t payments = 0;
    std::set<iota::ObjectId> in_use;
    std::uint64_t last_epoch = 0;
  };
  /// A transaction that was kept, as the adapter reads it.
  struct Kept {
    iota::SignedTransaction transaction;
    std::vector<iota::ObjectRef> payment;
    std::int64_t last_epoch = 0;
  };

  template <class Ask>
  auto at_one_node(Ask ask) -> decltype(ask(std::declval<iota::Client&>()));

  Result<settlement::Tip> tip_at(iota::Client& node) const;
  Result<Order> order_of(std::span<const settlement::Payment> payments, std::span<const settlement::Input> in_use,
                         std::int64_t last_epoch) const;
  Result<settlement::SignedTransaction> build_at(iota::Client& node, const Order& order);
  Result<iota::Chosen> choose(std::uint64_t nanos, const std::set<iota::ObjectId>& but) const;
  Result<settlement::SignedTransaction> signed_of(const iota::Transaction& transaction) const;
  Result<Kept> kept_of(const settlement::SignedTransaction& transaction) const;
  Result<settlement::Status> fate_at(iota::Client& node, const Kept& kept);
  Result<settlement::Status> fate_of(const iota::Executed& executed);
  /// Of one that the node does not know: whether its coins are still as it found them.
  Result<settlement::Status> unknown_at(iota::Client& node, const Kept& kept, std::int64_t epoch) const;
  static Result<settlement::Status> used_by(const Digest& digest, const iota::ObjectRef& ref,
                                            const std::optional<iota::UsedBy>& user);
  Result<void> note(const Kept& kept, const settlement::Status& status);

  const iota::Network network_;
  const Signer& signer_;
  const iota::Address address_;
  iota::PinnedNodes nodes_;
  std::vector<iota::Client> clients_;  ///< one for each endpoint
  std::size_t first_ = 0;              ///< the one that answered last
  iota::CoinQueue queue_;
};

}  // namespace balans::api
