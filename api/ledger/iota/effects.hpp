#pragma once
// What the network says has come of a transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {

/// All in nanos. Charged are computation + storage - rebate.
struct GasUsed {
  std::uint64_t computation = 0;
  std::uint64_t storage = 0;         ///< of all objects made or changed
  std::uint64_t rebate = 0;          ///< what the storage of their former versions had cost
  std::uint64_t non_refundable = 0;  ///< part of that which stays with the system
  bool operator==(const GasUsed&) const = default;
};

enum class Outcome : std::uint8_t { Success, Failure };

/// An object in the version that a transaction found it in.
struct UsedUp {
  ObjectId id;
  std::uint64_t version = 0;
  bool operator==(const UsedUp&) const = default;
};

struct Effects {
  Digest transaction;
  Outcome outcome = Outcome::Failure;
  std::string error;  ///< of a failure, which costs gas all the same
  std::uint64_t epoch = 0;
  GasUsed gas;
  ObjectRef gas_coin;              ///< its new version
  std::vector<ObjectRef> created;  ///< new versions
  std::vector<ObjectRef> mutated;  ///< new versions, that of the gas coin among them
  std::vector<ObjectRef> deleted;  ///< with what is wrapped now: there is no such object any more
  std::vector<UsedUp> used_up;     ///< versions that no other transaction can use any more
};

/// What an address has more or less of the IOTA coin, gas included.
struct BalanceChange {
  Address owner;
  std::int64_t nanos = 0;
};

/// A transaction that was executed.
struct Executed {
  Digest digest;
  std::optional<Effects> effects;
  std::optional<std::vector<BalanceChange>> changes;  ///< only of the IOTA coin, and of addresses
  std::optional<std::uint64_t> checkpoint;            ///< that holds it: from then on it is final
  std::optional<std::uint64_t> timestamp_ms;          ///< of that checkpoint
  std::optional<Address> sender;                      ///< only where it was asked for: in lists of transactions
};

/// What somebody has paid to an address.
struct Deposit {
  Digest transaction;
  std::uint64_t checkpoint = 0;
  std::uint64_t nanos = 0;
  std::vector<Address> payers;  ///< whoever has less than before
};

/// Nothing for what is not final, has failed, or leaves `own` with no more than before.
[[nodiscard]] std::optional<Deposit> deposit_to(const Address& own, const Executed& executed);

}  // namespace balans::iota
