#include "api/store/sqlite_journal.hpp"

#include <limits>

#include "api/store/journal_touched.hpp"
#include "api/store/sql_journal_rows.hpp"

namespace balans::api {

using namespace journal_rows;
using journal::Book;

namespace {

// The account with its newest balance, and the era of that.
#define BALANS_ACCOUNT_WITH_BALANCE \
  "SELECT " BALANS_ACCOUNT_COLUMNS ", " BALANS_BALANCE_COLUMNS ", e.era FROM account a"
constexpr const char* kAccountById =
    BALANS_ACCOUNT_WITH_BALANCE BALANS_JOIN_BALANCE("$3") " WHERE a.id_high = $1 AND a.id_low = $2";
constexpr const char* kAccountByNumber = BALANS_ACCOUNT_WITH_BALANCE BALANS_JOIN_BALANCE("$2") " WHERE a.number = $1";
#undef BALANS_ACCOUNT_WITH_BALANCE
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

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

Result<void> done(const Result<std::int64_t>& changed) { return changed ? Result<void>() : changed.error(); }

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
  return sql::each_row(connection_.query("find an account", kAccountById, {high_of(id), low_of(id), kLast}),
                       [&](const sql::Rows& row) { return take_account(book, eras_, row); });
}

Result<void> SqliteJournal::load_numbered(Book& book, std::int64_t number) {
  if (book.accounts.contains(number)) return {};
  return sql::each_row(connection_.query("find an account", kAccountByNumber, {number, kLast}),
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

Result<void> SqliteJournal::add(const journal::Commit& commit) {
  const auto& [number, at, digest, accounts] = commit.head;
  const EraPlace place = next_place(eras_.newest, number, commit.balances.size());
  if (auto added = done(connection_.run(
          "store a commit",
          "INSERT INTO journal_commit (number, at_utc, head, era, era_rows) VALUES ($1, $2, $3, $4, $5)",
          {number, at.ms(), to_hex(digest.bytes), place.era, place.rows}));
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

Result<void> SqliteJournal::add_account(const journal::Account& account) {
  const auto site = account.site ? std::optional(account.site->str()) : std::nullopt;
  return done(connection_.run(
      "store an account",
      "INSERT INTO account (number, id_high, id_low, asset, kind, site, owner, debits_over, credits_over, "
      "commit_number, made_utc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {account.number, high_of(account.id), low_of(account.id), trade::name_of(account.asset), name_of(account.kind),
       site, account.owner, units_of(account.debits_over), units_of(account.credits_over), account.commit,
       account.made.ms()}));
}

Result<void> SqliteJournal::add_entry(const journal::Entry& entry) {
  const auto& reserve = entry.reserve;
  return done(connection_.run(
      "store a transfer",
      "INSERT INTO transfer (commit_number, ordinal, id_high, id_low, kind, debit, credit, amount, reserve_high, "
      "reserve_low, time_out_ms, code, reference, linked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, $14)",
      {entry.commit, entry.ordinal, high_of(entry.id), low_of(entry.id), static_cast<int>(entry.kind), entry.debit,
       entry.credit, entry.amount.units(), reserve ? std::optional(high_of(*reserve)) : std::nullopt,
       reserve ? std::optional(low_of(*reserve)) : std::nullopt,
       entry.time_out ? std::optional(entry.time_out->count()) : std::nullopt, static_cast<int>(entry.code),
       entry.reference, static_cast<int>(entry.link)}));
}

Result<void> SqliteJournal::add_balance(std::int64_t commit, std::int64_t era, const journal::ChangedBalance& changed) {
  if (!eras_.has(changed.account, era))
    if (auto noted = done(connection_.run("note an account's era",
                                          "INSERT INTO account_era (account, era, first_commit) VALUES ($1, $2, $3)",
                                          {changed.account, era, commit}));
        !noted)
      return noted;
  const journal::Balances& now = changed.balances;
  return done(connection_.run(
      "store a balance",
      "INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending, "
      "credits_posted, first_ordinal, last_ordinal, debits_over, credits_over) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "$9, $10, $11)",
      {era, changed.account, commit, now.debits_pending.units(), now.debits_posted.units(), now.credits_pending.units(),
       now.credits_posted.units(), changed.first, changed.last, units_of(changed.debits_over),
       units_of(changed.credits_over)}));
}

Result<void> SqliteJournal::open(const journal::OpenReserve& reserve) {
  return done(connection_.run(
      "open a reserve",
      "INSERT INTO open_reserve (id_high, id_low, debit, credit, amount, expires_utc) VALUES ($1, $2, $3, $4, $5, $6)",
      {high_of(reserve.id), low_of(reserve.id), reserve.debit, reserve.credit, reserve.amount.units(),
       reserve.expires ? std::optional(reserve.expires->ms()) : std::nullopt}));
}

Result<void> SqliteJournal::close(const journal::Id& reserve) {
  return done(connection_.run("close a reserve", "DELETE FROM open_reserve WHERE id_high = $1 AND id_low = $2",
                              {high_of(reserve), low_of(reserve)}));
}

}  // namespace balans::api
