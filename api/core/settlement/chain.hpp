#pragma once
// What the loop and a chain say to each other, whichever chain it is. Amounts are in the journal's scale of the asset;
// texts are the chain's own, and printable ASCII.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/trade/amount.hpp"
#include "common/units.hpp"

namespace balans::api::settlement {

using trade::Amount;

/// What we call a chain: "iota".
using ChainName = Name<struct ChainNameTag>;

inline constexpr std::size_t kMostAddress = 66;  ///< bytes of text: 0x and 64 digits
inline constexpr std::size_t kMostDigest = 66;   ///< bytes of text
inline constexpr std::size_t kMostObject = 66;   ///< bytes of text
inline constexpr std::size_t kMostTransactionBytes = 128 * 1024;
inline constexpr std::size_t kMostSignatureBytes = 1024;
inline constexpr std::size_t kMostInputs = 256;

/// What a chain says of itself.
struct ChainIdentity {
  std::string id;
  std::string genesis;  ///< digest of its first checkpoint or block
  bool operator==(const ChainIdentity&) const = default;
};

/// What a transaction costs at most: `base`, and `each` for every payment in it.
struct FeeQuote {
  Amount base;
  Amount each;
  bool operator==(const FeeQuote&) const = default;
};

/// The chain as it is at one final checkpoint.
struct Tip {
  ChainIdentity chain;
  std::int64_t epoch = 0;
  Amount holdings;  ///< of our own addresses
  FeeQuote fee;
  std::string address;  ///< whose holdings they are, and whose key signs
};

/// One amount that is to be paid to one address.
struct Payment {
  std::string address;
  Amount amount;
  bool operator==(const Payment&) const = default;
};

/// What only one final transaction can ever use up: an object in one version, or a nonce of an address.
struct Input {
  std::string object;
  std::int64_t version = 0;
  auto operator<=>(const Input&) const = default;
};

/// A transaction that is complete and signed. What is submitted, and submitted again, is exactly this.
struct SignedTransaction {
  std::string digest;     ///< by which the chain knows it
  std::string bytes;      ///< raw
  std::string signature;  ///< raw
  std::vector<Input> inputs;
  Amount most_fee;
  std::optional<std::int64_t> expiry_epoch;  ///< the last epoch in which it can be executed. Absent: it does not expire
  bool operator==(const SignedTransaction&) const = default;
};

// What became of a transaction, as one node sees it at one final checkpoint.

/// The node has no trace of it, at a checkpoint of that epoch. The epoch was read before the transaction was asked for.
struct Unknown {
  std::int64_t epoch = 0;
};
/// It is there, and not final.
struct Pending {};
/// It is final and has paid.
struct Executed {
  Amount fee;
  std::int64_t checkpoint = 0;
};
/// It is final, has paid nobody, and has cost its fee.
struct ExecutedInVain {
  Amount fee;
  std::int64_t checkpoint = 0;
  std::string why;
};
/// It is unknown, and another transaction that is final has used one of its inputs.
struct InputUsed {
  Input input;
  std::string by;  ///< digest
  std::int64_t checkpoint = 0;
};
using Status = std::variant<Unknown, Pending, Executed, ExecutedInVain, InputUsed>;

/// Who made a transaction: one of our own keys, or somebody else.
enum class Origin : std::uint8_t { Ours, Others };

struct Output {
  std::int64_t number = 0;  ///< its place in the transaction
  std::string address;
  Amount amount;
};

/// A final transaction that has to do with our own addresses.
struct Movement {
  std::string digest;
  std::int64_t checkpoint = 0;
  Origin origin = Origin::Others;
  std::string sender;
  Amount fee;                   ///< that it has cost us
  std::vector<Output> outputs;  ///< of ours: what went to others. Of others: what came to us
};

/// Of the history of our own addresses, in the chain's order. The same movement may come again.
struct History {
  std::vector<Movement> movements;
  std::string position;      ///< where the next page begins
  bool is_complete = false;  ///< there is nothing after these, as one node sees it at one final checkpoint:
  UnixTime at;               ///< its time, by the chain's clock
  std::int64_t epoch = 0;    ///< its epoch
};

}  // namespace balans::api::settlement
