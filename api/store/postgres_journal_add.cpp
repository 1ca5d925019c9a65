// A commit's rows in PostgreSQL: each statement takes all of a table, or all there is of a single payment.
#include <algorithm>

#include "api/store/postgres_journal.hpp"
#include "api/store/postgres_journal_ids.hpp"

namespace balans::api {

using namespace journal_rows;

Result<void> PostgresJournal::add(const journal::Commit& commit) {
  const EraPlace place = next_place(eras_.newest, commit.head.commit, commit.balances.size());
  const bool in_era = std::all_of(commit.balances.begin(), commit.balances.end(),
                                  [&](const auto& changed) { return eras_.has(changed.account, place.era); });
  const bool is_payment = commit.entries.size() == 1 && commit.entries.front().kind == journal::Kind::Transfer &&
                          commit.balances.size() == 2 && commit.accounts.empty() && commit.closed.empty() &&
                          commit.opened.empty();
  if (is_payment && in_era) return add_payment(commit, place);
  const std::size_t rows = 1 + commit.accounts.size() + commit.entries.size() + 2 * commit.balances.size() +
                           commit.closed.size() + commit.opened.size();
  if (rows <= kFewRows) return add_row_by_row(commit);
  if (auto added = add_accounts(commit); !added) return added;
  if (auto added = add_entries(commit); !added) return added;
  return note_reserves(commit);
}

/// One transfer and nothing else, as most commits are: to the server one statement is much less work than four.
Result<void> PostgresJournal::add_payment(const journal::Commit& commit, const EraPlace& place) {
  const journal::Entry& e = commit.entries.front();
  const journal::ChangedBalance &first = commit.balances.front(), &second = commit.balances.back();
  const journal::Balances &a = first.balances, &b = second.balances;
  return connection_.run_meanwhile(
      "store a transfer",
      "WITH c AS (INSERT INTO journal_commit (number, at_utc, head, era, era_rows) VALUES ($1, $2, $3, $4, $5)), "
      "t AS (INSERT INTO transfer (commit_number, ordinal, id_high, id_low, kind, debit, credit, amount, code, "
      "reference, linked) VALUES ($1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)) "
      "INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending, "
      "credits_posted, first_ordinal, last_ordinal, debits_over, credits_over) VALUES "
      "($4, $16, $1, $17, $18, $19, $20, $6, $6, $21, $22), ($4, $23, $1, $24, $25, $26, $27, $6, $6, $28, $29)",
      {commit.head.commit,
       commit.head.at.ms(),
       to_hex(commit.head.digest.bytes),
       place.era,
       place.rows,
       e.ordinal,
       high_of(e.id),
       low_of(e.id),
       static_cast<int>(e.kind),
       e.debit,
       e.credit,
       e.amount.units(),
       static_cast<int>(e.code),
       e.reference,
       static_cast<int>(e.link),
       first.account,
       a.debits_pending.units(),
       a.debits_posted.units(),
       a.credits_pending.units(),
       a.credits_posted.units(),
       units_of(first.debits_over),
       units_of(first.credits_over),
       second.account,
       b.debits_pending.units(),
       b.debits_posted.units(),
       b.credits_pending.units(),
       b.credits_posted.units(),
       units_of(second.debits_over),
       units_of(second.credits_over)});
}

Result<void> PostgresJournal::add_accounts(const journal::Commit& commit) {
  if (commit.accounts.empty()) return {};
  PostgresArray numbers, assets, kinds, sites, owners, debits_over, credits_over;
  IdArrays ids;
  for (const journal::Account& account : commit.accounts) {
    numbers.add(account.number);
    ids.add(account.id);
    assets.add(trade::name_of(account.asset));
    kinds.add(name_of(account.kind));
    sites.add(std::string_view(account.site ? account.site->str() : ""));
    owners.add(std::string_view(account.owner));
    debits_over.add(units_of(account.debits_over));
    credits_over.add(units_of(account.credits_over));
  }
  return connection_.run_meanwhile(
      "store accounts",
      "INSERT INTO account (number, id_high, id_low, asset, kind, site, owner, debits_over, credits_over, "
      "commit_number, made_utc) SELECT number, high, low, asset, kind, nullif(site, ''), owner, debits, credits, "
      "$10::bigint, $11::bigint FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], "
      "$6::text[], $7::text[], $8::bigint[], $9::bigint[]) AS w (number, high, low, asset, kind, site, owner, debits, "
      "credits)",
      {numbers.text(), ids.high.text(), ids.low.text(), assets.text(), kinds.text(), sites.text(), owners.text(),
       debits_over.text(), credits_over.text(), commit.head.commit, commit.head.at.ms()});
}

namespace {

/// The columns of new transfers.
struct EntryArrays {
  PostgresArray kinds, debits, credits, amounts, time_outs, codes, references, links;
  IdArrays ids, reserves;

  explicit EntryArrays(const std::vector<journal::Entry>& entries) {
    for (const journal::Entry& entry : entries) {
      ids.add(entry.id);
      kinds.add(static_cast<std::int64_t>(entry.kind));
      debits.add(entry.debit);
      credits.add(entry.credit);
      amounts.add(entry.amount.units());
      reserves.add(entry.reserve);
      time_outs.add(entry.time_out ? std::optional(entry.time_out->count()) : std::nullopt);
      codes.add(static_cast<std::int64_t>(entry.code));
      references.add(std::string_view(entry.reference));
      links.add(static_cast<std::int64_t>(entry.link));
    }
  }
};

/// The columns of new balances.
struct BalanceArrays {
  PostgresArray accounts, debits_pending, debits_posted, credits_pending, credits_posted, first, last, debits_over,
      credits_over;

  explicit BalanceArrays(const std::vector<journal::ChangedBalance>& all) {
    for (const journal::ChangedBalance& each : all) {
      accounts.add(each.account);
      debits_pending.add(each.balances.debits_pending.units());
      debits_posted.add(each.balances.debits_posted.units());
      credits_pending.add(each.balances.credits_pending.units());
      credits_posted.add(each.balances.credits_posted.units());
      first.add(each.first);
      last.add(each.last);
      debits_over.add(units_of(each.debits_over));
      credits_over.add(units_of(each.credits_over));
    }
  }
};

}  // namespace

Result<void> PostgresJournal::add_entries(const journal::Commit& commit) {
  EntryArrays e(commit.entries);
  BalanceArrays b(commit.balances);
  const EraPlace place = next_place(eras_.newest, commit.head.commit, commit.balances.size());
  PostgresArray new_in_era;
  for (const journal::ChangedBalance& each : commit.balances)
    if (!eras_.has(each.account, place.era)) new_in_era.add(each.account);
  return connection_.run_meanwhile(
      "store a commit",
      "WITH c AS (INSERT INTO journal_commit (number, at_utc, head, era, era_rows) VALUES ($1::bigint, $2::bigint, "
      "$3::text, $25::bigint, $26::bigint)), e AS (INSERT INTO account_era (account, era, first_commit) SELECT "
      "account, $25::bigint, $1::bigint FROM unnest($27::bigint[]) AS w (account)), "
      "t AS (INSERT INTO transfer (commit_number, ordinal, id_high, id_low, kind, debit, credit, amount, reserve_high, "
      "reserve_low, time_out_ms, code, reference, linked) SELECT $1::bigint, ordinal, high, low, kind, debit, credit, "
      "amount, reserve_high, reserve_low, time_out, code, reference, link FROM unnest($4::bigint[], $5::bigint[], "
      "$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], "
      "$13::bigint[], $14::text[], $15::bigint[]) WITH ORDINALITY AS w (high, low, kind, debit, credit, amount, "
      "reserve_high, reserve_low, time_out, code, reference, link, ordinal)) "
      "INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending, "
      "credits_posted, first_ordinal, last_ordinal, debits_over, credits_over) SELECT $25::bigint, account, "
      "$1::bigint, dp, dd, cp, "
      "cc, first, last, d_over, c_over FROM unnest($16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], "
      "$20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[]) AS w (account, dp, dd, cp, cc, "
      "first, "
      "last, d_over, c_over)",
      {commit.head.commit,
       commit.head.at.ms(),
       to_hex(commit.head.digest.bytes),
       e.ids.high.text(),
       e.ids.low.text(),
       e.kinds.text(),
       e.debits.text(),
       e.credits.text(),
       e.amounts.text(),
       e.reserves.high.text(),
       e.reserves.low.text(),
       e.time_outs.text(),
       e.codes.text(),
       e.references.text(),
       e.links.text(),
       b.accounts.text(),
       b.debits_pending.text(),
       b.debits_posted.text(),
       b.credits_pending.text(),
       b.credits_posted.text(),
       b.first.text(),
       b.last.text(),
       b.debits_over.text(),
       b.credits_over.text(),
       place.era,
       place.rows,
       new_in_era.text()});
}

Result<void> PostgresJournal::note_reserves(const journal::Commit& commit) {
  if (!commit.closed.empty()) {
    IdArrays ids = arrays_of(commit.closed);
    auto closed = connection_.run_meanwhile(
        "close reserves",
        "DELETE FROM open_reserve WHERE ctid = ANY (ARRAY(SELECT r.place FROM unnest($1::bigint[], $2::bigint[]) AS w "
        "(high, low) CROSS JOIN LATERAL (SELECT ctid AS place FROM open_reserve WHERE id_high = w.high AND id_low = "
        "w.low LIMIT 1) r))",
        {ids.high.text(), ids.low.text()});
    if (!closed) return closed;
  }
  if (commit.opened.empty()) return {};
  IdArrays ids;
  PostgresArray debits, credits, amounts, expires;
  for (const journal::OpenReserve& reserve : commit.opened) {
    ids.add(reserve.id);
    debits.add(reserve.debit);
    credits.add(reserve.credit);
    amounts.add(reserve.amount.units());
    expires.add(reserve.expires ? std::optional(reserve.expires->ms()) : std::nullopt);
  }
  return connection_.run_meanwhile(
      "open reserves",
      "INSERT INTO open_reserve (id_high, id_low, debit, credit, amount, expires_utc) SELECT * FROM "
      "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])",
      {ids.high.text(), ids.low.text(), debits.text(), credits.text(), amounts.text(), expires.text()});
}

}  // namespace balans::api
