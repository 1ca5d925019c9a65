#pragma once
// A wallet: an address on a chain that belongs to one account of the journal, and what is paid out of it.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/core/journal/id.hpp"
#include "api/core/settlement/chain.hpp"
#include "common/crypto/sealed_secret.hpp"

namespace balans::api::wallet {

using settlement::Amount;
using settlement::ChainName;

/// Of passwords, in bytes.
inline constexpr std::size_t kLeastPassword = 10;
inline constexpr std::size_t kMostPassword = 200;

/// Wrong passwords since the last right one, and when the last was tried.
struct Tries {
  std::int64_t wrong = 0;
  UnixTime last;
  bool operator==(const Tries&) const = default;
};
/// Those of one token at one wallet.
struct TokenTries {
  Tries tries;
  bool has_opened = false;  ///< it has given the password that there is now
  bool operator==(const TokenTries&) const = default;
};
/// Those of all tokens that have never opened it together, in a day.
struct StrangersTries {
  std::int64_t count = 0;
  UnixTime begun;  ///< the day
  bool operator==(const StrangersTries&) const = default;
};

struct Wallet {
  journal::Id id;  ///< made by whoever asks for it
  journal::Id account;
  std::optional<SiteId> site;  ///< the account's
  ChainName chain;
  std::string address;
  PublicKey key;
  std::optional<SealedSecret> seal;  ///< of its key's entropy; absent: the owner's agent keeps the key
  UnixTime made;
  std::optional<UnixTime> opened;  ///< the first time; from then on its words are never shown again
  StrangersTries strangers;
  bool operator==(const Wallet&) const = default;
};

// How a transaction of a wallet stands. Only what the chain shows as final ends it.

/// Its owner has not signed it.
struct Unsigned {
  bool operator==(const Unsigned&) const = default;
};
/// Signed: these bytes are handed over, and handed over again, until they are final.
struct Pending {
  bool operator==(const Pending&) const = default;
};
struct Paid {
  Amount fee;
  std::int64_t checkpoint = 0;
  bool operator==(const Paid&) const = default;
};
/// Executed, and it has paid nobody.
struct Failed {
  Amount fee;
  std::int64_t checkpoint = 0;
  std::string why;
  bool operator==(const Failed&) const = default;
};
/// It was unknown at a final checkpoint of that epoch, which is after its last.
struct Expired {
  std::int64_t epoch = 0;
  bool operator==(const Expired&) const = default;
};
using State = std::variant<Unsigned, Pending, Paid, Failed, Expired>;

struct Transaction {
  journal::Id id;  ///< made by whoever asks for it: the same one again is the same payment
  journal::Id wallet;
  ChainName chain;
  std::string digest;
  std::string bytes;                     ///< raw
  std::optional<std::string> signature;  ///< in the chain's own text
  std::vector<settlement::Input> inputs;
  settlement::Payment payment;
  Amount most_fee;
  std::int64_t last_epoch = 0;  ///< in which it can be executed
  UnixTime made;
  State state;
  bool operator==(const Transaction&) const = default;
};

inline bool is_open(const Transaction& transaction) {
  return std::holds_alternative<Unsigned>(transaction.state) || std::holds_alternative<Pending>(transaction.state);
}
std::string_view name_of(const State& state);  // "unsigned", "pending", "paid", "failed", "expired"

}  // namespace balans::api::wallet
