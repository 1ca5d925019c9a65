#include "api/core/settlement/model.hpp"

#include <algorithm>

namespace balans::api::settlement {
namespace {

constexpr std::array<std::string_view, 3> kPurposeNames{"periodic", "requested", "refund"};
constexpr std::array<std::string_view, 3> kModeNames{"on-request", "periodic", "leaving"};

Error out_of(const std::string& field, const std::string& expected) { return {field, "expected " + expected}; }

}  // namespace

Result<void> check(const Rules& rules) {
  if (rules.period < 1_min) return out_of("period", "at least a minute");
  if (rules.most_fee_permille < 0 || rules.most_fee_permille > 10)
    return out_of("most_fee_permille", "0..10: no payout costs more than a hundredth of it");
  if (rules.most_payouts < 1 || rules.most_payouts > kMostPayouts)
    return out_of("most_payouts", "1.." + std::to_string(kMostPayouts));
  if (rules.daily_limit < rules.threshold) return out_of("daily_limit", "at least the threshold");
  if (rules.daily_limit.is_zero()) return out_of("daily_limit", "more than 0");
  if (rules.resubmit_after < 1_s) return out_of("resubmit_after", "at least a second");
  if (rules.expiry_epochs < 0 || rules.expiry_epochs > 30) return out_of("expiry_epochs", "0..30");
  if (rules.most_failures < 1 || rules.most_failures > kMostAttempts)
    return out_of("most_failures", "1.." + std::to_string(kMostAttempts));
  return {};
}

Result<void> check(const Pin& pin, const ChainIdentity& found) {
  if (pin.chain == found) return {};
  return Error{"chain " + found.id, "genesis " + found.genesis + " is not what is pinned: expected chain " +
                                        pin.chain.id + " with genesis " + pin.chain.genesis +
                                        "; nothing is signed or believed"};
}

std::string_view name_of(Purpose purpose) { return kPurposeNames.at(static_cast<std::size_t>(purpose)); }
std::string_view name_of(PayoutMode mode) { return kModeNames.at(static_cast<std::size_t>(mode)); }

Result<PayoutMode> parse_payout_mode(std::string_view name) {
  for (const PayoutMode mode : kPayoutModes)
    if (name_of(mode) == name) return mode;
  return Error{"", "'" + std::string(name.substr(0, 40)) + "' is no mode: expected on-request, periodic or leaving"};
}

Amount total_of(const Settlement& settlement) {
  Amount total;
  for (const Payout& payout : settlement.payouts) {
    const auto more = sum(total, payout.amount);
    BALANS_CHECK(more);
    total = *more;
  }
  return total;
}

Amount smallest_of(const Settlement& settlement) {
  const auto smallest = std::min_element(settlement.payouts.begin(), settlement.payouts.end(),
                                         [](const Payout& a, const Payout& b) { return a.amount < b.amount; });
  return smallest == settlement.payouts.end() ? Amount() : smallest->amount;
}

bool is_open(const Settlement& settlement) { return std::holds_alternative<Open>(settlement.state); }

const Attempt* live_attempt(const Settlement& settlement) {
  for (const Attempt& attempt : settlement.attempts)
    if (std::holds_alternative<Live>(attempt.state)) return &attempt;
  return nullptr;
}

std::vector<Payment> payments_of(const Settlement& settlement) {
  std::vector<Payment> payments;
  payments.reserve(settlement.payouts.size());
  for (const Payout& payout : settlement.payouts) payments.push_back({payout.address, payout.amount});
  return payments;
}

}  // namespace balans::api::settlement
