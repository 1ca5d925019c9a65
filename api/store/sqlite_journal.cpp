#include "api/store/sqlite_journal.hpp"

#include "api/store/journal_touched.hpp"
#include "api/store/sql_journal_rows.hpp"

namespace balans::api {

using namespace journal_rows;
using journal::Book;

namespace {

Result<void> take_account(Book& book, LoadedEras& eras, const sql::Rows& row) {
  auto account = account_of(row);
  if (!account) return account.error();
  const auto balances = balances_of(row, kAccountColumns);
  if (!balances) return balances.error();
  book.numbers.emplace(account->id, account->number);
  const std::int64_t number = account->number;
  if (const auto era = row.optional_integer(kAccountColumns + kBalanceColumns)) eras.of_account.emplace(number, *era);
  book.accounts.emplace(number, journal::AccountState{*std::move(account), *balances});
  return {};
}

Result<void> take_reserve(Book& book, const sql::Rows& row) {
  const auto reserve = reserve_of(row);
  if (!reserve) return reserve.error();
  book.reserves.emplace(reserve->id, *reserve);
  return {};
}

}  // namespace

Result<Book> SqliteJournal::load(std::span<const journal::Batch> batches, UnixTime now) {
  Book book;
  auto newest = head();
  if (!newest) return newest.error();
  book.head = *newest;
  if (const auto loaded = load_era(); !loaded) return loaded.error();
  if (const auto due = load_due(book, commit_time(book.head, now)); !due) return due.error();
  const Touched touched = touched_by(batches);
  for (const journal::Id& id : touched.reserves)
    if (const auto loaded = load_reserve(book, id); !loaded) return loaded.error();
  for (const auto& [id, reserve] : book.reserves)
    if (const auto loaded = load_accounts_of(book, reserve); !loaded) return loaded.error();
  for (const journal::Id& id : touched.entries)
    if (const auto loaded = load_entry(book, id); !loaded) return loaded.error();
  for (const journal::Id& id : touched.accounts)
    if (const auto loaded = load_account(book, id); !loaded) return loaded.error();
  return book;
}

Result<void> SqliteJournal::load_era() {
  eras_ = {};
  return sql::each_row(
      connection_.query("find the newest era", "SELECT era, era_rows FROM journal_commit ORDER BY number DESC LIMIT 1"),
      [&](const sql::Rows& row) -> Result<void> {
        eras_.newest = {row.integer(0), row.integer(1)};
        return {};
      });
}

Result<void> SqliteJournal::load_due(Book& book, UnixTime at) {
  return sql::each_row(
      connection_.query("find reserves that are over",
                        "SELECT " BALANS_RESERVE_COLUMNS
                        " FROM open_reserve r WHERE r.expires_utc <= $1 ORDER BY r.expires_utc LIMIT $2",
                        {at.ms(), static_cast<std::int64_t>(journal::kMostTimeOuts)}),
      [&](const sql::Rows& row) { return take_reserve(book, row); });
}

Result<void> SqliteJournal::load_reserve(Book& book, const journal::Id& id) {
  return sql::each_row(
      connection_.query("find a reserve",
                        "SELECT " BALANS_RESERVE_COLUMNS " FROM open_reserve r WHERE r.id_high = $1 AND r.id_low = $2",
                        {high_of(id), low_of(id)}),
      [&](const sql::Rows& row) { return take_reserve(book, row); });
}

Result<void> SqliteJournal::load_entry(Book& book, const journal::Id& id) {
  auto known = transfer(id);
  if (!known) return known.error();
  if (*known) book.entries.emplace(id, **std::move(known));
  return {};
}

Result<void> SqliteJournal::load_account(Book& book, const journal::Id& id) {
  if (book.numbers.contains(id)) return {};
  return sql::each_row(connection_.query("find an account", kAccountById, {high_of(id), low_of(id), kNewest}),
                       [&](const sql::Rows& row) { return take_account(book, eras_, row); });
}

Result<void> SqliteJournal::load_numbered(Book& book, std::int64_t number) {
  if (book.accounts.contains(number)) return {};
  return sql::each_row(connection_.query("find an account", kAccountByNumber, {number, kNewest}),
                       [&](const sql::Rows& row) { return take_account(book, eras_, row); });
}

Result<void> SqliteJournal::load_accounts_of(Book& book, const journal::OpenReserve& reserve) {
  for (const std::int64_t number : {reserve.debit, reserve.credit}) {
    if (auto loaded = load_numbered(book, number); !loaded) return loaded;
    if (!book.accounts.contains(number))
      return Error{"table open_reserve, " + to_text(reserve.id), "there is no account " + std::to_string(number)};
  }
  return {};
}

Result<void> SqliteJournal::add(const journal::Commit& commit) { return add_row_by_row(commit); }

}  // namespace balans::api
