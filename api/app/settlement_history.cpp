// What the chain's history of our own addresses brings into the journal.
#include "api/app/journal.hpp"
#include "api/app/settlement.hpp"
#include "api/core/settlement/reconcile.hpp"

namespace balans::api {

using namespace settlement;

namespace {

constexpr std::size_t kMovementsAtOnce = 200;
constexpr int kPagesAtOnce = 20;
/// Open settlements that an unknown payment is compared with.
constexpr std::size_t kOpenCompared = 1000;

Result<void> enter_some(Store& store, const journal::Batch& batch, UnixTime now) {
  if (batch.transfers.empty()) return {};
  if (const auto entered = enter_all(store.journal(), batch, now); !entered) return entered.error();
  return {};
}

/// Enters it, or nothing where it is refused: then false.
Result<bool> try_to_enter(Store& store, const journal::Batch& batch, UnixTime now) {
  const auto outcomes = enter(store.journal(), {&batch, 1}, now);
  if (!outcomes) return outcomes.error();
  return outcomes->front().all_there();
}

}  // namespace

Result<void> Settlements::follow(Store& store, UnixTime now, SettlementRound& round) {
  for (int i = 0; i < kPagesAtOnce; ++i) {
    const auto cursor = store.settlements().cursor(terms_.books.chain);
    if (!cursor) return cursor.error();
    // Somebody may have said meanwhile that this database has lost something.
    if ((*cursor)->wait_epoch) reconciled_ = Reconciled::No;
    const auto history = ledger_.history((*cursor)->position, kMovementsAtOnce);
    if (!history) return history.error();
    if (!history->movements.empty() || history->position != (*cursor)->position) {
      const auto blocked = take_page(store, *history, now, round);
      if (!blocked) return blocked.error();
      if (*blocked == Blocked::Yes) return {};
    }
    if (history->is_complete) return note_complete(store, *history);
    // What comes next is not final yet.
    if (history->movements.empty() && history->position == (*cursor)->position) return {};
  }
  return {};
}

/// One transaction. Where something has to be known first, what comes before it is kept, and the page comes again.
Result<Settlements::Blocked> Settlements::take_page(Store& store, const History& history, UnixTime now,
                                                    SettlementRound& round) {
  Blocked blocked = Blocked::No;
  const auto done = store.transaction([&]() -> Result<void> {
    for (const Movement& movement : history.movements) {
      const auto taken = take(store, movement, now, round);
      if (!taken) return taken.error();
      blocked = *taken;
      if (blocked == Blocked::Yes) return {};
    }
    return store.settlements().put_position(terms_.books.chain, history.position);
  });
  if (!done) return done.error();
  return blocked;
}

Result<Settlements::Blocked> Settlements::take(Store& store, const Movement& movement, UnixTime now,
                                               SettlementRound& round) {
  if (const auto fine = check(movement); !fine) return fine.error();
  if (movement.origin == Origin::Ours) return take_own(store, movement, now, round);
  for (const Output& output : movement.outputs)
    if (const auto credited = credit(store, movement, output, now, round); !credited) return credited.error();
  return Blocked::No;
}

Result<void> Settlements::credit(Store& store, const Movement& movement, const Output& output, UnixTime now,
                                 SettlementRound& round) {
  if (output.amount.is_zero()) return {};
  Deposit deposit{{terms_.books.chain, movement.digest, output.number},
                  movement.sender,
                  output.amount,
                  movement.checkpoint,
                  now,
                  std::nullopt,
                  std::nullopt};
  const auto known = store.settlements().deposit(deposit.key);
  if (!known) return known.error();
  if (*known) return {};
  const auto payee = store.settlements().payee(terms_.books.chain, movement.sender);
  if (!payee) return payee.error();
  if (*payee) {
    const auto entered = try_to_enter(store, crediting(terms_.books, deposit, (*payee)->account), now);
    if (!entered) return entered.error();
    if (*entered) deposit.account = (*payee)->account;
  }
  if (!deposit.account) {
    const journal::Id suspense = suspense_of(terms_.books);
    if (auto entered = enter_some(store, crediting(terms_.books, deposit, suspense), now); !entered) return entered;
    round.notices.push_back({"deposit-in-suspense", terms_.books.chain.str() + " " + movement.digest + " from " +
                                                        movement.sender + ", " +
                                                        trade::to_decimal(output.amount, terms_.books.asset)});
  }
  return store.settlements().add(deposit);
}

Result<Settlements::Blocked> Settlements::take_own(Store& store, const Movement& movement, UnixTime now,
                                                   SettlementRound& round) {
  const auto attempt = store.settlements().attempt(terms_.books.chain, movement.digest);
  if (!attempt) return attempt.error();
  if (!*attempt) return take_unknown(store, movement, now, round);
  const AttemptState& state = (*attempt)->state;
  // What was proved dead and was executed all the same: neither the proof nor the chain can be trusted any more.
  if (std::holds_alternative<DeadByInput>(state) || std::holds_alternative<DeadByEpoch>(state))
    return Error{"transaction " + movement.digest, "is final, and was proved to be dead: nothing more is signed"};
  return Blocked::No;
}

Result<Settlements::Blocked> Settlements::take_unknown(Store& store, const Movement& movement, UnixTime now,
                                                       SettlementRound& round) {
  const auto open = store.settlements().open_settlements(terms_.books.chain, std::nullopt, kOpenCompared);
  if (!open) return open.error();
  const Verdict verdict = judge_unknown(movement, *open);
  if (std::holds_alternative<AskFirst>(verdict)) return Blocked::Yes;
  Result<void> done;
  if (const auto* adopted = std::get_if<Adopt>(&verdict)) {
    for (const Settlement& settlement : *open)
      if (settlement.id == adopted->settlement) done = adopt(store, settlement, movement, now);
  } else {
    done = charge(store, movement, now);
  }
  if (!done) return done.error();
  round.notices.push_back({std::holds_alternative<Adopt>(verdict) ? "settlement-found" : "payment-unknown",
                           terms_.books.chain.str() + " " + movement.digest});
  return Blocked::No;
}

Result<void> Settlements::adopt(Store& store, const Settlement& settlement, const Movement& movement, UnixTime now) {
  const Paid paid{movement.fee, movement.checkpoint};
  Attempt attempt{static_cast<std::int64_t>(settlement.attempts.size()) + 1, {}, now, paid};
  attempt.transaction.digest = movement.digest;
  attempt.transaction.most_fee = movement.fee;
  if (auto added = store.settlements().add_attempt(settlement, attempt); !added) return added;
  if (auto posted = enter_some(store, paying(terms_.books, settlement, attempt, paid), now); !posted) return posted;
  return store.settlements().end(settlement.id, Settled{now});
}

/// Those whose addresses are known bear what was paid to them, as far as their accounts allow it; suspense the rest.
Result<void> Settlements::charge(Store& store, const Movement& movement, UnixTime now) {
  const journal::Id suspense = suspense_of(terms_.books);
  for (const Output& output : movement.outputs) {
    if (output.amount.is_zero()) continue;
    Charge charge{output.number, suspense, output.amount};
    const auto booked = store.journal().transfer(charging(terms_.books, movement, charge).transfers.front().id);
    if (!booked) return booked.error();
    if (*booked) continue;
    const auto payee = store.settlements().payee(terms_.books.chain, output.address);
    if (!payee) return payee.error();
    if (*payee) {
      charge.account = (*payee)->account;
      const auto entered = try_to_enter(store, charging(terms_.books, movement, charge), now);
      if (!entered) return entered.error();
      if (*entered) continue;
      charge.account = suspense;
    }
    if (auto entered = enter_some(store, charging(terms_.books, movement, charge), now); !entered) return entered;
  }
  return enter_some(store, charging_fee(terms_.books, movement), now);
}

/// What a node shows that lags behind this process's start may lack what the one before has submitted. After a restore,
/// what the copy has forgotten may still be executed until the epoch is over in which it expires.
Result<void> Settlements::note_complete(Store& store, const History& history) {
  if (reconciled_ == Reconciled::Yes || history.at < *started_) return {};
  auto cursor = store.settlements().cursor(terms_.books.chain);
  if (!cursor) return cursor.error();
  std::optional<std::int64_t>& wait = (*cursor)->wait_epoch;
  if (wait) {
    if (*wait == LedgerCursor::kUnasked)
      wait = history.epoch + terms_.rules.expiry_epochs + 1;
    else if (history.epoch >= *wait)
      wait.reset();
    else
      return {};
    const auto put = store.transaction([&] { return store.settlements().put_cursor(**cursor); });
    if (!put || wait) return put;
  }
  reconciled_ = Reconciled::Yes;
  return {};
}

}  // namespace balans::api
