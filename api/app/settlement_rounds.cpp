#include "api/app/settlement_rounds.hpp"

#include <algorithm>

namespace balans::api {

using namespace settlement;

namespace {

/// One that is given up for its fee is not made again each round.
constexpr Millis kSweepEvery = 60 * 1_min;

}  // namespace

Millis SettlementRounds::step(Store& store, UnixTime now) {
  const auto leads = lead(store);
  if (leads && !*leads) return every_;
  return pause_after(leads ? run(store, now) : Result<void>(leads.error()));
}

/// Whoever begins to run the loop, again or for the first time, begins with the chain's history. So does one whose
/// connection was lost: it may be to another server now, which lacks what the one before has had.
Result<bool> SettlementRounds::lead(Store& store) {
  const auto leads = store.settlements().lead(terms_.books.chain);
  if (!leads) return leads.error();
  if (!has_asked_ || session_ != *leads) {
    settlements_.emplace(terms_, ledger_);
    knows_wallets_ = false;
    if (!*leads || has_asked_)
      events_.write(*leads ? "settlement-leads" : "settlement-stands-by", {{"chain", terms_.books.chain.str()}});
  }
  has_asked_ = true;
  session_ = *leads;
  return session_.has_value();
}

Result<void> SettlementRounds::run(Store& store, UnixTime now) {
  // Before anything is taken for a stranger's deposit, or signed.
  if (!knows_wallets_) {
    if (auto known = know_own_wallets(store, terms_.books, wallets_); !known) return known;
    knows_wallets_ = true;
  }
  const auto round = settlements_->round(store, now);
  if (!round) return round.error();
  tell(*round);
  measure(*round, now);
  return round->reconciled == Reconciled::Yes ? sweep_sometimes(store, *round, now) : Result<void>();
}

Result<void> SettlementRounds::sweep_sometimes(Store& store, const SettlementRound& round, UnixTime now) {
  if (swept_ && now >= *swept_ && now < *swept_ + kSweepEvery) return {};
  const auto opened = sweep(store, terms_, wallets_.cold, round, now);
  if (!opened) return opened.error();
  if (!*opened) return {};
  swept_ = now;
  events_.write("settlement-opened", {{"chain", terms_.books.chain.str()},
                                      {"settlement", to_text((*opened)->id)},
                                      {"text", "what is above the cap goes to the cold wallet"}});
  return {};
}

/// What was said in the round before is not said again.
void SettlementRounds::tell(const SettlementRound& round) {
  std::set<std::pair<std::string, std::string>> notices;
  for (const auto& [what, text] : round.notices) {
    if (!told_.contains({what, text})) events_.write(what, {{"chain", terms_.books.chain.str()}, {"text", text}});
    notices.emplace(what, text);
  }
  told_ = std::move(notices);
  const bool above = round.is_above(terms_.rules.cap);
  if (above != above_cap_)
    events_.write(above ? "wallet-above-cap" : "wallet-within-cap",
                  {{"chain", terms_.books.chain.str()}, {"holdings", round.holdings.units()}});
  above_cap_ = above;
}

void SettlementRounds::measure(const SettlementRound& round, UnixTime now) {
  const std::string& chain = terms_.books.chain.str();
  metrics_.set("balans_settlement_open", {{"chain", chain}}, static_cast<double>(round.open));
  metrics_.set("balans_settlement_holdings_nanos", {{"chain", chain}}, static_cast<double>(round.holdings.units()));
  metrics_.set("balans_settlement_above_cap", {{"chain", chain}}, round.is_above(terms_.rules.cap) ? 1 : 0);
  for (std::size_t i = 0; i < kHolds; ++i) {
    const Hold hold = static_cast<Hold>(i);
    const auto found = round.held.find(hold);
    metrics_.set("balans_settlement_held", {{"chain", chain}, {"reason", name_of(hold)}},
                 found == round.held.end() ? 0 : static_cast<double>(found->second));
  }
  metrics_.set("balans_settlement_last_round_timestamp_seconds", {{"chain", chain}},
               static_cast<double>(now.ms()) / 1000);
}

/// Twice as long after each failure; said where it is another one.
Millis SettlementRounds::pause_after(const Result<void>& done) {
  const std::string failure = done ? "" : done.error().message();
  if (failure != failure_) {
    if (done)
      events_.write("settlement-works", {{"chain", terms_.books.chain.str()}});
    else
      events_.write("settlement-fails", {{"chain", terms_.books.chain.str()}, {"error", failure}});
  }
  failure_ = failure;
  pause_ = done ? every_ : std::min(kLongestPause, std::max(every_, pause_ + pause_));
  return pause_;
}

}  // namespace balans::api
