#include "api/core/settlement/next.hpp"

#include <algorithm>

namespace balans::api::settlement {
namespace {

constexpr std::array<std::string_view, kHolds> kHoldNames{"unreconciled", "approval",       "daily-limit",   "underway",
                                                          "no-answer",    "just-submitted", "contradiction", "ended"};

bool contains(const std::vector<Input>& inputs, const Input& input) {
  return std::find(inputs.begin(), inputs.end(), input) != inputs.end();
}

/// What an answer about the live attempt leads to.
class Answer {
 public:
  Answer(const Attempt& live, const View& view, const Rules& rules, UnixTime now)
      : live_(live), view_(view), rules_(rules), now_(now) {}

  Action operator()(const Executed& executed) const { return Finish{{executed.fee, executed.checkpoint}}; }
  Action operator()(const ExecutedInVain& executed) const {
    return Bury{DeadInVain{executed.fee, executed.checkpoint, executed.why}};
  }
  Action operator()(const InputUsed& used) const {
    if (!contains(live_.transaction.inputs, used.input) || used.by == live_.transaction.digest)
      return Wait{Hold::Contradiction};
    return Bury{DeadByInput{used.input, used.by, used.checkpoint}};
  }
  Action operator()(const Pending&) const { return Wait{Hold::Underway}; }
  Action operator()(const Unknown& unknown) const {
    const auto& last = live_.transaction.expiry_epoch;
    if (last && unknown.epoch > *last) return Bury{DeadByEpoch{unknown.epoch}};
    if (view_.reconciled == Reconciled::No) return Wait{Hold::Unreconciled};
    // A clock that was set back does not keep anything from being submitted.
    const bool is_recent =
        view_.submitted && now_ >= *view_.submitted && now_ < *view_.submitted + rules_.resubmit_after;
    if (is_recent) return Wait{Hold::JustSubmitted};
    return Submit{};
  }

 private:
  const Attempt& live_;
  const View& view_;
  const Rules& rules_;
  UnixTime now_;
};

/// Why there will be no other attempt, or nothing.
std::optional<std::string> reason_to_give_up(const Settlement& settlement, const Rules& rules) {
  std::size_t failures = 0;
  std::string why;
  for (const Attempt& attempt : settlement.attempts)
    if (const auto* vain = std::get_if<DeadInVain>(&attempt.state)) ++failures, why = vain->why;
  if (failures >= rules.most_failures)
    return "executed " + std::to_string(failures) + " times and never paid; last: " + why;
  if (settlement.attempts.size() >= kMostAttempts)
    return std::to_string(settlement.attempts.size()) + " attempts are dead";
  return std::nullopt;
}

Action without_live(const Settlement& settlement, const View& view, const Rules& rules) {
  // Also giving up waits: something that the history still brings may turn out to be its payment.
  if (view.reconciled == Reconciled::No) return Wait{Hold::Unreconciled};
  if (auto why = reason_to_give_up(settlement, rules)) return GiveUp{*std::move(why)};
  const Amount total = total_of(settlement);
  if (total > rules.approve_above && !settlement.approval) return Wait{Hold::Approval};
  const auto today = sum(view.signed_today, total);
  if (!today || *today > rules.daily_limit) return Wait{Hold::DailyLimit};
  return Build{};
}

}  // namespace

std::string_view name_of(Hold hold) { return kHoldNames.at(static_cast<std::size_t>(hold)); }

Action next(const Settlement& settlement, const View& view, const Rules& rules, UnixTime now) {
  if (!is_open(settlement)) return Wait{Hold::Ended};
  const Attempt* live = live_attempt(settlement);
  if (live == nullptr) return without_live(settlement, view, rules);
  if (!view.status) return Ask{};
  return std::visit(Answer(*live, view, rules, now), *view.status);
}

bool is_too_dear(Amount fee, std::size_t payouts, Amount smallest, const Rules& rules) {
  if (payouts == 0) return true;
  const auto count = static_cast<std::int64_t>(payouts);
  const std::int64_t each = fee.units() / count + (fee.units() % count != 0 ? 1 : 0);
  const auto most = share(smallest, rules.most_fee_permille, 1000);
  return !most || each > most->units();
}

Result<void> check_built(const Settlement& settlement, const SignedTransaction& built, const std::vector<Input>& in_use,
                         std::int64_t last_epoch) {
  const auto refuse = [&](const std::string& what) { return Error{"transaction " + built.digest, what}; };
  if (built.digest.empty() || built.digest.size() > kMostDigest)
    return refuse("its digest has " + std::to_string(built.digest.size()) + " characters");
  if (built.bytes.empty() || built.bytes.size() > kMostTransactionBytes)
    return refuse("it has " + std::to_string(built.bytes.size()) + " bytes");
  if (built.signature.empty() || built.signature.size() > kMostSignatureBytes)
    return refuse("its signature has " + std::to_string(built.signature.size()) + " bytes");
  if (built.inputs.empty() || built.inputs.size() > kMostInputs)
    return refuse("it has " + std::to_string(built.inputs.size()) + " inputs");
  for (const Input& input : built.inputs)
    if (contains(in_use, input))
      return refuse("its input " + input.object + " belongs to another one that may still be executed");
  if (built.expiry_epoch && *built.expiry_epoch > last_epoch)
    return refuse("it expires after epoch " + std::to_string(*built.expiry_epoch) + ": expected " +
                  std::to_string(last_epoch) + " at most");
  for (const Attempt& attempt : settlement.attempts)
    if (attempt.transaction.digest == built.digest) return refuse("it is one that is dead");
  return {};
}

}  // namespace balans::api::settlement
