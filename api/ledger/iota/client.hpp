#pragma once
// Asks nodes, one after the other, until one of them answers.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/ledger/iota/answers.hpp"
#include "api/ledger/iota/requests.hpp"
#include "api/ledger/iota/retry.hpp"
#include "api/ledger/iota/transport.hpp"

namespace balans::iota {

/// Blocks as its transport does, and belongs to one thread at a time. An error says which method failed, and proves
/// nothing about a transaction: one that was handed over may have been executed, whatever the error.
class Client {
 public:
  /// `pause` waits that long; injected, so that tests need not.
  Client(std::vector<std::string> endpoints, Transport& transport, std::function<void(Millis)> pause,
         RetryRules rules = {});

  /// The first four bytes of the genesis checkpoint's digest, in hexadecimal: which network it is.
  Result<std::string> chain_identifier();
  Result<std::uint64_t> reference_gas_price();
  Result<SystemState> system_state();
  Result<std::uint64_t> latest_checkpoint();
  Result<Checkpoint> checkpoint(std::uint64_t number);

  /// All of them: at most `kMostCoins`, an error for more.
  Result<std::vector<Coin>> coins(const Address& owner);
  Result<Balance> balance(const Address& owner);
  Result<std::optional<ObjectState>> object(const ObjectId& id);

  Result<DryRun> dry_run(const Transaction& transaction);
  /// The very bytes, as often as one likes: the network executes them once.
  Result<Executed> execute(const SignedTransaction& transaction);
  /// Nothing where none of the nodes that answered knows of it: all were asked. It may be on its way all the same.
  Result<std::optional<Executed>> transaction(const Digest& digest);
  /// One page of at most `limit` after `cursor`.
  Result<ExecutedPage> transactions(Direction direction, const Address& address, const Cursor& cursor,
                                    std::int64_t limit = kPageSize, Order order = Order::OldestFirst);

  static constexpr std::size_t kMostCoins = 10'000;

 private:
  template <class T>
  Reply<T> ask(const Request& request, Reply<T> (*read)(std::string_view));
  template <class T>
  Result<T> demand(const Request& request, Reply<T> (*read)(std::string_view));

  std::vector<std::string> endpoints_;
  Transport& transport_;
  std::function<void(Millis)> pause_;
  RetryRules rules_;
  std::size_t first_ = 0;  ///< the endpoint that answered last
};

}  // namespace balans::iota
