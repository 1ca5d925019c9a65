#pragma once
// IOTA as wallets see it: what an address holds, how a payment of it looks, what became of one, and what went in and
// out. Bytes in, bytes out: it holds no key, signs nothing, and knows neither the journal nor the database.

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/core/settlement/chain.hpp"
#include "api/ledger/iota/client.hpp"
#include "api/ledger/iota/network.hpp"
#include "api/ledger/wallet_history.hpp"

namespace balans::api {

/// A payment before it is signed.
struct Drafted {
  std::string digest;
  std::string bytes;  ///< raw
  std::vector<settlement::Input> inputs;
  settlement::Amount most_fee;
  std::int64_t last_epoch = 0;
};
/// There is enough once what is in flight is settled.
struct CoinsBusy {};
/// There is not: this is the most that it could pay, its fee included.
struct TooLittle {
  settlement::Amount holds;
};
struct TooDear {
  settlement::Amount fee;
};
using Draft = std::variant<Drafted, CoinsBusy, TooLittle, TooDear>;

/// An object that must not be used: up to that version, or, where it is absent, in no version.
struct KeptObject {
  std::string object;
  std::optional<std::int64_t> up_to;
};

/// What one address is to pay.
struct DraftOrder {
  std::string from;
  settlement::Payment payment;
  std::vector<KeptObject> kept;
  settlement::Amount most_fee;  ///< more is not paid for it
};

/// A transaction that is asked after.
struct AskedAfter {
  std::string digest;
  std::int64_t last_epoch = 0;            ///< in which it can be executed
  std::vector<settlement::Input> inputs;  ///< in the signed versions; none where nobody has signed it
  iota::Address owner{};                  ///< of these
};

/// As the node that was asked has it; of at most a billion epochs and the year 3000.
struct NewestCheckpoint {
  std::int64_t epoch = 0;
  UnixTime at;
};

/// Calls block as the transport does, for a bounded time; it belongs to one thread at a time. An error says only that
/// there is no answer.
class WalletChain {
 public:
  /// `pause` waits that long.
  WalletChain(iota::Network network, iota::Transport& transport, std::function<void(Millis)> pause);

  Result<settlement::Amount> balance(const std::string& address);
  Result<Draft> draft(const DraftOrder& order, UnixTime now);
  /// The very bytes, as often as one likes. Success: they were taken.
  Result<void> submit(const std::string& bytes, const std::string& signature);
  /// Asks each node in turn until one knows of it. Unknown is what one node says at one final checkpoint, and the
  /// others that answer do not contradict. Unknown after its last epoch is what the coins of the same node prove:
  /// nodes forget transactions. Without that proof it is pending.
  Result<settlement::Status> status(const AskedAfter& asked);
  Result<NewestCheckpoint> newest();
  Result<std::int64_t> epoch();
  /// Oldest first, after `position`; an empty one is the beginning.
  Result<WalletHistory> history(const std::string& address, const std::string& position);

  /// Where people look a transaction up; nothing where the network names no explorer.
  [[nodiscard]] std::optional<std::string> link_to(std::string_view digest) const;

 private:
  Result<void> check_chain(iota::Client& client) const;
  Result<std::optional<settlement::Status>> status_at(iota::Client& node, const AskedAfter& asked,
                                                      const Digest& digest) const;

  iota::Network network_;
  iota::Transport& transport_;
  std::function<void(Millis)> pause_;
  iota::Client client_;
};

}  // namespace balans::api
