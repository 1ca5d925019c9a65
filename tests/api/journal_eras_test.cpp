// Balances are kept by eras: an account's balances are found across them, and a journal from before there were eras is
// brought into them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "api/app/journal.hpp"
#include "api/app/journal_audit.hpp"
#include "api/store/open.hpp"
#include "common/io/postgres/postgres.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "tests/api/journal_accounts.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

using namespace journal;

enum class Engine : std::uint8_t { Sqlite, Postgres };

/// Pairs of accounts of which one pays the other: enough balances to fill an era, and a few more.
constexpr std::uint64_t kPairs = static_cast<std::uint64_t>(kEraRows) / 2 + 8;

TEST(JournalEras, AnEraEndsWithTheCommitThatFillsIt) {
  EXPECT_EQ(next_place({}, 1, 0), (EraPlace{1, 0}));
  EXPECT_EQ(next_place({1, 0}, 2, 7), (EraPlace{1, 7}));
  EXPECT_EQ(next_place({1, kEraRows - 1}, 3, 5), (EraPlace{1, kEraRows + 4}));
  EXPECT_EQ(next_place({1, kEraRows}, 3, 5), (EraPlace{3, 5}));
}

class JournalErasTest : public testing::TestWithParam<Engine> {
 protected:
  DatabaseAddress fresh(const char* file) {
    if (GetParam() == Engine::Sqlite) return folder / file;
    return PostgresUri{balans::test::postgres_cluster().fresh_database()};
  }
  void open(const DatabaseAddress& address) {
    const auto migrated = migrate(address);
    ASSERT_TRUE(migrated.ok()) << migrated.error().message();
    store = *open_store(address);
  }
  void commit(const journal::Batch& batch) {
    const auto outcomes = post_transfers(*store, {&batch, 1}, now);
    ASSERT_TRUE(outcomes.ok()) << outcomes.error().message();
    ASSERT_TRUE(outcomes->front().all_there());
    now = now + 1000_ms;
  }
  /// Commits 1 and 2 open accounts; 3 pays from each to one and fills the era; 4 to 7 are in one of their own, which
  /// account 2 enters with commit 6, and account 3 not at all.
  void fill() {
    for (const std::uint64_t first : {std::uint64_t{1}, kPairs + 1}) {
      journal::Batch batch;
      for (std::uint64_t i = first; i < first + kPairs; ++i) batch.accounts.push_back(unbounded(i));
      commit(batch);
    }
    journal::Batch all;
    for (std::uint64_t i = 1; i <= kPairs; ++i) all.transfers.push_back(pay(100'000 + i, kPairs + i, i, 10));
    commit(all);
    commit({{}, {pay(200'001, kPairs + 1, 1, 1)}});
    commit({{}, {hold(200'002, kPairs + 1, 1, 5)}});
    commit({{}, {pay(200'003, 1, 2, 2), pay(200'004, 1, 2, 3)}});
    commit({{}, {pay(200'005, kPairs + 1, 2, 4)}});
  }
  [[nodiscard]] UnixTime time_of(std::int64_t number) const { return start + 1000_ms * (number - 1); }
  std::int64_t posted(std::int64_t account, std::optional<UnixTime> at = {}) {
    const auto found = store->journal().balance(account, at);
    EXPECT_TRUE(found.ok());
    return found.ok() ? found->posted() : -1;
  }
  void expect_what_was_filled() {
    const auto commits = *store->journal().commits(0, 100);
    ASSERT_EQ(commits.size(), 7U);
    const auto full = static_cast<std::int64_t>(2 * kPairs);
    EXPECT_EQ(commits[1].place, (EraPlace{1, 0}));
    EXPECT_EQ(commits[2].place, (EraPlace{1, full}));
    EXPECT_EQ(commits[3].place, (EraPlace{4, 2}));
    EXPECT_EQ(commits[6].place, (EraPlace{4, 8}));
    EXPECT_EQ(*store->journal().eras(2, 1, 7), (std::vector<StoredEra>{{1, 3}, {4, 6}}));
    EXPECT_EQ(*store->journal().count_eras(7), full + 3);

    EXPECT_EQ(posted(1), 6);
    EXPECT_EQ(posted(2), 19);
    EXPECT_EQ(posted(3), 10);
    EXPECT_EQ(posted(1, time_of(2)), 0);
    EXPECT_EQ(posted(1, time_of(3)), 10);
    EXPECT_EQ(posted(1, time_of(5)), 11);
    EXPECT_EQ(posted(2, time_of(5)), 10) << "its era has begun, but not yet for this account";
    EXPECT_EQ(posted(2, time_of(6)), 15);
    const auto totals = *store->journal().trial_balance(time_of(5));
    ASSERT_EQ(totals.size(), 1U);
    EXPECT_EQ(totals[0].sums.credits_posted, units(10 * static_cast<std::int64_t>(kPairs) + 1));
    EXPECT_EQ(totals[0].sums.credits_pending, units(5));
    EXPECT_TRUE(totals[0].is_even());
  }
  /// With so many balances in later eras than the first.
  void expect_sound(std::int64_t later) {
    const auto report = audit_journal(*store);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->balances, static_cast<std::int64_t>(2 * kPairs) + later);
  }
  /// The posted balances of a statement, read in pages of so many.
  std::vector<std::int64_t> statement(std::int64_t account, std::size_t limit, std::optional<UnixTime> from = {}) {
    std::vector<std::int64_t> posted;
    StatementQuery query{account, from, {}, {}, limit};
    do {
      const auto page = store->journal().statement(query);
      EXPECT_TRUE(page.ok());
      for (const StatementRow& row : page->rows) posted.push_back(row.posted);
      query.after = page->next;
    } while (query.after);
    return posted;
  }

  Folder folder;
  std::unique_ptr<Store> store;
  const UnixTime start{1'760'000'000'000};
  UnixTime now = start;
};

INSTANTIATE_TEST_SUITE_P(Engines, JournalErasTest, testing::Values(Engine::Sqlite, Engine::Postgres),
                         [](const auto& each) { return each.param == Engine::Sqlite ? "Sqlite" : "Postgres"; });

TEST_P(JournalErasTest, BalancesAreFoundAcrossEras) {
  open(fresh("balans.sqlite"));
  fill();
  expect_what_was_filled();
  expect_sound(8);
}

TEST_P(JournalErasTest, StatementsRunAcrossEras) {
  open(fresh("balans.sqlite"));
  fill();
  for (const std::size_t limit : {1U, 2U, 3U, 100U}) {
    EXPECT_EQ(statement(1, limit), (std::vector<std::int64_t>{10, 11, 11, 9, 6})) << limit;
    EXPECT_EQ(statement(2, limit), (std::vector<std::int64_t>{10, 12, 15, 19})) << limit;
    EXPECT_EQ(statement(3, limit), std::vector<std::int64_t>{10}) << limit;
    EXPECT_EQ(statement(2, limit, time_of(4)), (std::vector<std::int64_t>{12, 15, 19})) << limit;
  }
}

// ---- a journal from before ----

std::string text_of(const std::string& file) {
  std::ifstream in("api/store/migrations/" + file);
  EXPECT_TRUE(in.good()) << file;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The journal's rows in `file` as the schema before eras has them: statements that either engine takes.
std::vector<std::string> former_rows(const std::filesystem::path& file) {
  std::vector<std::string> statements;
  auto database = sqlite::Database::open(file);
  EXPECT_TRUE(database.ok());
  for (const auto& [table, columns] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"journal_commit", {"number", "at_utc", "head"}},
           {"account",
            {"number", "id_high", "id_low", "asset", "kind", "site", "owner", "debits_over", "credits_over",
             "commit_number", "made_utc"}},
           {"transfer",
            {"commit_number", "ordinal", "id_high", "id_low", "kind", "debit", "credit", "amount", "reserve_high",
             "reserve_low", "time_out_ms", "code", "reference", "linked"}},
           {"account_balance",
            {"account", "commit_number", "debits_pending", "debits_posted", "credits_pending", "credits_posted",
             "first_ordinal", "last_ordinal", "debits_over", "credits_over"}},
           {"open_reserve", {"id_high", "id_low", "debit", "credit", "amount", "expires_utc"}}}) {
    std::string values;
    for (const std::string& column : columns)
      values += (values.empty() ? "quote(" : " || ', ' || quote(") + column + ")";
    auto rows = database->prepare("SELECT group_concat('(' || " + values + " || ')', ', ') FROM " + table, "read");
    EXPECT_TRUE(rows.ok()) << rows.error().message();
    rows->bind();
    EXPECT_TRUE(*rows->step());
    statements.push_back("INSERT INTO " + table + " VALUES " + rows->text(0));
  }
  return statements;
}

const std::vector<std::string> kBefore{"0003_access.sql", "0004_history.sql", "0006_energy.sql", "0007_evidence.sql",
                                       "0008_flexibility.sql"};

void make_former(const std::filesystem::path& file, const std::vector<std::string>& rows) {
  std::vector<std::string> texts{text_of("sqlite/0001_readings.sql"), text_of("sqlite/0002_versions.sql")};
  for (const std::string& step : kBefore) texts.push_back(text_of(step));
  texts.insert(texts.begin() + 4, text_of("sqlite/0005_journal.sql"));
  const std::vector<std::string_view> steps(texts.begin(), texts.end());
  auto database = sqlite::Database::open(file);
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE(database->migrate(steps).ok());
  for (const std::string& statement : rows) {
    const auto filled = database->execute(statement, "fill");
    ASSERT_TRUE(filled.ok()) << filled.error().message();
  }
}

void make_former(const PostgresUri& uri, const std::vector<std::string>& rows) {
  const auto server = postgres::Connection::open(uri.text);
  ASSERT_TRUE(server.ok());
  std::vector<std::string> texts{text_of("postgres/0002_schema.sql")};
  for (const std::string& step : kBefore) texts.push_back(text_of(step));
  texts.insert(texts.begin() + 3, text_of("postgres/0005_journal_tables.sql"));
  texts.emplace_back("CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (8)");
  texts.insert(texts.end(), rows.begin(), rows.end());
  for (const std::string& statement : texts) {
    const auto done = (*server)->execute("fill", statement);
    ASSERT_TRUE(done.ok()) << done.error().message();
  }
}

TEST_P(JournalErasTest, AJournalFromBeforeIsBroughtIntoEras) {
  open(folder / "model.sqlite");
  fill();
  const Head head = *store->journal().head();
  store.reset();
  const auto rows = former_rows(folder / "model.sqlite");
  const DatabaseAddress address = fresh("former.sqlite");
  std::visit([&](const auto& where) { make_former(where, rows); }, address);
  ASSERT_EQ(schema_state(address)->found, 8);
  open(address);
  expect_what_was_filled();
  EXPECT_EQ(statement(1, 2), (std::vector<std::int64_t>{10, 11, 11, 9, 6}));
  EXPECT_EQ(*store->journal().head(), head);

  commit({{}, {settle(200'006, 200'002, 5), pay(200'007, 3, 1, 1)}});
  EXPECT_EQ(posted(1), 12);
  EXPECT_EQ((*store->journal().commits(7, 1))[0].place, (EraPlace{4, 11}));
  expect_sound(11);
  for (const std::string table : {"journal_commit", "account_era", "account_balance"}) {
    const std::string statement = "DELETE FROM " + table;
    const auto refused =
        GetParam() == Engine::Sqlite
            ? sqlite::Database::open(std::get<std::filesystem::path>(address))->execute(statement, "try")
            : (*postgres::Connection::open(std::get<PostgresUri>(address).text))->execute("try", statement);
    ASSERT_FALSE(refused.ok()) << table;
    EXPECT_NE(refused.error().message().find("never changed"), std::string::npos) << refused.error().message();
  }
}

TEST_P(JournalErasTest, AnEmptyJournalFromBeforeBegins) {
  const DatabaseAddress address = fresh("former.sqlite");
  std::visit([&](const auto& where) { make_former(where, {}); }, address);
  open(address);
  commit({{unbounded(1), unbounded(2)}, {pay(10, 1, 2, 5)}});
  EXPECT_EQ(posted(2), 5);
  EXPECT_EQ((*store->journal().commits(0, 1))[0].place, (EraPlace{1, 2}));
  EXPECT_TRUE(audit_journal(*store).ok());
}

}  // namespace
}  // namespace balans::api::test
