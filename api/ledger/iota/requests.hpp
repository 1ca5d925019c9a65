#pragma once
// Questions to a node: JSON-RPC 2.0.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/ledger/iota/signing.hpp"
#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {

struct Request {
  std::string method;
  std::string body;
};

/// Of every request; its answer has the same one.
inline constexpr std::int64_t kRequestId = 1;
/// What nodes give on a page, at most.
inline constexpr std::int64_t kPageSize = 50;

/// Where the page before ended, as the node said.
using Cursor = std::optional<std::string>;

/// Whose transactions are asked for.
enum class Direction : std::uint8_t { To, From };
enum class Order : std::uint8_t { OldestFirst, NewestFirst };

namespace request {

Request chain_identifier();
Request reference_gas_price();
Request system_state();
Request latest_checkpoint();
Request checkpoint(std::uint64_t number);
/// Of the IOTA coin.
Request coins(const Address& owner, const Cursor& cursor);
Request balance(const Address& owner);
Request object(const ObjectId& id);
Request dry_run(std::string_view transaction_bytes);
Request execute(const SignedTransaction& transaction);
Request transaction(const Digest& digest);
/// With their senders. The cursor is the digest of the last transaction before these, in that order.
Request transactions(Direction direction, const Address& address, const Cursor& cursor, std::int64_t limit = kPageSize,
                     Order order = Order::OldestFirst);

}  // namespace request

}  // namespace balans::iota
