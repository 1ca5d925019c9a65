#include "api/ledger/iota_history.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "api/ledger/iota/base58.hpp"
#include "common/wide_integer.hpp"

namespace balans::api {

using namespace settlement;
using iota::BalanceChange;

namespace {

using Wide = Int128;

Error about(const iota::Executed& executed, std::string what) {
  return {"transaction " + iota::to_base58(executed.digest), std::move(what)};
}

Result<Amount> amount_of(const iota::Executed& executed, Wide nanos) {
  if (nanos < 0 || nanos > std::numeric_limits<std::int64_t>::max())
    return about(executed, "moves more than 63 bits can hold");
  return *Amount::of(static_cast<std::int64_t>(nanos));
}

std::int64_t change_of(const iota::Executed& executed, const iota::Address& own) {
  for (const BalanceChange& change : *executed.changes)
    if (change.owner == own) return change.nanos;
  return 0;
}

/// Who else has less than before: then what others received is not ours.
bool others_paid(const iota::Executed& executed, const iota::Address& own) {
  return std::any_of(executed.changes->begin(), executed.changes->end(),
                     [&](const BalanceChange& change) { return change.owner != own && change.nanos < 0; });
}

/// One of the two lists, as far as it is final and the newest checkpoint has it.
struct Lane {
  Lane(const iota::ExecutedPage& page, const iota::Cursor& after, std::uint64_t newest) : cursor(after) {
    for (const iota::Executed& each : page.transactions) {
      if (!each.checkpoint || *each.checkpoint > newest) {
        ends = false;
        break;
      }
      transactions.push_back(&each);
      last = std::max(last, *each.checkpoint);
    }
    if (!page.has_more) return;
    if (ends) bound = last;
    ends = false;
  }
  [[nodiscard]] const iota::Executed* next() const {
    return taken < transactions.size() ? transactions[taken] : nullptr;
  }
  [[nodiscard]] bool is_at_its_end() const { return ends && taken == transactions.size(); }
  void take() { cursor = iota::to_base58(transactions[taken++]->digest); }

  std::vector<const iota::Executed*> transactions;
  std::size_t taken = 0;
  std::uint64_t last = 0;
  bool ends = true;                                                 ///< there is nothing after these
  std::uint64_t bound = std::numeric_limits<std::uint64_t>::max();  ///< up to which its next page brings nothing
  iota::Cursor cursor;
};

/// The lane whose turn it is, or null.
Lane* earlier_of(Lane& to, Lane& from) {
  const std::uint64_t bound = std::min(to.bound, from.bound);
  Lane* earlier = nullptr;
  for (Lane* lane : {&to, &from}) {
    if (lane->next() == nullptr || *lane->next()->checkpoint > bound) continue;
    if (earlier == nullptr || *lane->next()->checkpoint < *earlier->next()->checkpoint) earlier = lane;
  }
  return earlier;
}

Result<iota::Cursor> parse_cursor(std::string_view text) {
  if (text.empty()) return iota::Cursor();
  if (const auto digest = iota::digest_from_base58(text); !digest) return digest.error();
  return iota::Cursor(std::string(text));
}

}  // namespace

Result<WalletFlow> flow_of(const iota::Executed& executed, const iota::Address& own, const iota::Address& sender) {
  WalletFlow flow;
  Wide paid = 0;
  if (sender == own && !others_paid(executed, own)) {
    for (const BalanceChange& change : *executed.changes) {
      if (change.owner == own || change.nanos <= 0) continue;
      flow.outputs.push_back(
          {static_cast<std::int64_t>(flow.outputs.size()), to_text(change.owner), *Amount::of(change.nanos)});
      paid += change.nanos;
    }
  }
  const Wide rest = -Wide{change_of(executed, own)} - paid;
  const auto fee = amount_of(executed, std::max<Wide>(rest, 0));
  const auto gain = amount_of(executed, std::max<Wide>(-rest, 0));
  if (!fee) return fee.error();
  if (!gain) return gain.error();
  flow.fee = *fee;
  flow.gain = *gain;
  return flow;
}

Result<std::vector<Movement>> movements_of(const iota::Executed& executed, const iota::Address& own) {
  if (!executed.checkpoint || !executed.changes || !executed.sender) return about(executed, "is not final");
  const iota::Address& sender = *executed.sender;
  Movement movement;
  movement.digest = iota::to_base58(executed.digest);
  movement.checkpoint = static_cast<std::int64_t>(*executed.checkpoint);
  const std::int64_t change = change_of(executed, own);
  std::vector<Movement> movements;
  Amount received;
  if (sender == own || change < 0) {
    auto flow = flow_of(executed, own, sender);
    if (!flow) return flow.error();
    received = flow->gain;
    Movement sent = movement;
    sent.origin = Origin::Ours;
    sent.sender = to_text(own);
    sent.fee = flow->fee;
    sent.outputs = std::move(flow->outputs);
    movements.push_back(std::move(sent));
  } else {
    received = *Amount::of(change);
  }
  if (received.is_zero()) return movements;
  movement.sender = to_text(sender);
  movement.outputs = {{0, to_text(own), received}};
  movements.push_back(std::move(movement));
  return movements;
}

std::string to_text(const HistoryPosition& position) {
  return "to=" + position.to.value_or("") + ",from=" + position.from.value_or("");
}

Result<HistoryPosition> parse_history_position(std::string_view text) {
  if (text.empty()) return HistoryPosition();
  const Error wrong{"position", "'" + std::string(text.substr(0, 120)) + "' is none of IOTA's history"};
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || !text.starts_with("to=") || !text.substr(comma + 1).starts_with("from="))
    return wrong;
  const auto to = parse_cursor(text.substr(3, comma - 3));
  const auto from = parse_cursor(text.substr(comma + 6));
  if (!to || !from) return wrong;
  return HistoryPosition{*to, *from};
}

Result<History> merge(const HistoryAnswers& answers, const iota::Address& own, std::size_t limit) {
  Lane to(answers.to, answers.after.to, answers.newest.number);
  Lane from(answers.from, answers.after.from, answers.newest.number);
  History history;
  while (Lane* lane = earlier_of(to, from)) {
    const iota::Executed& next = *lane->next();
    // What the wallet has sent stands in both lists, because its gas coin comes back to it.
    const bool is_twice = lane == &to && next.sender == own;
    auto movements = is_twice ? Result<std::vector<Movement>>(std::vector<Movement>()) : movements_of(next, own);
    if (!movements) return movements.error();
    if (!history.movements.empty() && history.movements.size() + movements->size() > limit) break;
    std::move(movements->begin(), movements->end(), std::back_inserter(history.movements));
    lane->take();
  }
  history.position = to_text({to.cursor, from.cursor});
  history.is_complete = to.is_at_its_end() && from.is_at_its_end();
  history.at = UnixTime(static_cast<std::int64_t>(answers.newest.timestamp_ms));
  history.epoch = static_cast<std::int64_t>(answers.newest.epoch);
  return history;
}

}  // namespace balans::api
