#include "api/store/postgres_journal.hpp"

#include "api/store/postgres_journal_ids.hpp"

namespace balans::api {

using namespace journal_rows;
using journal::Book;

namespace {

/// Whoever writes to the journal holds this advisory lock until the transaction ends.
constexpr std::int64_t kJournalLock = 0x6a6f75726e616c;

constexpr const char* kHoldPurpose = "wait for others that write to the journal";
constexpr const char* kHold = "SELECT pg_advisory_xact_lock($1)";

// A plan is kept from the time when the tables were small. LATERAL with LIMIT leaves it no choice but to look each row
// up by its index, which is right at any size.

constexpr const char* kHead =
    "SELECT c.number, c.at_utc, c.head, (SELECT number FROM account ORDER BY number DESC LIMIT 1), "
    "c.era, c.era_rows, " BALANS_RESERVE_COLUMNS
    " FROM (SELECT * FROM journal_commit ORDER BY number DESC LIMIT 1) c LEFT JOIN LATERAL (SELECT * FROM open_reserve "
    "WHERE expires_utc <= greatest($1::bigint, c.at_utc) ORDER BY expires_utc LIMIT $2::bigint) r ON true";

constexpr const char* kReserves = "SELECT " BALANS_RESERVE_COLUMNS
                                  " FROM unnest($1::bigint[], $2::bigint[]) AS w (high, low) CROSS JOIN LATERAL "
                                  "(SELECT * FROM open_reserve WHERE id_high = w.high AND id_low = w.low LIMIT 1) r";

constexpr const char* kEntries =
    "SELECT " BALANS_ENTRY_COLUMNS
    ", (SELECT at_utc FROM journal_commit WHERE number = t.commit_number) FROM unnest($1::bigint[], $2::bigint[]) AS w "
    "(high, low) CROSS JOIN LATERAL (SELECT * FROM transfer WHERE id_high = w.high AND id_low = w.low LIMIT 1) t";

// For accounts a: their newest balances b, and the eras e of those.
#define BALANS_NEWEST_BALANCE                                                                                         \
  " LEFT JOIN LATERAL (SELECT era FROM account_era WHERE account = a.number ORDER BY era DESC LIMIT 1) e ON true "    \
  "LEFT "                                                                                                             \
  "JOIN LATERAL (SELECT * FROM account_balance WHERE era = e.era AND account = a.number ORDER BY commit_number DESC " \
  "LIMIT 1) b ON true"
#define BALANS_ACCOUNT_WITH_BALANCE "SELECT " BALANS_ACCOUNT_COLUMNS ", " BALANS_BALANCE_COLUMNS ", e.era FROM "

/// By their ids and by their numbers.
constexpr const char* kAccounts = BALANS_ACCOUNT_WITH_BALANCE
    "(SELECT n.number FROM unnest($1::bigint[], $2::bigint[]) AS w (high, low) CROSS JOIN LATERAL (SELECT number FROM "
    "account WHERE id_high = w.high AND id_low = w.low LIMIT 1) n UNION ALL SELECT unnest($3::bigint[])) AS w CROSS "
    "JOIN LATERAL (SELECT * FROM account WHERE number = w.number LIMIT 1) a" BALANS_NEWEST_BALANCE;
constexpr const char* kAccount = BALANS_ACCOUNT_WITH_BALANCE
    "(SELECT * FROM account WHERE id_high = $1 AND id_low = $2 LIMIT 1) a" BALANS_NEWEST_BALANCE;
#undef BALANS_NEWEST_BALANCE
#undef BALANS_ACCOUNT_WITH_BALANCE

Result<void> take_reserve_at(Book& book, const sql::Rows& row, int first) {
  if (row.is_null(first)) return {};
  const auto reserve = reserve_of(row, first);
  if (!reserve) return reserve.error();
  book.reserves.emplace(reserve->id, *reserve);
  return {};
}

Result<void> done(const Result<std::int64_t>& changed) { return changed ? Result<void>() : changed.error(); }

}  // namespace

// A statement of its own: the next one sees what the one before us has committed.
Result<void> PostgresJournal::hold() { return done(connection_.run(kHoldPurpose, kHold, {kJournalLock})); }

/// What is asked, and what is done with the rows of each answer.
class PostgresJournal::Reading {
 public:
  using Take = Result<void> (PostgresJournal::*)(Book&, const sql::Rows&);
  void ask(sql::Query query, Take take) {
    queries_.push_back(std::move(query));
    takes_.push_back(take);
  }
  Result<void> read(sql::Connection& connection, PostgresJournal& journal, Book& book) const {
    const auto found = connection.query_all(queries_);
    if (!found) return found.error();
    for (std::size_t i = 0; i < takes_.size(); ++i) {
      const auto take = [&](const sql::Rows& row) { return (journal.*takes_[i])(book, row); };
      if (auto taken = sql::each_row(*(*found)[i], take); !taken) return taken;
    }
    return {};
  }

 private:
  std::vector<sql::Query> queries_;
  std::vector<Take> takes_;
};

Result<Book> PostgresJournal::load(std::span<const journal::Batch> batches, UnixTime now) {
  const Touched touched = touched_by(batches);
  IdArrays entries = arrays_of(touched.entries), accounts = arrays_of(touched.accounts),
           reserves = arrays_of(touched.reserves);
  Reading reading;
  reading.ask({kHoldPurpose, kHold, {kJournalLock}}, &PostgresJournal::take_nothing);
  reading.ask({"find the journal's head", kHead, {now.ms(), static_cast<std::int64_t>(journal::kMostTimeOuts)}},
              &PostgresJournal::take_head);
  if (touched.accounts.size() + touched.entries.size() <= kFewRows) {
    for (const journal::Id& id : touched.accounts)
      reading.ask({"find an account", kAccount, {high_of(id), low_of(id)}}, &PostgresJournal::take_account);
    for (const journal::Id& id : touched.entries)
      reading.ask({"find a transfer", kEntryById, {high_of(id), low_of(id)}}, &PostgresJournal::take_entry);
  } else {
    reading.ask({"find accounts", kAccounts, {accounts.high.text(), accounts.low.text(), "{}"}},
                &PostgresJournal::take_account);
    reading.ask({"find transfers", kEntries, {entries.high.text(), entries.low.text()}}, &PostgresJournal::take_entry);
  }
  if (!touched.reserves.empty())
    reading.ask({"find reserves", kReserves, {reserves.high.text(), reserves.low.text()}},
                &PostgresJournal::take_reserve);
  Book book;
  eras_ = {};
  if (const auto read = reading.read(connection_, *this, book); !read) return read.error();
  if (const auto loaded = load_accounts_of_reserves(book); !loaded) return loaded.error();
  return book;
}

Result<void> PostgresJournal::take_head(Book& book, const sql::Rows& row) {
  const auto digest = bytes32_from_hex(row.text(2));
  if (!digest) return digest.error().within("table journal_commit");
  book.head = {row.integer(0), UnixTime(row.integer(1)), {*digest}, row.optional_integer(3).value_or(0)};
  eras_.newest = {row.integer(4), row.integer(5)};
  return take_reserve_at(book, row, 6);
}

Result<void> PostgresJournal::take_nothing(Book&, const sql::Rows&) { return {}; }

Result<void> PostgresJournal::take_reserve(Book& book, const sql::Rows& row) { return take_reserve_at(book, row, 0); }

Result<void> PostgresJournal::take_entry(Book& book, const sql::Rows& row) {
  auto entry = entry_of(row);
  if (!entry) return entry.error();
  const journal::Id id = entry->id;
  book.entries.emplace(id, journal::KnownEntry{*std::move(entry), UnixTime(row.integer(kEntryColumns))});
  return {};
}

Result<void> PostgresJournal::take_account(Book& book, const sql::Rows& row) {
  auto account = account_of(row);
  if (!account) return account.error();
  const auto balances = balances_of(row, kAccountColumns);
  if (!balances) return balances.error();
  book.numbers.emplace(account->id, account->number);
  const std::int64_t number = account->number;
  if (const auto era = row.optional_integer(kAccountColumns + kBalanceColumns)) eras_.of_account.emplace(number, *era);
  book.accounts.emplace(number, journal::AccountState{*std::move(account), *balances});
  return {};
}

/// Of those that are over, and of those that are to be posted or made void.
Result<void> PostgresJournal::load_accounts_of_reserves(Book& book) {
  PostgresArray numbers;
  std::set<std::int64_t> missing;
  for (const auto& [id, reserve] : book.reserves)
    for (const std::int64_t number : {reserve.debit, reserve.credit})
      if (!book.accounts.contains(number) && missing.insert(number).second) numbers.add(number);
  if (missing.empty()) return {};
  const auto loaded = sql::each_row(connection_.query("find accounts", kAccounts, {"{}", "{}", numbers.text()}),
                                    [&](const sql::Rows& row) { return take_account(book, row); });
  if (!loaded) return loaded;
  for (const auto& [id, reserve] : book.reserves)
    for (const std::int64_t number : {reserve.debit, reserve.credit})
      if (!book.accounts.contains(number))
        return Error{"table open_reserve, " + to_text(id), "there is no account " + std::to_string(number)};
  return {};
}

}  // namespace balans::api
