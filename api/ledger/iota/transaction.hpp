#pragma once
// Programmable transactions of IOTA (Rebased), and their bytes. What the network alone makes, and publishing code, is
// left out and refused.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/ledger/iota/address.hpp"
#include "api/ledger/iota/type_tag.hpp"
#include "common/crypto/crypto.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// One version of an object.
struct ObjectRef {
  ObjectId id;
  std::uint64_t version = 0;
  Digest digest;
  bool operator==(const ObjectRef&) const = default;
};

// ---- inputs ----

/// A value as Move's BCS bytes.
struct Pure {
  std::string bytes;
  bool operator==(const Pure&) const = default;
};
/// An object of the sender's, or one that nobody can change.
struct Owned {
  ObjectRef ref;
  bool operator==(const Owned&) const = default;
};
enum class Access : std::uint8_t { Read, Write };
struct Shared {
  ObjectId id;
  std::uint64_t initial_version = 0;
  Access access = Access::Read;
  bool operator==(const Shared&) const = default;
};
/// An object that was sent to another object.
struct Receiving {
  ObjectRef ref;
  bool operator==(const Receiving&) const = default;
};
using Input = std::variant<Pure, Owned, Shared, Receiving>;

// ---- arguments of commands ----

struct GasCoin {
  bool operator==(const GasCoin&) const = default;
};
struct FromInput {
  std::uint16_t input = 0;
  bool operator==(const FromInput&) const = default;
};
/// The only result of an earlier command.
struct FromCommand {
  std::uint16_t command = 0;
  bool operator==(const FromCommand&) const = default;
};
/// One of the results of an earlier command.
struct FromResult {
  std::uint16_t command = 0;
  std::uint16_t result = 0;
  bool operator==(const FromResult&) const = default;
};
using Argument = std::variant<GasCoin, FromInput, FromCommand, FromResult>;

// ---- commands ----

struct MoveCall {
  ObjectId package;
  std::string module;
  std::string function;
  std::vector<TypeTag> type_arguments;
  std::vector<Argument> arguments;
  bool operator==(const MoveCall&) const = default;
};
struct TransferObjects {
  std::vector<Argument> objects;
  Argument recipient;
  bool operator==(const TransferObjects&) const = default;
};
/// Its results are as many coins as amounts.
struct SplitCoins {
  Argument coin;
  std::vector<Argument> amounts;
  bool operator==(const SplitCoins&) const = default;
};
struct MergeCoins {
  Argument destination;
  std::vector<Argument> sources;
  bool operator==(const MergeCoins&) const = default;
};
struct MakeVector {
  std::optional<TypeTag> type;
  std::vector<Argument> elements;
  bool operator==(const MakeVector&) const = default;
};
using Command = std::variant<MoveCall, TransferObjects, SplitCoins, MergeCoins, MakeVector>;

// ---- the whole ----

struct Programmable {
  std::vector<Input> inputs;
  std::vector<Command> commands;
  bool operator==(const Programmable&) const = default;
};

struct Gas {
  std::vector<ObjectRef> payment;  ///< all are merged into the first, which is the GasCoin
  Address owner;                   ///< the sender, or a sponsor, who signs too
  std::uint64_t price = 0;         ///< nanos per unit of gas, at least the epoch's reference price
  std::uint64_t budget = 0;        ///< nanos
  bool operator==(const Gas&) const = default;
};

struct Transaction {
  Programmable body;
  Address sender;
  Gas gas;
  std::optional<std::uint64_t> last_epoch;  ///< in which it is valid; after that it can never be executed
  bool operator==(const Transaction&) const = default;
};

/// Limits of the protocol, and ours where it has none.
inline constexpr std::size_t kMostGasCoins = 256;
inline constexpr std::size_t kMostInputs = 2048;
inline constexpr std::size_t kMostCommands = 1024;
inline constexpr std::size_t kMostArguments = 512;
inline constexpr std::size_t kMostPureBytes = 16 * 1024;
inline constexpr std::size_t kMostTransactionBytes = 128 * 1024;

/// An error where a limit is broken, an argument points at nothing that came before, a name is no name of Move, or an
/// object is used twice.
Result<void> check(const Transaction& transaction);

/// The bytes that are signed. Only of what `check` has no error for.
[[nodiscard]] std::string encode(const Transaction& transaction);
/// What is to be done without who pays for it.
[[nodiscard]] std::string encode(const Programmable& body);
/// Refuses every other encoding of the same, bytes after the end, and what `check` refuses.
Result<Transaction> decode_transaction(std::string_view bytes);

}  // namespace balans::iota
