#include "api/ledger/iota/user_of.hpp"

#include <algorithm>

namespace balans::iota {
namespace {

bool has_used(const Executed& executed, const UsedUp& used) {
  if (!executed.checkpoint || !executed.effects) return false;
  const std::vector<UsedUp>& all = executed.effects->used_up;
  return std::find(all.begin(), all.end(), used) != all.end();
}

Result<std::optional<UsedBy>> newest_that_used(Client& node, const Address& owner, const UsedUp& used) {
  Cursor after;
  for (std::size_t seen = 0; seen < kMostSentLookedAt;) {
    const auto page = node.transactions(Direction::From, owner, after, kPageSize, Order::NewestFirst);
    if (!page) return page.error();
    for (const Executed& each : page->transactions)
      if (has_used(each, used)) return std::optional(UsedBy{each.digest, *each.checkpoint});
    if (!page->has_more) break;
    seen += page->transactions.size();
    after = page->last;
  }
  return std::optional<UsedBy>();
}

}  // namespace

Result<std::optional<UsedBy>> user_of(Client& node, const Address& owner, const UsedUp& used,
                                      const std::optional<ObjectState>& now) {
  if (now) {
    const auto last = node.transaction(now->previous_transaction);
    if (!last) return last.error();
    if (*last && has_used(**last, used)) return std::optional(UsedBy{now->previous_transaction, *(*last)->checkpoint});
  }
  return newest_that_used(node, owner, used);
}

}  // namespace balans::iota
