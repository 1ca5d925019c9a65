// Everything in the order in which it was written, for the audit.
#include "api/store/sql_journal.hpp"
#include "api/store/sql_journal_rows.hpp"

namespace balans::api {

using namespace journal_rows;

Result<std::vector<StoredCommit>> SqlJournal::commits(std::int64_t after, std::size_t limit) {
  std::vector<StoredCommit> all;
  const auto done = sql::each_row(
      connection_.query("read commits",
                        "SELECT number, at_utc, head, era, era_rows FROM journal_commit WHERE number > $1 ORDER BY "
                        "number LIMIT $2",
                        {after, static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto digest = bytes32_from_hex(row.text(2));
        if (!digest) return digest.error().within("table journal_commit, commit " + std::to_string(row.integer(0)));
        all.push_back({row.integer(0), UnixTime(row.integer(1)), {*digest}, {row.integer(3), row.integer(4)}});
        return {};
      });
  if (!done) return done.error();
  return all;
}

Result<std::vector<journal::Account>> SqlJournal::opened_by(std::int64_t first, std::int64_t last) {
  std::vector<journal::Account> all;
  const auto done =
      sql::each_row(connection_.query("read accounts",
                                      "SELECT " BALANS_ACCOUNT_COLUMNS
                                      " FROM account a WHERE a.commit_number BETWEEN $1 AND $2 ORDER BY a.number",
                                      {first, last}),
                    [&](const sql::Rows& row) -> Result<void> {
                      auto account = account_of(row);
                      if (!account) return account.error();
                      all.push_back(*std::move(account));
                      return {};
                    });
  if (!done) return done.error();
  return all;
}

Result<std::vector<journal::Entry>> SqlJournal::entries(StatementCursor after, std::size_t limit) {
  std::vector<journal::Entry> all;
  const auto done = sql::each_row(
      connection_.query("read transfers",
                        "SELECT " BALANS_ENTRY_COLUMNS " FROM transfer t WHERE (t.commit_number, t.ordinal) > ($1, $2) "
                        "ORDER BY t.commit_number, t.ordinal LIMIT $3",
                        {after.commit, after.ordinal, static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        auto entry = entry_of(row);
        if (!entry) return entry.error();
        all.push_back(*std::move(entry));
        return {};
      });
  if (!done) return done.error();
  return all;
}

Result<std::vector<StoredBalance>> SqlJournal::balances(std::int64_t account, std::int64_t first, std::int64_t last) {
  std::vector<StoredBalance> all;
  const auto done = sql::each_row(
      connection_.query("read balances",
                        "SELECT " BALANS_BALANCE_COLUMNS
                        ", b.commit_number, b.first_ordinal, b.last_ordinal, b.debits_over, b.credits_over, b.era FROM "
                        "account_era e JOIN account_balance b ON b.era = e.era AND b.account = e.account WHERE "
                        "e.account = $1 AND e.era >= COALESCE(" BALANS_ERA_OF_BALANCE
                        ", 0) AND e.era <= $3 AND b.commit_number BETWEEN $2 AND $3 ORDER BY b.commit_number, b.era",
                        {account, first, last}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto balances = balances_of(row);
        if (!balances) return balances.error();
        const auto bound = [&](int column) {
          const auto units = row.optional_integer(column);
          return units ? journal::Amount::of(*units) : std::nullopt;
        };
        all.push_back({row.integer(kBalanceColumns + 5), account, row.integer(kBalanceColumns), *balances,
                       row.integer(kBalanceColumns + 1), row.integer(kBalanceColumns + 2), bound(kBalanceColumns + 3),
                       bound(kBalanceColumns + 4)});
        return {};
      });
  if (!done) return done.error();
  return all;
}

Result<std::int64_t> SqlJournal::count_balances(std::int64_t last) {
  const auto found = sql::first_row(
      connection_.query("count balances", "SELECT COUNT(*) FROM account_balance WHERE commit_number <= $1", {last}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  return found->value_or(0);
}

Result<std::vector<StoredEra>> SqlJournal::eras(std::int64_t account, std::int64_t first, std::int64_t last) {
  std::vector<StoredEra> all;
  const auto done =
      sql::each_row(connection_.query("read eras",
                                      "SELECT era, first_commit FROM account_era WHERE account = $1 AND era >= "
                                      "COALESCE(" BALANS_ERA_OF_BALANCE
                                      ", 0) AND era <= $3 AND first_commit BETWEEN $2 AND $3 ORDER BY era",
                                      {account, first, last}),
                    [&](const sql::Rows& row) -> Result<void> {
                      all.push_back({row.integer(0), row.integer(1)});
                      return {};
                    });
  if (!done) return done.error();
  return all;
}

Result<std::int64_t> SqlJournal::count_eras(std::int64_t last) {
  const auto found = sql::first_row(
      connection_.query("count eras", "SELECT COUNT(*) FROM account_era WHERE first_commit <= $1", {last}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  return found->value_or(0);
}

}  // namespace balans::api
