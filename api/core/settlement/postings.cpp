#include "api/core/settlement/postings.hpp"

namespace balans::api::settlement {
namespace {

using journal::AccountKind;
using journal::Batch;
using journal::Code;

std::string words_of(const Books& books, std::string_view what) {
  return to_hex(books.deployment.bytes) + " settlement " + books.chain.str() + " " + std::string(what);
}

/// Accounts are the same whenever they are asked for, so no time belongs to them but the first there is.
journal::Id account_id(const Books& books, std::string_view name) {
  return journal::id_from(UnixTime(1), words_of(books, "account " + std::string(name)));
}

journal::NewAccount account(const Books& books, AccountKind kind, std::string_view name) {
  journal::NewAccount made;
  made.id = account_id(books, name);
  made.asset = books.asset;
  made.kind = kind;
  made.owner = std::string(name) + " " + books.chain.str();
  return made;
}

std::string reference_of(const Settlement& settlement) {
  return settlement.chain.str() + " settlement " + to_text(settlement.id);
}

journal::Id part_id(const Books& books, const Settlement& settlement, std::string_view part) {
  return journal::id_from(settlement.made, words_of(books, to_text(settlement.id) + " " + std::string(part)));
}

std::string name_of_output(const std::string& digest, std::int64_t output) {
  return digest + " " + std::to_string(output);
}

void add_fee(const Books& books, const Settlement& settlement, const Attempt& attempt, Amount fee, Batch& batch) {
  if (fee.is_zero()) return;
  const std::string number = std::to_string(attempt.number);
  batch.transfers.push_back(journal::transfer(part_id(books, settlement, "fee " + number), fees_of(books),
                                              custody_of(books), fee, Code::Fee,
                                              reference_of(settlement) + " attempt " + number));
}

/// A transaction is one, whenever it is found.
journal::Id unknown_id(const Books& books, const Movement& movement, const std::string& what) {
  return journal::id_from(UnixTime(1), words_of(books, "unknown " + movement.digest + " " + what));
}

Code code_of(Purpose purpose) { return purpose == Purpose::Refund ? Code::Refund : Code::Payout; }

}  // namespace

journal::Id custody_of(const Books& books) { return account_id(books, "custody"); }
journal::Id fees_of(const Books& books) { return account_id(books, "fees"); }
journal::Id suspense_of(const Books& books) { return account_id(books, "suspense"); }
journal::Id cold_of(const Books& books) { return account_id(books, "cold"); }

bool is_the_operators(const Books& books, const journal::Id& account) {
  return account == custody_of(books) || account == fees_of(books) || account == suspense_of(books) ||
         account == cold_of(books);
}

Batch opening(const Books& books) {
  Batch batch;
  batch.accounts = {account(books, AccountKind::Cash, "custody"), account(books, AccountKind::Fees, "fees"),
                    account(books, AccountKind::Suspense, "suspense"), account(books, AccountKind::Cash, "cold")};
  return batch;
}

journal::Id settlement_id(const Books& books, UnixTime at, std::string_view words) {
  return journal::id_from(at, words_of(books, words));
}

journal::Id reserve_id(const Books& books, const Settlement& settlement, std::size_t n) {
  return part_id(books, settlement, "reserve " + std::to_string(n));
}

Batch reserving(const Books& books, const Settlement& settlement) {
  Batch batch;
  for (const Payout& payout : settlement.payouts)
    batch.transfers.push_back(journal::reserve(payout.reserve, payout.account, custody_of(books), payout.amount,
                                               std::nullopt, code_of(settlement.purpose), reference_of(settlement)));
  return batch;
}

Batch paying(const Books& books, const Settlement& settlement, const Attempt& attempt, const Paid& paid) {
  Batch batch;
  for (std::size_t n = 0; n < settlement.payouts.size(); ++n) {
    const Payout& payout = settlement.payouts[n];
    batch.transfers.push_back(journal::post(part_id(books, settlement, "post " + std::to_string(n)), payout.reserve,
                                            payout.amount, code_of(settlement.purpose), reference_of(settlement)));
  }
  add_fee(books, settlement, attempt, paid.fee, batch);
  return batch;
}

Batch releasing(const Books& books, const Settlement& settlement) {
  Batch batch;
  for (std::size_t n = 0; n < settlement.payouts.size(); ++n)
    batch.transfers.push_back(journal::void_of(part_id(books, settlement, "void " + std::to_string(n)),
                                               settlement.payouts[n].reserve, code_of(settlement.purpose),
                                               reference_of(settlement)));
  return batch;
}

Batch failing(const Books& books, const Settlement& settlement, const Attempt& attempt, Amount fee) {
  Batch batch;
  add_fee(books, settlement, attempt, fee, batch);
  return batch;
}

Batch crediting(const Books& books, const Deposit& deposit, const journal::Id& account) {
  const std::string name = name_of_output(deposit.key.digest, deposit.key.output);
  Batch batch;
  batch.transfers.push_back(journal::transfer(journal::id_from(deposit.seen, words_of(books, "deposit " + name)),
                                              custody_of(books), account, deposit.amount, Code::Deposit,
                                              books.chain.str() + " " + name));
  return batch;
}

Batch assigning(const Books& books, const Deposit& deposit, const journal::Id& account) {
  const std::string name = name_of_output(deposit.key.digest, deposit.key.output);
  Batch batch;
  batch.transfers.push_back(journal::transfer(journal::id_from(deposit.seen, words_of(books, "assigned " + name)),
                                              suspense_of(books), account, deposit.amount, Code::Deposit,
                                              books.chain.str() + " " + name));
  return batch;
}

Batch charging(const Books& books, const Movement& movement, const Charge& charge) {
  Batch batch;
  batch.transfers.push_back(journal::transfer(unknown_id(books, movement, std::to_string(charge.output)),
                                              charge.account, custody_of(books), charge.amount, Code::Payout,
                                              books.chain.str() + " " + movement.digest));
  return batch;
}

Batch charging_fee(const Books& books, const Movement& movement) {
  Batch batch;
  if (!movement.fee.is_zero())
    batch.transfers.push_back(journal::transfer(unknown_id(books, movement, "fee"), fees_of(books), custody_of(books),
                                                movement.fee, Code::Fee, books.chain.str() + " " + movement.digest));
  return batch;
}

}  // namespace balans::api::settlement
