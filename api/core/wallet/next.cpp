#include "api/core/wallet/next.hpp"

#include <algorithm>
#include <array>

namespace balans::api::wallet {
namespace {

constexpr std::int64_t kFreeTries = 3;
constexpr std::int64_t kMostDoublings = 10;
constexpr Millis kLongestPause = 15_min;
constexpr Millis kDay = 24 * 60 * 1_min;

constexpr std::array<std::string_view, 5> kStateNames{"unsigned", "pending", "paid", "failed", "expired"};

/// What an answer of the chain leads to.
struct Answer {
  const Transaction& transaction;
  const View& view;
  UnixTime now;

  // An unsigned one may be final too: its owner can hand it over elsewhere.
  Action operator()(const settlement::Executed& executed) const { return End{Paid{executed.fee, executed.checkpoint}}; }
  Action operator()(const settlement::ExecutedInVain& executed) const {
    return End{Failed{executed.fee, executed.checkpoint, executed.why}};
  }
  Action operator()(const settlement::Pending&) const { return Wait{}; }
  /// It cannot be executed any more; its epoch will prove that.
  Action operator()(const settlement::InputUsed&) const { return Wait{}; }
  Action operator()(const settlement::Unknown& unknown) const {
    if (unknown.epoch > transaction.last_epoch) return End{Expired{unknown.epoch}};
    if (std::holds_alternative<Unsigned>(transaction.state)) return Wait{};
    const bool is_recent = view.submitted && now >= *view.submitted && now < *view.submitted + kResubmitAfter;
    if (is_recent) return Wait{};
    return Submit{};
  }
};

}  // namespace

std::string_view name_of(const State& state) { return kStateNames.at(state.index()); }

Action next(const Transaction& transaction, const View& view, UnixTime now) {
  if (!is_open(transaction)) return Wait{};
  if (!view.status) return Ask{};
  return std::visit(Answer{transaction, view, now}, *view.status);
}

UnixTime time_of(const journal::Id& id) { return UnixTime(static_cast<std::int64_t>(id.high >> 16U)); }

Millis pause_after(std::int64_t wrong) {
  if (wrong < kFreeTries) return Millis(0);
  const std::int64_t doublings = std::min(wrong - kFreeTries, kMostDoublings);
  return std::min(1_s * (std::int64_t{1} << doublings), kLongestPause);
}

Millis pause_left(const Tries& tries, UnixTime now) {
  const Millis pause = pause_after(tries.wrong);
  if (now < tries.last) return Millis(0);
  return std::max(tries.last + pause - now, Millis(0));
}

namespace {

bool is_in(const StrangersTries& day, UnixTime now) { return now >= day.begun && now < day.begun + kDay; }

}  // namespace

Millis day_left(const StrangersTries& strangers, UnixTime now) {
  if (strangers.count < kMostByStrangers || !is_in(strangers, now)) return Millis(0);
  return strangers.begun + kDay - now;
}

StrangersTries one_more(const StrangersTries& strangers, UnixTime now) {
  if (!is_in(strangers, now)) return {1, now};
  return {strangers.count + 1, strangers.begun};
}

}  // namespace balans::api::wallet
