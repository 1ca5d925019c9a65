// The journal in both engines: what was committed is there, and stays as it is.
#include <gtest/gtest.h>

#include <thread>

#include "api/app/journal.hpp"
#include "api/app/journal_audit.hpp"
#include "api/store/backup.hpp"
#include "common/io/postgres/postgres.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "tests/api/journal_accounts.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

using namespace journal;

enum class Engine : std::uint8_t { Sqlite, Postgres };

class JournalStoreTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    address = fresh("balans.sqlite");
    ASSERT_TRUE(migrate(address).ok());
    store = *open_store(address);
  }
  DatabaseAddress fresh(const char* file, Engine engine) {
    if (engine == Engine::Sqlite) return folder / file;
    return PostgresUri{balans::test::postgres_cluster().fresh_database()};
  }
  DatabaseAddress fresh(const char* file) { return fresh(file, GetParam()); }

  std::vector<Outcomes> commit(const std::vector<journal::Batch>& batches) {
    auto outcomes = post_transfers(*store, batches, now);
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message();
    return outcomes.ok() ? *outcomes : std::vector<Outcomes>(batches.size());
  }
  std::vector<Outcome> commit(std::vector<Transfer> transfers) {
    return commit(std::vector{journal::Batch{{}, std::move(transfers)}}).front().transfers;
  }
  void open(std::vector<NewAccount> accounts) {
    const auto outcomes = commit(std::vector{journal::Batch{std::move(accounts), {}}});
    EXPECT_TRUE(outcomes.front().all_there());
  }
  /// Behind the store's back.
  Result<void> execute(const std::string& statement) {
    if (const auto* uri = std::get_if<PostgresUri>(&address))
      return (*postgres::Connection::open(uri->text))->execute("try", statement);
    auto database = sqlite::Database::open(std::get<std::filesystem::path>(address));
    return database->execute(statement, "try");
  }
  std::int64_t number(std::uint64_t account) { return (**store->journal().account(id(account))).number; }
  std::int64_t posted(std::uint64_t account, std::optional<UnixTime> at = {}) {
    return store->journal().balance(number(account), at)->posted();
  }
  /// Transfers, reserves of all ends, two assets, a time-out.
  void fill() {
    open({unbounded(1), bounded(2), bounded(3, 40), unbounded(4, Asset::Kwh), bounded(5, 0, Asset::Kwh)});
    commit(std::vector{pay(10, 1, 2, 100), pay(11, 4, 5, 7), pay(12, 2, 3, 30)});
    now = now + 1000_ms;
    commit(std::vector{hold(13, 2, 3, 20), hold(14, 3, 1, 10, 500_ms), hold(15, 2, 1, 5)});
    now = now + 1000_ms;
    commit(std::vector{settle(16, 13, 15), pay(17, 2, 1, 1)});
  }

  Folder folder;
  DatabaseAddress address;
  std::unique_ptr<Store> store;
  UnixTime now{1'760'000'000'000};
};

INSTANTIATE_TEST_SUITE_P(Engines, JournalStoreTest, testing::Values(Engine::Sqlite, Engine::Postgres),
                         [](const auto& each) { return each.param == Engine::Sqlite ? "Sqlite" : "Postgres"; });

TEST_P(JournalStoreTest, AnAccountComesBackAsItWasOpened) {
  NewAccount household = bounded(1, 500, Asset::Iota);
  household.site = *SiteId::parse("elm-street");
  household.owner = "o\"wn\\er {1}, 'x'";
  NewAccount loan = unbounded(2);
  loan.credits_over = units(7);
  open({household, loan});
  const auto found = store->journal().account(id(1));
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ(static_cast<const NewAccount&>(**found), household);
  EXPECT_EQ((*found)->made, now);
  EXPECT_EQ((*found)->number, 1);
  EXPECT_EQ(static_cast<const NewAccount&>(**store->journal().account(id(2))), loan);
  EXPECT_FALSE(*store->journal().account(id(3)));
}

TEST_P(JournalStoreTest, ListsAccountsByOwnerSiteAndAsset) {
  std::vector<NewAccount> accounts;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    accounts.push_back(unbounded(i, i % 2 == 0 ? Asset::Eur : Asset::Kwh));
    accounts.back().owner = i <= 3 ? "one" : "two";
    if (i != 6) accounts.back().site = *SiteId::parse("elm-street");
  }
  open(accounts);
  const auto numbers = [&](const AccountQuery& query) {
    std::vector<std::int64_t> all;
    const auto found = *store->journal().accounts(query);
    for (const Account& account : found) all.push_back(account.number);
    return all;
  };
  EXPECT_EQ(numbers({{}, {}, {}, 0, 2}), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(numbers({{}, {}, {}, 2, 9}), (std::vector<std::int64_t>{3, 4, 5, 6}));
  EXPECT_EQ(numbers({"two", {}, {}, 0, 9}), (std::vector<std::int64_t>{4, 5, 6}));
  EXPECT_EQ(numbers({"two", *SiteId::parse("elm-street"), Asset::Eur, 0, 9}), std::vector<std::int64_t>{4});
}

TEST_P(JournalStoreTest, ATransferComesBackAsItWasMade) {
  open({unbounded(1), unbounded(2)});
  Transfer made = linked(hold(10, 1, 2, 5, 1000_ms));
  made.reference = "rate 1.07 \"ECB\" \\ {x}";
  commit(std::vector{made, settle(11, 10, 4)});
  const auto found = store->journal().transfer(id(10));
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->entry, (Entry{2,
                                    1,
                                    id(10),
                                    Kind::Reserve,
                                    1,
                                    2,
                                    units(5),
                                    {},
                                    1000_ms,
                                    Code::Reservation,
                                    made.reference,
                                    Link::WithNext}));
  EXPECT_EQ((*found)->at, now);
  EXPECT_EQ((**store->journal().transfer(id(11))).entry.reserve, id(10));
  EXPECT_FALSE(*store->journal().transfer(id(12)));
}

TEST_P(JournalStoreTest, KnowsAfterAReopenWhatWasMade) {
  open({unbounded(1), bounded(2)});
  commit(std::vector{pay(10, 1, 2, 5), hold(11, 2, 1, 5)});
  store = *open_store(address);
  EXPECT_TRUE(exists(commit(std::vector{pay(10, 1, 2, 5)})[0]));
  EXPECT_EQ(refusal(commit(std::vector{pay(10, 1, 2, 6)})[0]), journal::Refusal::IdTaken);
  EXPECT_EQ(refusal(commit(std::vector{pay(12, 2, 1, 1)})[0]), journal::Refusal::DebitsAboveBound);
  EXPECT_TRUE(done(commit(std::vector{settle(13, 11, 5)})[0]));
  EXPECT_EQ(refusal(commit(std::vector{release(14, 11)})[0]), journal::Refusal::ReserveClosed);
}

TEST_P(JournalStoreTest, VoidsReservesWhoseTimeIsOver) {
  open({unbounded(1), bounded(2)});
  commit(std::vector{pay(10, 1, 2, 5), hold(11, 2, 1, 5, 1000_ms)});
  ASSERT_EQ(store->journal().open_reserves({}, 10)->size(), 1U);
  now = now + 1000_ms;
  commit(std::vector<journal::Batch>{});
  EXPECT_TRUE(store->journal().open_reserves({}, 10)->empty());
  const auto over = store->journal().transfer(time_out_of(id(11)));
  ASSERT_TRUE(over.ok() && *over);
  EXPECT_EQ((*over)->entry.code, Code::TimeOut);
  EXPECT_EQ(refusal(commit(std::vector{settle(12, 11, 5)})[0]), journal::Refusal::ReserveTimedOut);
}

TEST_P(JournalStoreTest, ListsOpenReservesPageByPage) {
  open({unbounded(1), unbounded(2)});
  std::vector<Transfer> all;
  for (std::uint64_t i = 0; i < 5; ++i) all.push_back(hold(10 + i, 1, 2, 5 + static_cast<std::int64_t>(i)));
  all[3].time_out = 9000_ms;
  commit(all);
  const auto first = *store->journal().open_reserves({}, 3);
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0], (OpenReserve{id(10), 1, 2, units(5), {}}));
  const auto rest = *store->journal().open_reserves(first.back().id, 3);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0], (OpenReserve{id(13), 1, 2, units(8), now + 9000_ms}));
}

TEST_P(JournalStoreTest, TellsTheBalanceOfAnyMoment) {
  open({unbounded(1), unbounded(2)});
  const UnixTime start = now;
  for (std::uint64_t i = 0; i < 5; ++i) {
    now = start + 10_ms * static_cast<std::int64_t>(i + 1);
    commit(std::vector{pay(10 + i, 1, 2, 1)});
    commit(std::vector{pay(20 + i, 1, 2, 1)});
  }
  EXPECT_EQ(posted(2), 10);
  EXPECT_EQ(posted(2, start + 9_ms), 0);
  EXPECT_EQ(posted(2, start + 10_ms), 2);
  EXPECT_EQ(posted(2, start + 39_ms), 6);
  EXPECT_EQ(posted(2, start + 999_ms), 10);
  EXPECT_EQ(posted(2, UnixTime(0)), 0);
}

TEST_P(JournalStoreTest, AStatementRunsFromBalanceToBalance) {
  open({unbounded(1), bounded(2), unbounded(3)});
  const UnixTime start = now;
  commit(std::vector{pay(10, 1, 2, 100), pay(11, 1, 3, 9), pay(12, 2, 3, 30)});
  now = now + 10_ms;
  commit(std::vector{hold(13, 2, 3, 20), pay(14, 3, 1, 1)});
  now = now + 10_ms;
  commit(std::vector{settle(15, 13, 15), pay(16, 1, 2, 2)});
  StatementQuery query{number(2), {}, {}, {}, 100};
  const auto all = store->journal().statement(query);
  ASSERT_TRUE(all.ok()) << all.error().message();
  std::vector<std::int64_t> running;
  for (const StatementRow& row : all->rows) running.push_back(row.posted);
  EXPECT_EQ(running, (std::vector<std::int64_t>{100, 70, 70, 55, 57}));
  EXPECT_EQ(all->rows[1].side, Side::Debit);
  EXPECT_EQ(all->rows[1].counterparty, id(3));
  EXPECT_EQ(all->rows[1].at, start);
  EXPECT_FALSE(all->next);

  query.from = start + 10_ms;
  query.to = start + 20_ms;
  const auto middle = *store->journal().statement(query);
  EXPECT_EQ(middle.posted_before, 70);
  ASSERT_EQ(middle.rows.size(), 1U);
  EXPECT_EQ(middle.rows[0].entry.id, id(13));

  StatementQuery paged{number(2), {}, {}, {}, 1};
  std::vector<StatementRow> rows;
  do {
    const auto page = *store->journal().statement(paged);
    EXPECT_EQ(page.posted_before, rows.empty() ? 0 : rows.back().posted);
    rows.insert(rows.end(), page.rows.begin(), page.rows.end());
    paged.after = page.next;
  } while (paged.after);
  EXPECT_EQ(rows, all->rows);
}

TEST_P(JournalStoreTest, DebitsAndCreditsOfEachAssetAreTheSame) {
  const UnixTime start = now;
  fill();
  const auto totals = *store->journal().trial_balance({});
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].asset, Asset::Eur);
  EXPECT_EQ(totals[0].accounts, 3);
  EXPECT_EQ(totals[0].sums, (Balances{units(5), units(146), units(5), units(146)}));
  EXPECT_TRUE(totals[0].is_even());
  EXPECT_EQ(totals[1].sums, (Balances{{}, units(7), {}, units(7)}));
  EXPECT_EQ((*store->journal().trial_balance(start))[0].sums, (Balances{{}, units(130), {}, units(130)}));
  EXPECT_TRUE(store->journal().trial_balance(start - 1_ms)->empty());
}

TEST_P(JournalStoreTest, OneTransactionOfTheCallersHoldsAllOrNothing) {
  open({unbounded(1), bounded(2)});
  const auto failed = store->transaction([&]() -> Result<void> {
    const auto first = enter_all(store->journal(), {{}, {pay(10, 1, 2, 5)}}, now);
    if (!first) return first.error();
    const auto second = enter_all(store->journal(), {{}, {pay(11, 2, 1, 6)}}, now);
    return second ? Result<void>() : second.error();
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message().find("debits-above-bound"), std::string::npos) << failed.error().message();
  EXPECT_EQ(posted(2), 0);
  const auto head = store->journal().head();
  ASSERT_TRUE(head.ok()) << head.error().message();
  EXPECT_EQ(head->commit, 1);
  EXPECT_TRUE(done(commit(std::vector{pay(10, 1, 2, 5)})[0]));
}

TEST_P(JournalStoreTest, SeveralWritersTakeTurns) {
  open({unbounded(1), bounded(2)});
  constexpr std::uint64_t kWriters = 4, kEach = 25;
  std::vector<std::thread> writers;
  for (std::uint64_t writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([this, writer] {
      const auto own = *open_store(address);
      for (std::uint64_t i = 0; i < kEach; ++i) {
        // Everybody tries every transfer of everybody.
        const std::vector<journal::Batch> batch{{{}, {pay(100 + i, 1, 2, 1), pay(1000 + kEach * writer + i, 1, 2, 1)}}};
        const auto posted = post_transfers(*own, batch, now);
        ASSERT_TRUE(posted.ok()) << posted.error().message();
        EXPECT_TRUE(posted->front().all_there());
      }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(posted(2), static_cast<std::int64_t>(kEach + kWriters * kEach));
  const auto report = audit_journal(*store);
  EXPECT_TRUE(report.ok()) << report.error().message();
}

TEST_P(JournalStoreTest, TheDatabaseRefusesToChangeTheJournal) {
  fill();
  for (const std::string table : {"journal_commit", "account", "transfer", "account_era", "account_balance"}) {
    const std::string column =
        table == "journal_commit" ? "at_utc" : (table == "account_era" ? "first_commit" : "commit_number");
    for (const std::string& statement : {"UPDATE " + table + " SET " + column + " = 9", "DELETE FROM " + table}) {
      const auto refused = execute(statement);
      ASSERT_FALSE(refused.ok()) << statement;
      EXPECT_NE(refused.error().message().find("never changed"), std::string::npos) << refused.error().message();
    }
  }
  if (GetParam() == Engine::Postgres) {
    EXPECT_FALSE(execute("TRUNCATE transfer").ok());
  }
  EXPECT_TRUE(audit_journal(*store).ok());
}

TEST_P(JournalStoreTest, TheDatabaseRefusesWhatTheRulesWouldNotAllow) {
  fill();
  const std::string balance = "INSERT INTO account_balance VALUES ";
  const std::string transfer = "INSERT INTO transfer VALUES ", era = "INSERT INTO account_era VALUES ";
  for (const std::string& statement :
       {balance + "(1, 2, 99, 0, 11, 0, 10, 1, 1, 0, NULL)", balance + "(1, 2, 99, 1, 10, 0, 10, 1, 1, 0, NULL)",
        balance + "(1, 2, 99, 0, 10, 0, 11, 1, 1, NULL, 0)", balance + "(1, 2, 99, -1, 0, 0, 10, 1, 1, 0, NULL)",
        balance + "(1, 99, 99, 0, 0, 0, 0, 1, 1, NULL, NULL)", balance + "(1, 2, 2, 0, 0, 0, 0, 1, 1, NULL, NULL)",
        balance + "(3, 2, 99, 0, 10, 0, 10, 1, 1, 0, NULL)", era + "(99, 1, 1)", era + "(2, 1, 9)", era + "(2, 9, 8)",
        transfer + "(99, 1, 1, 1, 1, 1, 2, 0, NULL, NULL, NULL, 1, '', 0)",
        transfer + "(99, 1, 1, 1, 1, 1, 1, 5, NULL, NULL, NULL, 1, '', 0)",
        transfer + "(99, 1, 1, 1, 5, 1, 2, 5, NULL, NULL, NULL, 1, '', 0)",
        transfer + "(99, 1, 1, 1, 3, 1, 2, 5, NULL, NULL, NULL, 1, '', 0)",
        std::string(
            "INSERT INTO transfer SELECT 99, 1, id_high, id_low, 1, 1, 2, 5, NULL, NULL, NULL, 1, '', 0 FROM transfer "
            "WHERE ordinal = 2 AND kind = 1"),
        std::string("INSERT INTO transfer SELECT 99, 1, 7, 7, 4, 1, 2, 5, reserve_high, reserve_low, NULL, 1, '', 0 "
                    "FROM transfer WHERE kind = 3")})
    EXPECT_FALSE(execute(statement).ok()) << statement;
  EXPECT_TRUE(execute(balance + "(1, 2, 99, 0, 10, 0, 10, 1, 1, 0, NULL)").ok());
}

TEST_P(JournalStoreTest, AuditsASoundJournal) {
  fill();
  commit(std::vector{pay(18, 2, 3, 1)});  // by itself, between accounts of unlike bounds
  const auto report = audit_journal(*store);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report->head, *store->journal().head());
  EXPECT_EQ(report->transfers, 10);
  EXPECT_EQ(report->open_reserves, 1);
  EXPECT_EQ(report->totals.size(), 2U);
}

TEST_P(JournalStoreTest, TheAuditNamesWhatIsWrong) {
  struct Wrong {
    const char* statement;
    const char* named;
  };
  for (const Wrong& wrong :
       {Wrong{"UPDATE transfer SET amount = 99 WHERE commit_number = 2 AND ordinal = 1", "commit 2"},
        Wrong{"UPDATE transfer SET reference = 'x' WHERE commit_number = 3 AND ordinal = 2", "commit 3"},
        Wrong{"DELETE FROM transfer WHERE commit_number = 2 AND ordinal = 3", "commit 2"},
        Wrong{"UPDATE account SET debits_over = 1000 WHERE number = 2", "commit 1"},
        Wrong{"UPDATE account_balance SET credits_posted = credits_posted + 1 WHERE account = 3 AND commit_number = 2",
              "account 3 after commit 2"},
        Wrong{"UPDATE account_balance SET debits_over = NULL WHERE account = 2 AND commit_number = 4",
              "account 2 after commit 4"},
        Wrong{"DELETE FROM account_balance WHERE account = 5", "account 5 after commit 2"},
        Wrong{"INSERT INTO account_balance VALUES (1, 5, 3, 0, 0, 0, 7, 1, 1, 0, NULL)", "account 5 after commit 3"},
        Wrong{"INSERT INTO account_balance VALUES (1, 2, 1, 0, 0, 0, 7, 1, 1, 0, NULL)", "account 2 after commit 1"},
        Wrong{"UPDATE account_balance SET era = 2 WHERE account = 3 AND commit_number = 2", "account 3 after commit 2"},
        Wrong{"DELETE FROM account_era WHERE account = 3", "era 1 of account 3"},
        Wrong{"UPDATE account_era SET first_commit = 3 WHERE account = 2", "era 1 of account 2"},
        Wrong{"INSERT INTO account_era VALUES (5, 3, 3)", "era 3 of account 5"},
        Wrong{"UPDATE journal_commit SET era = 3 WHERE number = 3", "commit 3"},
        Wrong{"UPDATE journal_commit SET era_rows = era_rows + 1 WHERE number = 4", "commit 4"},
        Wrong{"UPDATE journal_commit SET at_utc = 5 WHERE number = 3", "commit 3"},
        Wrong{"DELETE FROM journal_commit WHERE number = 3", "commit 3"},
        Wrong{"DELETE FROM journal_commit WHERE number = 4", "commit 4"},
        Wrong{"UPDATE open_reserve SET amount = amount + 1", "open reserve"},
        Wrong{"DELETE FROM open_reserve", "open reserve"}}) {
    address = fresh((std::to_string(now.ms()) + ".sqlite").c_str());
    ASSERT_TRUE(migrate(address).ok());
    store = *open_store(address);
    fill();
    for (const std::string table : {"journal_commit", "account", "transfer", "account_era", "account_balance"})
      ASSERT_TRUE(execute(GetParam() == Engine::Postgres
                              ? "ALTER TABLE " + table + " DISABLE TRIGGER ALL"
                              : "DROP TRIGGER " + table + "_stays; DROP TRIGGER " + table + "_remains")
                      .ok());
    // In PostgreSQL, what holds references is a trigger too.
    const std::string off = GetParam() == Engine::Sqlite ? "PRAGMA foreign_keys = OFF; " : "";
    ASSERT_TRUE(execute(off + wrong.statement).ok()) << wrong.statement;
    const auto report = audit_journal(*store);
    ASSERT_FALSE(report.ok()) << wrong.statement;
    EXPECT_NE(report.error().message().find(wrong.named), std::string::npos)
        << wrong.statement << ": " << report.error().message();
  }
}

TEST_P(JournalStoreTest, ABackupHoldsTheJournalForEitherEngine) {
  fill();
  const auto report = audit_journal(*store);
  ASSERT_TRUE(report.ok());
  ASSERT_TRUE(back_up(address, folder / "backup.sqlite").ok());
  for (const Engine engine : {Engine::Sqlite, Engine::Postgres}) {
    address = fresh("restored.sqlite", engine);
    const auto restored = restore(folder / "backup.sqlite", address);
    ASSERT_TRUE(restored.ok()) << restored.error().message();
    store = *open_store(address);
    const auto again = audit_journal(*store);
    ASSERT_TRUE(again.ok()) << again.error().message();
    EXPECT_EQ(again->head, report->head);
    EXPECT_EQ(again->balances, report->balances);
    EXPECT_TRUE(done(commit(std::vector{pay(99, 1, 2, 1)})[0]));
    EXPECT_TRUE(audit_journal(*store).ok());
  }
}

}  // namespace
}  // namespace balans::api::test
