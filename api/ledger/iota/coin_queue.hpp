#pragma once
// A wallet's coins, each version of which pays in exactly one transaction. Two transactions that use one version of an
// object would lock it until the epoch ends, and neither might be executed: so whatever has been signed holds its
// objects until the network has told what came of it, or it can never be executed any more.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "api/ledger/iota/answers.hpp"
#include "api/ledger/iota/signing.hpp"

namespace balans::iota {

struct CoinRules {
  std::uint64_t dust_below = 10'000'000;  ///< nanos; smaller coins are merged along with the next payment
  std::size_t dust_at_once = 32;
};

/// All are put into the gas payment, in this order: the first is the one that stays.
struct Chosen {
  std::vector<Coin> coins;
};
/// There is enough once what is in flight is settled.
struct Busy {};
/// There is not: this is the most that one transaction could take.
struct Short {
  std::uint64_t nanos = 0;
};
using Choice = std::variant<Chosen, Busy, Short>;

class CoinQueue {
 public:
  explicit CoinQueue(CoinRules rules = {}) : rules_(rules) {}

  /// All coins that a node lists. What is held stays as it is, and what this queue knows to be newer, or gone.
  Result<void> refresh(const std::vector<Coin>& listed);

  /// For so many nanos, gas budget included: the smallest coin that suffices, or else the largest ones; and dust.
  /// None of `but`: they belong to transactions that are kept elsewhere.
  [[nodiscard]] Choice choose(std::uint64_t nanos, const std::set<ObjectId>& but = {}) const;

  /// From now on no other transaction may use its objects. Once it is stored and before it is handed over; after a
  /// restart, before anything else. Doing it again changes nothing. An error where it would equivocate.
  Result<void> hold(const SignedTransaction& transaction);
  /// What is in flight is handed over again with these bytes and no others. Null where nothing of that digest is.
  [[nodiscard]] const SignedTransaction* in_flight(const Digest& digest) const;
  [[nodiscard]] std::vector<Digest> all_in_flight() const;

  /// The network executed it, with success or without: coins have new versions, or are gone.
  Result<void> settle(const Effects& effects);
  /// It can never be executed: `epoch` has begun, which is after its last one, and no final transaction of that digest
  /// exists; whoever calls this has asked. Its coins are free again.
  Result<void> expire(const Digest& digest, std::uint64_t epoch);

  /// It can never be executed: another final transaction has used one of its objects. The others are free again.
  Result<void> release(const Digest& digest);

  /// Of coins that nothing holds.
  [[nodiscard]] std::uint64_t free_nanos() const;

  static constexpr std::size_t kMostCoins = 10'000;
  static constexpr std::size_t kMostInFlight = 1'000;

 private:
  struct Entry {
    ObjectRef ref;
    std::optional<std::uint64_t> nanos;  ///< nothing until a node has told
    std::optional<Digest> held_by;
  };
  struct InFlight {
    SignedTransaction transaction;
    std::vector<ObjectRef> payment;
    std::vector<ObjectRef> objects;      ///< beside the payment
    std::optional<std::uint64_t> spent;  ///< out of the gas coin; nothing where the commands do not tell
    std::optional<std::uint64_t> last_epoch;
  };

  [[nodiscard]] std::vector<Coin> free_coins(const std::set<ObjectId>& but) const;
  [[nodiscard]] bool might_suffice_later(std::uint64_t nanos, const std::set<ObjectId>& but) const;
  [[nodiscard]] std::optional<std::uint64_t> left_in_gas_coin(const InFlight& flight, const Effects& effects) const;
  [[nodiscard]] Result<void> may_hold(const ObjectRef& ref, const Digest& by) const;
  void let_go(const InFlight& flight);
  void renew(const ObjectRef& before, const Effects& effects, std::optional<std::uint64_t> nanos);
  void forget(const ObjectId& id, std::uint64_t version);
  std::vector<InFlight>::const_iterator find(const Digest& digest) const;

  CoinRules rules_;
  std::map<ObjectId, Entry> coins_;
  std::map<ObjectId, std::uint64_t> gone_;  ///< up to which version, whatever a node that lags behind lists
  std::vector<InFlight> flights_;
};

}  // namespace balans::iota
