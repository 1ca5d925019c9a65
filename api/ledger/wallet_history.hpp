#pragma once
// What went in and out of an address, put together of what nodes list apart.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/settlement/chain.hpp"
#include "api/ledger/iota/answers.hpp"

namespace balans::api {

/// A final transaction that has changed what an address holds.
struct WalletEntry {
  std::string digest;
  std::int64_t checkpoint = 0;
  UnixTime at;
  std::int64_t change = 0;                ///< of what the address holds, its fee included
  std::optional<settlement::Amount> fee;  ///< of one that the address has sent
  bool failed = false;                    ///< it has cost its fee and moved nothing
  std::vector<std::string> others;        ///< who has paid, or was paid; at most kMostOthers
  bool operator==(const WalletEntry&) const = default;
};
inline constexpr std::size_t kMostOthers = 16;

/// Oldest first.
struct WalletHistory {
  std::vector<WalletEntry> entries;
  std::string next;  ///< after what the next page goes on; empty: this was the last
};

/// How far each of the two lists was read: the digest of the last transaction that was shown.
struct WalletPosition {
  iota::Cursor to;
  iota::Cursor from;
};
/// `TO.FROM`, either may be empty.
Result<WalletPosition> parse_wallet_position(std::string_view text);
std::string to_text(const WalletPosition& position);

/// One page of both lists as one. A transaction is in both where the sender keeps its change, and is shown once: what
/// is shown ends before a checkpoint that another page may still bring something of.
Result<WalletHistory> merged(const iota::Address& own, const WalletPosition& before, const iota::ExecutedPage& to,
                             const iota::ExecutedPage& from);

}  // namespace balans::api
