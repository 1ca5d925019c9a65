// Statements that nobody waits for: what they do is committed with the rest, and that one failed is always said.
#include <gtest/gtest.h>

#include "common/io/postgres/postgres.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::test {
namespace {

constexpr const char* kAdd = "INSERT INTO item (id) VALUES (CAST($1 AS BIGINT))";

class Meanwhile : public ::testing::Test {
 protected:
  Meanwhile() {
    auto opened = postgres::Connection::open(postgres_cluster().fresh_database());
    EXPECT_TRUE(opened.ok());
    connection = *std::move(opened);
    EXPECT_TRUE(connection->execute("make a table", "CREATE TABLE item (id BIGINT PRIMARY KEY)").ok());
  }
  Result<void> add(std::int64_t id) {
    const postgres::Value value(id);
    return connection->run_meanwhile("add an item", kAdd, std::span(&value, 1));
  }
  std::int64_t count() {
    const auto answer = connection->run("count items", "SELECT count(*) FROM item");
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? answer->integer(0, 0) : -1;
  }

  std::unique_ptr<postgres::Connection> connection;
};

TEST_F(Meanwhile, IsCommittedWithTheRest) {
  ASSERT_TRUE(connection->begin().ok());
  for (std::int64_t id = 1; id <= 50; ++id) ASSERT_TRUE(add(id).ok());  // more than may be under way
  EXPECT_EQ(count(), 50);
  ASSERT_TRUE(add(51).ok());
  ASSERT_TRUE(connection->commit().ok());
  EXPECT_EQ(count(), 51);
}

TEST_F(Meanwhile, CommitSaysWhatFailedAndNothingIsStored) {
  ASSERT_TRUE(connection->begin().ok());
  for (const std::int64_t id : {1, 1, 2}) ASSERT_TRUE(add(id).ok());
  const auto committed = connection->commit();
  ASSERT_FALSE(committed.ok());
  EXPECT_NE(committed.error().message().find("add an item"), std::string::npos) << committed.error().message();
  EXPECT_NE(committed.error().message().find("23505"), std::string::npos) << committed.error().message();
  EXPECT_EQ(count(), 0);
  ASSERT_TRUE(connection->begin().ok());
  ASSERT_TRUE(add(1).ok());
  ASSERT_TRUE(connection->commit().ok());
  EXPECT_EQ(count(), 1);
}

TEST_F(Meanwhile, TheNextCallSaysWhatFailed) {
  ASSERT_TRUE(connection->begin().ok());
  for (const std::int64_t id : {1, 1}) ASSERT_TRUE(add(id).ok());
  EXPECT_FALSE(connection->run("count items", "SELECT count(*) FROM item").ok());
  connection->roll_back();
  EXPECT_EQ(count(), 0);
}

TEST_F(Meanwhile, CopyWaitsForIt) {
  ASSERT_TRUE(connection->begin().ok());
  ASSERT_TRUE(add(1).ok());
  ASSERT_TRUE(connection->begin_copy("copy items", "COPY item (id) FROM STDIN").ok());
  ASSERT_TRUE(connection->copy("2\n3\n").ok());
  ASSERT_TRUE(connection->end_copy().ok());
  ASSERT_TRUE(add(4).ok());
  ASSERT_TRUE(connection->commit().ok());
  EXPECT_EQ(count(), 4);
}

TEST_F(Meanwhile, IsGoneWithATransactionThatIsRolledBack) {
  ASSERT_TRUE(connection->begin().ok());
  ASSERT_TRUE(add(1).ok());
  connection->roll_back();
  EXPECT_EQ(count(), 0);
}

TEST_F(Meanwhile, OutsideATransactionItIsDoneAtOnce) {
  ASSERT_TRUE(add(1).ok());
  EXPECT_FALSE(add(1).ok());
  EXPECT_EQ(count(), 1);
}

TEST_F(Meanwhile, AConnectionThatIsLostUnderWayComesBack) {
  ASSERT_TRUE(connection->begin().ok());
  ASSERT_TRUE(add(1).ok());
  postgres_cluster().crash_and_start();
  EXPECT_FALSE(connection->commit().ok());
  ASSERT_TRUE(connection->begin().ok());
  ASSERT_TRUE(add(2).ok());
  ASSERT_TRUE(connection->commit().ok());
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace balans::test
