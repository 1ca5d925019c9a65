#include "api/store/sql_journal.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "api/store/sql_journal_rows.hpp"

namespace balans::api {

using namespace journal_rows;
using journal::Amount;

namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

/// Rows as a list, each read by `read`.
template <class T, class Read>
Result<std::vector<T>> listed(const Result<std::unique_ptr<sql::Rows>>& rows, Read read) {
  std::vector<T> all;
  const auto done = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto each = read(row);
    if (!each) return each.error();
    all.push_back(*std::move(each));
    return {};
  });
  if (!done) return done.error();
  return all;
}

}  // namespace

Result<journal::Head> SqlJournal::head() {
  const auto found = sql::first_row(
      connection_.query("find the journal's head",
                        "SELECT c.number, c.at_utc, c.head, (SELECT a.number FROM account a ORDER BY a.number DESC "
                        "LIMIT 1) FROM journal_commit c ORDER BY c.number DESC LIMIT 1"),
      [](const sql::Rows& row) -> Result<journal::Head> {
        const auto digest = bytes32_from_hex(row.text(2));
        if (!digest) return digest.error().within("table journal_commit");
        return journal::Head{row.integer(0), UnixTime(row.integer(1)), {*digest}, row.optional_integer(3).value_or(0)};
      });
  if (!found) return found.error();
  return found->value_or(journal::Head{});
}

Result<std::optional<journal::Account>> SqlJournal::account(const journal::Id& id) {
  const auto found = sql::first_row(
      connection_.query("find an account",
                        "SELECT " BALANS_ACCOUNT_COLUMNS " FROM account a WHERE a.id_high = $1 AND a.id_low = $2",
                        {high_of(id), low_of(id)}),
      [](const sql::Rows& row) { return account_of(row); });
  if (!found) return found.error();
  if (!*found) return std::optional<journal::Account>();
  if (!**found) return (*found)->error();
  return std::optional(***found);
}

Result<std::vector<journal::Account>> SqlJournal::accounts(const AccountQuery& query) {
  std::string text = "SELECT " BALANS_ACCOUNT_COLUMNS " FROM account a WHERE a.number > $1";
  std::vector<sql::Value> values{query.after, static_cast<std::int64_t>(query.limit)};
  const auto only = [&](const char* column, sql::Value value) {
    values.push_back(value);
    text += std::string(" AND a.") + column + " = $" + std::to_string(values.size());
  };
  if (query.owner) only("owner", *query.owner);
  if (query.site) only("site", query.site->str());
  if (query.asset) only("asset", trade::name_of(*query.asset));
  return listed<journal::Account>(connection_.query("list accounts", text + " ORDER BY a.number LIMIT $2", values),
                                  [](const sql::Rows& row) { return account_of(row); });
}

Result<std::int64_t> SqlJournal::last_commit_before(UnixTime at) {
  const auto found = sql::first_row(
      connection_.query("find a commit by its time",
                        "SELECT number FROM journal_commit WHERE at_utc < $1 ORDER BY at_utc DESC, number DESC LIMIT 1",
                        {at.ms()}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  return found->value_or(0);
}

Result<std::int64_t> SqlJournal::last_commit_at(std::optional<UnixTime> at) {
  if (!at || at->ms() == kLast) return kLast;
  return last_commit_before(*at + Millis(1));
}

Result<journal::Balances> SqlJournal::balance_after(std::int64_t account, std::int64_t commit) {
  const auto found = sql::first_row(
      connection_.query("find a balance",
                        "SELECT " BALANS_BALANCE_COLUMNS " FROM account_balance b WHERE b.era = " BALANS_ERA_OF_BALANCE
                        " AND b.account = $1 AND b.commit_number <= $2 ORDER BY b.commit_number DESC LIMIT 1",
                        {account, commit}),
      [](const sql::Rows& row) { return balances_of(row); });
  if (!found) return found.error();
  return *found ? **found : Result<journal::Balances>(journal::Balances{});
}

Result<journal::Balances> SqlJournal::balance(std::int64_t account, std::optional<UnixTime> at) {
  const auto commit = last_commit_at(at);
  if (!commit) return commit.error();
  return balance_after(account, *commit);
}

Result<std::int64_t> SqlJournal::posted_at(std::int64_t account, StatementCursor after) {
  const auto before = balance_after(account, after.commit - 1);
  if (!before || after.ordinal == 0) return before ? Result<std::int64_t>(before->posted()) : before.error();
  const auto moved = sql::first_row(
      connection_.query("add up part of a commit",
                        "SELECT SUM(CASE WHEN credit = $1 THEN amount ELSE -amount END) FROM transfer WHERE "
                        "commit_number = $2 AND ordinal <= $3 AND kind IN (1, 3) AND (debit = $1 OR credit = $1)",
                        {account, after.commit, after.ordinal}),
      [](const sql::Rows& row) { return row.optional_integer(0).value_or(0); });
  if (!moved) return moved.error();
  return before->posted() + moved->value_or(0);
}

// Page by page from a commit ($2) and a place in it ($4) on. SQLite sees by itself that era by era, commit by commit
// the rows come in order, and stops after the last of the page. PostgreSQL would sort all of an era, so the balances
// are put in order first: each has a transfer at least, except perhaps the first after the cursor, so that so many are
// enough.
#define BALANS_STATEMENT(in_order)                                                                                     \
  "SELECT " BALANS_ENTRY_COLUMNS                                                                                       \
  ", c.at_utc, a.id_high, a.id_low FROM (SELECT e.era, o.commit_number, o.first_ordinal, o.last_ordinal FROM "         \
  "account_era e JOIN account_balance o ON o.era = e.era AND o.account = e.account WHERE e.account = $1 AND e.era >= " \
  "COALESCE(" BALANS_ERA_OF_BALANCE ", 0) AND e.era <= $3 AND o.commit_number BETWEEN $2 AND $3" in_order              \
  ") b JOIN transfer t ON t.commit_number = b.commit_number AND t.ordinal BETWEEN b.first_ordinal AND "                \
  "b.last_ordinal AND (t.debit = $1 OR t.credit = $1) JOIN journal_commit c ON c.number = b.commit_number JOIN "       \
  "account a ON a.number = CASE WHEN t.debit = $1 THEN t.credit ELSE t.debit END WHERE b.commit_number > $2 OR "       \
  "t.ordinal > $4 ORDER BY b.era, b.commit_number, t.ordinal LIMIT $5"

Result<StatementPage> SqlJournal::statement(const StatementQuery& query) {
  const auto before = query.from ? last_commit_before(*query.from) : Result<std::int64_t>(0);
  if (!before) return before.error();
  const auto last = query.to ? last_commit_before(*query.to) : Result<std::int64_t>(kLast);
  if (!last) return last.error();
  const StatementCursor after = query.after.value_or(StatementCursor{*before + 1, 0});
  const auto posted = posted_at(query.account, after);
  if (!posted) return posted.error();
  StatementPage page{*posted, {}, {}};
  std::int64_t running = *posted;
  auto rows = listed<StatementRow>(
      connection_.query(
          "read a statement",
          connection_.engine() == sql::Engine::Postgres
              ? BALANS_STATEMENT(" ORDER BY e.era, o.commit_number LIMIT $5 + 1")
              : BALANS_STATEMENT(""),
          {query.account, after.commit, *last, after.ordinal, static_cast<std::int64_t>(query.limit) + 1}),
      [&](const sql::Rows& row) -> Result<StatementRow> {
        const auto entry = entry_of(row);
        if (!entry) return entry.error();
        const Side side = entry->debit == query.account ? Side::Debit : Side::Credit;
        if (entry->kind == journal::Kind::Transfer || entry->kind == journal::Kind::Post)
          running += side == Side::Credit ? entry->amount.units() : -entry->amount.units();
        return StatementRow{*entry, UnixTime(row.integer(kEntryColumns)), side,
                            id_of(row.integer(kEntryColumns + 1), row.integer(kEntryColumns + 2)), running};
      });
  if (!rows) return rows.error();
  page.rows = *std::move(rows);
  if (page.rows.size() <= query.limit) return page;
  page.rows.resize(query.limit);
  if (!page.rows.empty()) page.next = StatementCursor{page.rows.back().entry.commit, page.rows.back().entry.ordinal};
  return page;
}

namespace {

Result<void> add_to(TrialBalance& total, const journal::Balances& balances) {
  ++total.accounts;
  for (const auto part : {&journal::Balances::debits_pending, &journal::Balances::debits_posted,
                          &journal::Balances::credits_pending, &journal::Balances::credits_posted}) {
    const auto sum = trade::sum(total.sums.*part, balances.*part);
    if (!sum) return Error{"trial balance of " + std::string(trade::name_of(total.asset)), "does not fit into 63 bits"};
    total.sums.*part = *sum;
  }
  return {};
}

}  // namespace

Result<std::vector<TrialBalance>> SqlJournal::trial_balance(std::optional<UnixTime> at) {
  const auto commit = last_commit_at(at);
  if (!commit) return commit.error();
  std::map<trade::Asset, TrialBalance> totals;
  const auto done =
      sql::each_row(connection_.query("add up balances",
                                      "SELECT a.asset, " BALANS_BALANCE_COLUMNS
                                      " FROM account a" BALANS_JOIN_BALANCE("$1") " WHERE a.commit_number <= $1",
                                      {*commit}),
                    [&](const sql::Rows& row) -> Result<void> {
                      const auto asset = trade::parse_asset(row.text(0));
                      if (!asset) return asset.error().within("table account");
                      const auto balances = balances_of(row, 1);
                      if (!balances) return balances.error();
                      TrialBalance& total = totals.try_emplace(*asset, TrialBalance{*asset, 0, {}}).first->second;
                      return add_to(total, *balances);
                    });
  if (!done) return done.error();
  std::vector<TrialBalance> all;
  for (const auto& [asset, total] : totals) all.push_back(total);
  return all;
}

Result<std::optional<journal::KnownEntry>> SqlJournal::transfer(const journal::Id& id) {
  const auto found =
      sql::first_row(connection_.query("find a transfer", kEntryById, {high_of(id), low_of(id)}),
                     [](const sql::Rows& row) -> Result<journal::KnownEntry> {
                       auto entry = entry_of(row);
                       if (!entry) return entry.error();
                       return journal::KnownEntry{*std::move(entry), UnixTime(row.integer(kEntryColumns))};
                     });
  if (!found) return found.error();
  if (!*found) return std::optional<journal::KnownEntry>();
  if (!**found) return (*found)->error();
  return std::optional(***found);
}

Result<std::vector<journal::OpenReserve>> SqlJournal::open_reserves(const std::optional<journal::Id>& after,
                                                                    std::size_t limit) {
  const journal::Id first = after.value_or(journal::Id{});
  return listed<journal::OpenReserve>(
      connection_.query("list open reserves",
                        "SELECT " BALANS_RESERVE_COLUMNS
                        " FROM open_reserve r WHERE r.id_high > $1 OR (r.id_high = $1 AND r.id_low > $2) "
                        "ORDER BY r.id_high, r.id_low LIMIT $3",
                        {high_of(first), after ? low_of(first) : std::numeric_limits<std::int64_t>::min(),
                         static_cast<std::int64_t>(limit)}),
      [](const sql::Rows& row) { return reserve_of(row); });
}

}  // namespace balans::api
