#pragma once
// Who has used up a version of an object, so that nobody else can.

#include "api/ledger/iota/client.hpp"

namespace balans::iota {

/// Of so many transactions that an address has sent, the newest, each is looked at.
inline constexpr std::size_t kMostSentLookedAt = 1'000;

struct UsedBy {
  Digest digest;
  std::uint64_t checkpoint = 0;
};

/// The transaction that has used this version of an object of `owner`: in a checkpoint, whether it has succeeded or
/// not. Which version one has used stands in its effects alone. Looked at are the one that made the object what it is
/// `now` (absent: it is gone), and, as an object may have moved on since, the newest that `owner` has sent: nobody
/// else's can use it, unless `owner` has signed to pay their gas. Nothing where it is none of these, or the node does
/// not have it any more.
Result<std::optional<UsedBy>> user_of(Client& node, const Address& owner, const UsedUp& used,
                                      const std::optional<ObjectState>& now);

}  // namespace balans::iota
