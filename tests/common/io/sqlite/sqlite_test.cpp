#include "common/io/sqlite/sqlite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace balans::sqlite {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;

class SqliteTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(db_.execute("CREATE TABLE t (a INTEGER UNIQUE, b TEXT) STRICT", "make t").ok()); }

  Database open() {
    auto db = Database::open(folder_ / "t.sqlite", {std::chrono::milliseconds(1)});
    EXPECT_TRUE(db.ok()) << db.error().message();
    return std::move(*db);
  }
  Statement prepare(Database& db, std::string_view sql) {
    auto statement = db.prepare(sql, "test");
    EXPECT_TRUE(statement.ok()) << statement.error().message();
    return std::move(*statement);
  }
  std::int64_t integer(Database& db, std::string_view sql) {
    Statement statement = prepare(db, sql);
    statement.bind();
    EXPECT_TRUE(*statement.step());
    return statement.integer(0);
  }
  std::int64_t count() { return integer(db_, "SELECT count(*) FROM t"); }

  TempFolder folder_;
  Database db_ = open();
};

TEST_F(SqliteTest, BindsAndReadsWhatItWasGiven) {
  Statement insert = prepare(db_, "INSERT INTO t VALUES (?, ?)");
  ASSERT_TRUE(insert.run(std::int64_t{1} << 62, "text").ok());
  ASSERT_TRUE(insert.run(std::nullopt, std::optional<std::string>()).ok());
  ASSERT_TRUE(insert.run(-5, std::string("with \0 inside", 13)).ok());
  ASSERT_TRUE(insert.run(0, std::string_view()).ok());
  EXPECT_EQ(db_.last_insert_id(), 4);
  EXPECT_EQ(db_.changes(), 1);

  Statement select = prepare(db_, "SELECT a, b FROM t ORDER BY rowid");
  select.bind();
  ASSERT_TRUE(*select.step());
  EXPECT_EQ(select.integer(0), std::int64_t{1} << 62);
  EXPECT_EQ(select.text(1), "text");
  ASSERT_TRUE(*select.step());
  EXPECT_EQ(select.optional_integer(0), std::nullopt);
  EXPECT_EQ(select.optional_text(1), std::nullopt);
  ASSERT_TRUE(*select.step());
  EXPECT_EQ(select.text(1).size(), 13U);
  ASSERT_TRUE(*select.step());
  EXPECT_EQ(select.optional_text(1), "");
  EXPECT_FALSE(*select.step());
}

TEST_F(SqliteTest, SyncsEveryCommitToTheWriteAheadLog) {
  EXPECT_EQ(integer(db_, "PRAGMA synchronous"), 2);
  Statement mode = prepare(db_, "PRAGMA journal_mode");
  mode.bind();
  ASSERT_TRUE(*mode.step());
  EXPECT_EQ(mode.text(0), "wal");
}

TEST_F(SqliteTest, RollsBackUnlessCommitted) {
  {
    auto transaction = db_.begin("test");
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db_.execute("INSERT INTO t VALUES (1, 'lost')", "insert").ok());
  }
  EXPECT_EQ(count(), 0);
  {
    auto transaction = db_.begin("test");
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db_.execute("INSERT INTO t VALUES (1, 'kept')", "insert").ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, SaysWhichDatabaseAndWhatFor) {
  Statement insert = prepare(db_, "INSERT INTO t VALUES (1, 'x')");
  ASSERT_TRUE(insert.run().ok());
  const auto again = insert.run();
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message(), HasSubstr("t.sqlite, test: UNIQUE constraint failed: t.a"));
  EXPECT_THAT(db_.prepare("SELEKT", "read").error().message(), HasSubstr("t.sqlite, read: near \"SELEKT\""));
}

TEST_F(SqliteTest, GoesOnAfterAnError) {
  Statement insert = prepare(db_, "INSERT INTO t VALUES (?, 'x')");
  ASSERT_TRUE(insert.run(1).ok());
  EXPECT_FALSE(insert.run(1).ok());
  EXPECT_TRUE(insert.run(2).ok());
}

TEST_F(SqliteTest, GivesUpWhenAnotherHoldsTheWriteLock) {
  Database other = open();
  auto transaction = db_.begin("test");
  ASSERT_TRUE(transaction.ok());
  const auto refused = other.begin("write");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("locked"));
}

TEST_F(SqliteTest, BringsTheSchemaUpToDateStepByStep) {
  constexpr std::array<std::string_view, 1> kFirst = {"CREATE TABLE one (a INTEGER)"};
  constexpr std::array<std::string_view, 2> kBoth = {"CREATE TABLE one (a INTEGER)", "CREATE TABLE two (a INTEGER)"};
  ASSERT_TRUE(db_.migrate(kFirst).ok());
  ASSERT_TRUE(db_.migrate(kBoth).ok());
  ASSERT_TRUE(db_.migrate(kBoth).ok());
  EXPECT_EQ(integer(db_, "PRAGMA user_version"), 2);
  EXPECT_TRUE(db_.execute("INSERT INTO two VALUES (1)", "insert").ok());
  EXPECT_THAT(db_.migrate(kFirst).error().message(), HasSubstr("schema version 2; this program knows up to 1"));
}

TEST_F(SqliteTest, LeavesTheSchemaAsItWasWhenAStepFails) {
  constexpr std::array<std::string_view, 1> kBroken = {"CREATE TABLE one (a INTEGER); CREATE TABLE one (a INTEGER)"};
  EXPECT_FALSE(db_.migrate(kBroken).ok());
  EXPECT_EQ(integer(db_, "PRAGMA user_version"), 0);
  EXPECT_FALSE(db_.execute("INSERT INTO one VALUES (1)", "insert").ok());
}

TEST_F(SqliteTest, ACopyHasWhatIsCommittedWhileAnotherIsWriting) {
  ASSERT_TRUE(db_.execute("INSERT INTO t VALUES (1, 'one'); PRAGMA user_version = 7", "put in").ok());
  const auto writing = db_.begin("put in more");
  ASSERT_TRUE(db_.execute("INSERT INTO t VALUES (2, 'two')", "put in more").ok());
  auto other = Database::open_existing(folder_ / "t.sqlite");
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(other->copy_to(folder_ / "copy.sqlite").ok());
  auto copy = Database::open_existing(folder_ / "copy.sqlite");
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(integer(*copy, "SELECT count(*) FROM t"), 1);
  EXPECT_EQ(*copy->schema_version(), 7);
  EXPECT_TRUE(copy->check().ok());
  EXPECT_FALSE(other->copy_to(folder_ / "copy.sqlite").ok()) << "it writes over nothing";
}

TEST_F(SqliteTest, SetsAsideWhatANewerProgramHasMadeAndNothingElse) {
  ASSERT_TRUE(db_.execute("PRAGMA user_version = 2", "make it newer").ok());
  EXPECT_FALSE(*set_aside_if_newer(folder_ / "t.sqlite", 2));
  EXPECT_FALSE(*set_aside_if_newer(folder_ / "none.sqlite", 2));
  db_ = open();  // nobody else has it open when a program starts
  const auto aside = set_aside_if_newer(folder_ / "t.sqlite", 1);
  ASSERT_TRUE(aside.ok() && *aside);
  EXPECT_EQ(**aside, folder_ / "t.sqlite.version-2");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.sqlite"));
  EXPECT_EQ(*Database::open_existing(**aside)->schema_version(), 2);
}

TEST(Sqlite, SetsAsideOverNothing) {
  const TempFolder folder;
  const auto file = folder / "t.sqlite";
  for (const auto& name : names_aside(file, 2)) {
    ASSERT_TRUE(Database::open(file)->execute("PRAGMA user_version = 2", "make it newer").ok());
    EXPECT_EQ(**set_aside_if_newer(file, 1), name);
  }
  ASSERT_TRUE(Database::open(file)->execute("PRAGMA user_version = 2", "make it newer").ok());
  EXPECT_FALSE(set_aside_if_newer(file, 1).ok());
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Sqlite, RefusesAFileThatIsNoDatabase) {
  const TempFolder folder;
  std::ofstream(folder / "x.sqlite") << std::string(1000, 'x');
  const auto db = Database::open(folder / "x.sqlite");
  ASSERT_FALSE(db.ok());
  EXPECT_THAT(db.error().message(), HasSubstr("not a database"));
}

TEST(Sqlite, NamesAFolderThatIsMissing) {
  const auto db = Database::open("/nowhere/x.sqlite");
  ASSERT_FALSE(db.ok());
  EXPECT_THAT(db.error().message(), HasSubstr("/nowhere/x.sqlite, open: unable to open database file"));
}

}  // namespace
}  // namespace balans::sqlite
