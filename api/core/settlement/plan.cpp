#include "api/core/settlement/plan.hpp"

#include <algorithm>

#include "api/core/settlement/next.hpp"

namespace balans::api::settlement {
namespace {

std::vector<Draft> wanted(const std::vector<Due>& due, const Rules& rules) {
  std::vector<Draft> drafts;
  for (const auto& [payee, available] : due) {
    if (!payee.held.empty() || payee.mode == PayoutMode::OnRequest || available.is_zero()) continue;
    if (payee.mode == PayoutMode::Periodic && available < rules.threshold) continue;
    drafts.push_back({payee.account, payee.address, std::min(available, rules.daily_limit)});
  }
  std::sort(drafts.begin(), drafts.end(), [](const Draft& a, const Draft& b) {
    return a.amount != b.amount ? a.amount > b.amount : a.account < b.account;
  });
  return drafts;
}

std::optional<Amount> fee_of(const FeeQuote& fee, std::size_t payouts) {
  const auto all = static_cast<std::int64_t>(payouts);
  std::int64_t each = 0;
  if (__builtin_mul_overflow(fee.each.units(), all, &each)) return std::nullopt;
  const auto amount = Amount::of(each);
  return amount ? sum(fee.base, *amount) : std::nullopt;
}

/// Fills settlements one after the other.
class Filling {
 public:
  explicit Filling(const Rules& rules) : rules_(rules) {}

  void add(const Draft& draft) {
    const auto more = sum(total_, draft.amount);
    const bool fits = !groups_.empty() && more && *more <= rules_.daily_limit && *more <= rules_.approve_above &&
                      groups_.back().size() < rules_.most_payouts;
    if (!fits) groups_.emplace_back();
    total_ = fits ? *more : draft.amount;
    groups_.back().push_back(draft);
  }
  std::vector<std::vector<Draft>> take() { return std::move(groups_); }

 private:
  const Rules& rules_;
  std::vector<std::vector<Draft>> groups_;
  Amount total_;  ///< of the last group
};

}  // namespace

std::size_t affordable(const std::vector<Draft>& drafts, const FeeQuote& fee, const Rules& rules) {
  for (std::size_t count = drafts.size(); count > 0; --count) {
    const auto whole = fee_of(fee, count);
    if (whole && !is_too_dear(*whole, count, drafts[count - 1].amount, rules)) return count;
  }
  return 0;
}

std::vector<std::vector<Draft>> plan(const std::vector<Due>& due, const FeeQuote& fee, const Rules& rules) {
  Filling filling(rules);
  for (const Draft& draft : wanted(due, rules)) filling.add(draft);
  std::vector<std::vector<Draft>> groups = filling.take();
  for (std::vector<Draft>& group : groups) group.resize(affordable(group, fee, rules));
  std::erase_if(groups, [](const std::vector<Draft>& group) { return group.empty(); });
  return groups;
}

}  // namespace balans::api::settlement
