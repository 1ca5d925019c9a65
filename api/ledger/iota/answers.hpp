#pragma once
// What nodes answer. A wrong answer is an error that names the JSON pointer; a right one may still be a refusal.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/ledger/iota/effects.hpp"
#include "api/ledger/iota/requests.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// A node's own no. It proves nothing about a transaction: another node may know better.
struct Refusal {
  std::int64_t code = 0;
  std::string message;
};
template <class T>
using Reply = Result<std::variant<T, Refusal>>;

/// Whether the same question may find a better answer a moment later, or elsewhere.
[[nodiscard]] bool is_passing(const Refusal& refusal);
/// Whether it says that there is no such transaction: none that this node knows of.
[[nodiscard]] bool is_unknown_transaction(const Refusal& refusal);

struct Coin {
  ObjectRef ref;
  std::uint64_t nanos = 0;
  bool operator==(const Coin&) const = default;
};

struct Balance {
  std::uint64_t nanos = 0;
  std::uint64_t coins = 0;  ///< how many
};

/// `last`: after what the next page goes on, also for asking again later.
struct CoinPage {
  std::vector<Coin> coins;
  Cursor last;
  bool has_more = false;
};
struct ExecutedPage {
  std::vector<Executed> transactions;
  Cursor last;
  bool has_more = false;
};

struct DryRun {
  Effects effects;
  std::vector<BalanceChange> changes;
};

struct Checkpoint {
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
  std::uint64_t timestamp_ms = 0;
  Digest digest;
};

struct SystemState {
  std::uint64_t epoch = 0;
  std::uint64_t protocol_version = 0;
  std::uint64_t reference_gas_price = 0;  ///< nanos per unit of gas
  std::uint64_t epoch_start_ms = 0;
  std::uint64_t epoch_duration_ms = 0;
};

struct ObjectState {
  ObjectRef ref;
  std::optional<Address> owner;
  Digest previous_transaction;  ///< that made this version
};

/// Each reads the answer to the request of the same name.
namespace answer {

Reply<std::string> chain_identifier(std::string_view body);
Reply<std::uint64_t> reference_gas_price(std::string_view body);
Reply<SystemState> system_state(std::string_view body);
Reply<std::uint64_t> latest_checkpoint(std::string_view body);
Reply<Checkpoint> checkpoint(std::string_view body);
Reply<CoinPage> coins(std::string_view body);
Reply<Balance> balance(std::string_view body);
/// Nothing where there is no such object, or no more.
Reply<std::optional<ObjectState>> object(std::string_view body);
Reply<DryRun> dry_run(std::string_view body);
Reply<Executed> execute(std::string_view body);
Reply<Executed> transaction(std::string_view body);
Reply<ExecutedPage> transactions(std::string_view body);

}  // namespace answer

}  // namespace balans::iota
