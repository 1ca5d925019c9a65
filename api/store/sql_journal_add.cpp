// A commit's rows, one statement for each: the same in both engines.
#include "api/store/sql_journal.hpp"
#include "api/store/sql_journal_rows.hpp"

namespace balans::api {

using namespace journal_rows;

Result<void> SqlJournal::add_row_by_row(const journal::Commit& commit) {
  const auto& [number, at, digest, accounts] = commit.head;
  const EraPlace place = next_place(eras_.newest, number, commit.balances.size());
  if (auto added = connection_.run_meanwhile(
          "store a commit",
          "INSERT INTO journal_commit (number, at_utc, head, era, era_rows) VALUES ($1, $2, $3, $4, $5)",
          {number, at.ms(), to_hex(digest.bytes), place.era, place.rows});
      !added)
    return added;
  for (const journal::Account& account : commit.accounts)
    if (auto added = add_account(account); !added) return added;
  for (const journal::Entry& entry : commit.entries)
    if (auto added = add_entry(entry); !added) return added;
  for (const journal::ChangedBalance& changed : commit.balances)
    if (auto added = add_balance(number, place.era, changed); !added) return added;
  for (const journal::Id& reserve : commit.closed)
    if (auto closed = close(reserve); !closed) return closed;
  for (const journal::OpenReserve& reserve : commit.opened)
    if (auto opened = open(reserve); !opened) return opened;
  return {};
}

Result<void> SqlJournal::add_account(const journal::Account& account) {
  const auto site = account.site ? std::optional(account.site->str()) : std::nullopt;
  return connection_.run_meanwhile(
      "store an account",
      "INSERT INTO account (number, id_high, id_low, asset, kind, site, owner, debits_over, credits_over, "
      "commit_number, made_utc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {account.number, high_of(account.id), low_of(account.id), trade::name_of(account.asset), name_of(account.kind),
       site, account.owner, units_of(account.debits_over), units_of(account.credits_over), account.commit,
       account.made.ms()});
}

Result<void> SqlJournal::add_entry(const journal::Entry& entry) {
  const auto& reserve = entry.reserve;
  return connection_.run_meanwhile(
      "store a transfer",
      "INSERT INTO transfer (commit_number, ordinal, id_high, id_low, kind, debit, credit, amount, reserve_high, "
      "reserve_low, time_out_ms, code, reference, linked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, $14)",
      {entry.commit, entry.ordinal, high_of(entry.id), low_of(entry.id), static_cast<int>(entry.kind), entry.debit,
       entry.credit, entry.amount.units(), reserve ? std::optional(high_of(*reserve)) : std::nullopt,
       reserve ? std::optional(low_of(*reserve)) : std::nullopt,
       entry.time_out ? std::optional(entry.time_out->count()) : std::nullopt, static_cast<int>(entry.code),
       entry.reference, static_cast<int>(entry.link)});
}

Result<void> SqlJournal::add_balance(std::int64_t commit, std::int64_t era, const journal::ChangedBalance& changed) {
  if (!eras_.has(changed.account, era))
    if (auto noted = connection_.run_meanwhile(
            "note an account's era", "INSERT INTO account_era (account, era, first_commit) VALUES ($1, $2, $3)",
            {changed.account, era, commit});
        !noted)
      return noted;
  const journal::Balances& now = changed.balances;
  return connection_.run_meanwhile(
      "store a balance",
      "INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending, "
      "credits_posted, first_ordinal, last_ordinal, debits_over, credits_over) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "$9, $10, $11)",
      {era, changed.account, commit, now.debits_pending.units(), now.debits_posted.units(), now.credits_pending.units(),
       now.credits_posted.units(), changed.first, changed.last, units_of(changed.debits_over),
       units_of(changed.credits_over)});
}

Result<void> SqlJournal::open(const journal::OpenReserve& reserve) {
  return connection_.run_meanwhile(
      "open a reserve",
      "INSERT INTO open_reserve (id_high, id_low, debit, credit, amount, expires_utc) VALUES ($1, $2, $3, $4, $5, $6)",
      {high_of(reserve.id), low_of(reserve.id), reserve.debit, reserve.credit, reserve.amount.units(),
       reserve.expires ? std::optional(reserve.expires->ms()) : std::nullopt});
}

Result<void> SqlJournal::close(const journal::Id& reserve) {
  return connection_.run_meanwhile("close a reserve", "DELETE FROM open_reserve WHERE id_high = $1 AND id_low = $2",
                                   {high_of(reserve), low_of(reserve)});
}

}  // namespace balans::api
