#include "api/app/settlement.hpp"

#include "api/app/journal.hpp"
#include "api/app/settlement_plan.hpp"

namespace balans::api {

using namespace settlement;

namespace {

constexpr std::size_t kOpenAtOnce = 100;
/// Actions on one settlement in one round; the next round goes on.
constexpr int kActionsAtOnce = 6;
constexpr Millis kDay = 24 * 60 * 1_min;

std::string named(const Settlement& settlement) {
  return settlement.chain.str() + " " + to_text(settlement.id) + ", " + std::to_string(settlement.payouts.size()) +
         " payouts of together " + trade::to_decimal(total_of(settlement), settlement.asset);
}

Result<void> enter_some(Store& store, const journal::Batch& batch, UnixTime now) {
  if (batch.accounts.empty() && batch.transfers.empty()) return {};
  if (const auto entered = enter_all(store.journal(), batch, now); !entered) return entered.error();
  return {};
}

/// Payees whose settlement never succeeded wait until somebody has looked: each try has cost a fee.
Result<void> hold_payees(Store& store, const Settlement& settlement, const std::string& why) {
  SettlementStore& all = store.settlements();
  for (const Payout& payout : settlement.payouts)
    if (auto held = all.hold_payee(settlement.chain, payout.address, payout.account, why); !held) return held;
  return {};
}

AttemptState state_of(const Death& death) {
  return std::visit([](const auto& dead) { return AttemptState(dead); }, death);
}

}  // namespace

Result<void> give_up(Store& store, const Books& books, const Settlement& settlement, const std::string& why,
                     UnixTime now) {
  if (const auto freed = enter_some(store, releasing(books, settlement), now); !freed) return freed;
  if (const auto ended = store.settlements().end(settlement.id, GivenUp{now, why}); !ended) return ended;
  auto deposit = store.settlements().returned_by(settlement.id);
  if (!deposit) return deposit.error();
  if (!*deposit) return {};
  (*deposit)->returned.reset();
  return store.settlements().settle(**deposit);
}

Result<void> open_settlement(Store& store, const Books& books, const Settlement& settlement, UnixTime now) {
  if (const auto reserved = enter_some(store, reserving(books, settlement), now); !reserved) return reserved;
  return store.settlements().add(settlement);
}

Result<SettlementRound> Settlements::round(Store& store, UnixTime now) {
  SettlementRound round;
  if (!started_) started_ = now;
  const auto tip = ledger_.tip();
  if (!tip) return tip.error();
  round.holdings = tip->holdings;
  round.fee = tip->fee;
  if (const auto opened = open_books(store, *tip, now); !opened) return opened.error();
  if (const auto followed = follow(store, now, round); !followed) return followed.error();
  round.reconciled = reconciled_;
  if (const auto advanced = advance_all(store, *tip, now, round); !advanced) return advanced.error();
  if (reconciled_ == Reconciled::Yes)
    if (const auto planned = plan(store, *tip, now, round); !planned) return planned.error();
  return round;
}

Result<void> check_address(const LedgerCursor& cursor, const std::string& address) {
  if (!cursor.address || *cursor.address == address) return {};
  return Error{"chain " + cursor.chain.str(), "this database's hot wallet is " + *cursor.address +
                                                  ", and the key that is here is of " + address +
                                                  ": nothing is signed"};
}

/// Nothing the chain says is believed before it is known to be the pinned one.
Result<void> Settlements::open_books(Store& store, const Tip& tip, UnixTime now) {
  const Pin pin{terms_.books.deployment, terms_.pinned};
  if (auto fine = check(pin, tip.chain); !fine) return fine;
  const auto cursor = store.settlements().cursor(terms_.books.chain);
  if (!cursor) return cursor.error();
  if (*cursor) {
    if ((*cursor)->pin != pin)
      return Error{"chain " + terms_.books.chain.str(),
                   "this database is pinned to another deployment, chain or genesis: nothing is signed"};
    if ((*cursor)->address) return check_address(**cursor, tip.address);
    LedgerCursor found = **cursor;
    found.address = tip.address;
    return store.transaction([&] { return store.settlements().put_cursor(found); });
  }
  return store.transaction([&]() -> Result<void> {
    if (const auto opened = enter_some(store, opening(terms_.books), now); !opened) return opened;
    // A copy of before the first round has forgotten all that was signed, which may be valid for longer than wallets
    // wait.
    const auto restored = store.wallets().restored();
    if (!restored) return restored.error();
    const bool is_copy = restored->wait_epoch || restored->ids_from;
    const auto wait = is_copy ? std::optional(LedgerCursor::kUnasked) : std::nullopt;
    return store.settlements().put_cursor({terms_.books.chain, pin, "", wait, tip.address});
  });
}

Result<void> Settlements::advance_all(Store& store, const Tip& tip, UnixTime now, SettlementRound& round) {
  std::optional<SettlementCursor> after;
  while (true) {
    const auto page = store.settlements().open_settlements(terms_.books.chain, after, kOpenAtOnce);
    if (!page) return page.error();
    for (const Settlement& settlement : *page)
      if (auto advanced = advance(store, settlement, tip, now, round); !advanced) return advanced;
    round.open += page->size();
    if (page->size() < kOpenAtOnce) return {};
    after = cursor_after(page->back());
  }
}

Result<View> Settlements::view_of(Store& store, const Settlement& settlement, UnixTime now) {
  View view;
  view.reconciled = reconciled_;
  if (const Attempt* live = live_attempt(settlement)) {
    const auto submitted = submitted_.find(live->transaction.digest);
    if (submitted != submitted_.end()) view.submitted = submitted->second;
    return view;
  }
  const auto today = store.settlements().signed_since(terms_.books.chain, now - kDay, settlement.id);
  if (!today) return today.error();
  view.signed_today = *today;
  return view;
}

Result<Action> Settlements::next_of(Store& store, const Settlement& settlement, UnixTime now) {
  auto view = view_of(store, settlement, now);
  if (!view) return view.error();
  const Action action = next(settlement, *view, terms_.rules, now);
  if (!std::holds_alternative<Ask>(action)) return action;
  auto status = ledger_.status(live_attempt(settlement)->transaction);
  if (!status) return Action(Wait{Hold::NoAnswer});  // costs nothing but time
  view->status = *std::move(status);
  return next(settlement, *view, terms_.rules, now);
}

Result<void> Settlements::advance(Store& store, Settlement settlement, const Tip& tip, UnixTime now,
                                  SettlementRound& round) {
  for (int i = 0; i < kActionsAtOnce; ++i) {
    const auto action = next_of(store, settlement, now);
    if (!action) return action.error();
    const auto gone = act(store, settlement, *action, tip, now, round);
    if (!gone) return gone.error();
    if (*gone == Go::Enough) return {};
    // What is next follows from what the database has now, as after a restart.
    auto found = store.settlements().find(settlement.id);
    if (!found) return found.error();
    if (!*found || !is_open(**found)) return {};
    settlement = **std::move(found);
  }
  return {};
}

Result<Settlements::Go> Settlements::act(Store& store, const Settlement& settlement, const Action& action,
                                         const Tip& tip, UnixTime now, SettlementRound& round) {
  const auto told = [&](const Result<void>& done, const char* what, const std::string& why) -> Result<Go> {
    if (!done) return done.error();
    round.notices.push_back({what, named(settlement) + why});
    return Go::On;
  };
  if (const auto* wait = std::get_if<Wait>(&action)) return ++round.held[wait->why], Go::Enough;
  if (std::holds_alternative<Build>(action)) return build(store, settlement, tip, now, round);
  if (std::holds_alternative<Submit>(action)) return submit(*live_attempt(settlement), now, round);
  if (const auto* dead = std::get_if<Bury>(&action))
    return told(bury(store, settlement, dead->death, now), "settlement-attempt-dead", "");
  if (const auto* paid = std::get_if<Finish>(&action))
    return told(finish(store, settlement, paid->paid, now), "settlement-settled",
                ", fee " + trade::to_decimal(paid->paid.fee, settlement.asset));
  const auto* end = std::get_if<GiveUp>(&action);
  BALANS_CHECK(end != nullptr);
  const auto done = store.transaction([&]() -> Result<void> {
    if (const auto held = hold_payees(store, settlement, end->why); !held) return held;
    return give_up(store, terms_.books, settlement, end->why, now);
  });
  return told(done, "settlement-given-up", ": " + end->why);
}

Result<Settlements::Go> Settlements::build(Store& store, const Settlement& settlement, const Tip& tip, UnixTime now,
                                           SettlementRound& round) {
  const auto in_use = store.settlements().inputs_in_use(terms_.books.chain);
  if (!in_use) return in_use.error();
  const std::int64_t last_epoch = tip.epoch + terms_.rules.expiry_epochs;
  auto built = ledger_.build(payments_of(settlement), *in_use, last_epoch);
  if (built)
    if (const auto fine = check_built(settlement, *built, *in_use, last_epoch); !fine) built = fine.error();
  if (!built) {
    round.notices.push_back({"settlement-not-built", named(settlement) + ": " + built.error().message()});
    return Go::Enough;
  }
  if (is_too_dear(built->most_fee, settlement.payouts.size(), smallest_of(settlement), terms_.rules)) {
    const std::string why = "its fee is too much: " + trade::to_decimal(built->most_fee, settlement.asset);
    const auto done = store.transaction([&] { return give_up(store, terms_.books, settlement, why, now); });
    if (!done) return done.error();
    round.notices.push_back({"settlement-given-up", named(settlement) + ": " + why});
    return Go::Enough;
  }
  // What was signed leaves this process only once it is kept.
  const Attempt attempt{static_cast<std::int64_t>(settlement.attempts.size()) + 1, *std::move(built), now, Live{}};
  const auto kept = keep(store, settlement, attempt, now);
  if (!kept) return kept.error();
  if (*kept == Go::Enough) ++round.held[Hold::DailyLimit];
  return *kept;
}

/// Another process may have signed something since the limit was looked at: it counts where nobody else writes.
Result<Settlements::Go> Settlements::keep(Store& store, const Settlement& settlement, const Attempt& attempt,
                                          UnixTime now) {
  Go go = Go::On;
  const auto done = store.transaction([&]() -> Result<void> {
    if (const auto held = store.journal().hold(); !held) return held;
    const auto today = store.settlements().signed_since(terms_.books.chain, now - kDay, settlement.id);
    if (!today) return today.error();
    const auto whole = sum(*today, total_of(settlement));
    if (!whole || *whole > terms_.rules.daily_limit) return go = Go::Enough, Result<void>();
    return store.settlements().add_attempt(settlement, attempt);
  });
  if (!done) return done.error();
  return go;
}

Result<Settlements::Go> Settlements::submit(const Attempt& attempt, UnixTime now, SettlementRound& round) {
  const auto taken = ledger_.submit(attempt.transaction);
  submitted_[attempt.transaction.digest] = now;
  // An answer that is missing says nothing of what became of it: that is asked for, in the next round.
  if (!taken)
    round.notices.push_back({"settlement-not-taken", terms_.books.chain.str() + " " + attempt.transaction.digest +
                                                         ": " + taken.error().message()});
  return Go::Enough;
}

Result<void> Settlements::bury(Store& store, const Settlement& settlement, const Death& death, UnixTime now) {
  Attempt attempt = *live_attempt(settlement);
  attempt.state = state_of(death);
  submitted_.erase(attempt.transaction.digest);
  return store.transaction([&]() -> Result<void> {
    if (const auto* vain = std::get_if<DeadInVain>(&death))
      if (const auto paid = enter_some(store, failing(terms_.books, settlement, attempt, vain->fee), now); !paid)
        return paid;
    return store.settlements().end_attempt(settlement.id, attempt);
  });
}

Result<void> Settlements::finish(Store& store, const Settlement& settlement, const Paid& paid, UnixTime now) {
  Attempt attempt = *live_attempt(settlement);
  attempt.state = paid;
  submitted_.erase(attempt.transaction.digest);
  return store.transaction([&]() -> Result<void> {
    if (const auto posted = enter_some(store, paying(terms_.books, settlement, attempt, paid), now); !posted)
      return posted;
    if (const auto ended = store.settlements().end_attempt(settlement.id, attempt); !ended) return ended;
    return store.settlements().end(settlement.id, Settled{now});
  });
}

Result<void> Settlements::plan(Store& store, const Tip& tip, UnixTime now, SettlementRound& round) {
  const auto opened = plan_payouts(store, terms_.books, terms_.rules, tip.fee, now);
  if (!opened) return opened.error();
  for (const Settlement& settlement : *opened) round.notices.push_back({"settlement-opened", named(settlement)});
  return {};
}

}  // namespace balans::api
