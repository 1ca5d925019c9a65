#include "api/app/settlement_plan.hpp"

#include <algorithm>

#include "api/app/settlement.hpp"
#include "api/core/settlement/plan.hpp"

namespace balans::api {

using namespace settlement;

namespace {

constexpr std::size_t kPayeesAtOnce = 500;

UnixTime begin_of(Millis period, UnixTime now) { return now - Millis(now.ms() % period.count()); }

/// What each could pay now, with the journal held until the transaction ends. Accounts that are not there or of another
/// asset have nothing.
Result<std::vector<Due>> funded(Store& store, const Books& books, const std::vector<Payee>& payees, UnixTime now) {
  journal::Batch asked;
  for (const Payee& payee : payees)
    asked.transfers.push_back(journal::transfer({}, payee.account, payee.account, {}, {}));
  const auto book = store.journal().load({&asked, 1}, now);
  if (!book) return book.error();
  std::vector<Due> due;
  for (const Payee& payee : payees) {
    Due each{payee, Amount()};
    const auto number = book->numbers.find(payee.account);
    if (number != book->numbers.end()) {
      const journal::AccountState& state = book->accounts.at(number->second);
      if (state.account.asset == books.asset)
        each.available = Amount::of(state.balances.available()).value_or(Amount());
    }
    due.push_back(std::move(each));
  }
  return due;
}

Settlement settlement_of(const Books& books, const std::vector<Draft>& drafts, UnixTime now) {
  Settlement settlement;
  settlement.id =
      settlement_id(books, now, "periodic " + to_text(drafts.front().account) + " " + std::to_string(now.ms()));
  settlement.chain = books.chain;
  settlement.asset = books.asset;
  settlement.made = now;
  for (std::size_t n = 0; n < drafts.size(); ++n)
    settlement.payouts.push_back(
        {drafts[n].account, drafts[n].address, drafts[n].amount, reserve_id(books, settlement, n)});
  return settlement;
}

}  // namespace

Result<std::vector<Settlement>> plan_payouts(Store& store, const Books& books, const Rules& rules, const FeeQuote& fee,
                                             UnixTime now) {
  std::vector<Settlement> opened;
  const UnixTime before = begin_of(rules.period, now);
  const auto some = store.settlements().due_payees(books.chain, before, 1);
  if (!some) return some.error();
  if (some->empty()) return opened;
  const auto done = store.transaction([&]() -> Result<void> {
    // Whoever was held or has gone meanwhile is paid nothing.
    if (const auto held = store.journal().hold(); !held) return held;
    const auto payees = store.settlements().due_payees(books.chain, before, kPayeesAtOnce);
    if (!payees) return payees.error();
    const auto due = funded(store, books, *payees, now);
    if (!due) return due.error();
    for (const std::vector<Draft>& drafts : settlement::plan(*due, fee, rules)) {
      opened.push_back(settlement_of(books, drafts, now));
      if (auto made = open_settlement(store, books, opened.back(), now); !made) return made;
    }
    for (const Payee& payee : *payees)
      if (auto noted = store.settlements().note_planned(books.chain, payee.address, now); !noted) return noted;
    return {};
  });
  if (!done) return done.error();
  return opened;
}

}  // namespace balans::api
