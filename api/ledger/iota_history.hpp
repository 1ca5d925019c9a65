#pragma once
// What transactions of IOTA mean to one wallet, and the history of the wallet out of the two lists that nodes have:
// what it has sent, and what it has received.

#include <string>
#include <vector>

#include "api/core/settlement/chain.hpp"
#include "api/ledger/iota/answers.hpp"

namespace balans::api {

/// What a transaction has done to a wallet that sent it or paid its gas. Its balance has changed by gain - fee - the
/// sum of the outputs, to the nano.
struct WalletFlow {
  std::vector<settlement::Output> outputs;
  settlement::Amount fee;
  settlement::Amount gain;  ///< where storage that was paid back is more than all the rest
};

/// Of one that is final, with effects and changes. `sender` may be another whose gas the wallet has paid.
Result<WalletFlow> flow_of(const iota::Executed& executed, const iota::Address& own, const iota::Address& sender);

/// Nothing where the wallet has no more and no less than before and has not sent it. A gain of an own transaction is a
/// deposit from itself.
Result<std::vector<settlement::Movement>> movements_of(const iota::Executed& executed, const iota::Address& own);

/// Where both lists are read on: the digests of what was read last.
struct HistoryPosition {
  iota::Cursor to;
  iota::Cursor from;
  bool operator==(const HistoryPosition&) const = default;
};
std::string to_text(const HistoryPosition& position);
/// An empty text is the beginning.
Result<HistoryPosition> parse_history_position(std::string_view text);

/// What one node has answered, in this order.
struct HistoryAnswers {
  HistoryPosition after;
  iota::Checkpoint newest;  ///< asked for before the lists: whatever is in a checkpoint up to it is in them
  iota::ExecutedPage to;
  iota::ExecutedPage from;
};

/// One page in the order of checkpoints. It has nothing of later checkpoints than the newest, or of none.
Result<settlement::History> merge(const HistoryAnswers& answers, const iota::Address& own, std::size_t limit);

}  // namespace balans::api
