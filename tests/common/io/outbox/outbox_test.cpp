#include "common/io/outbox/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io/outbox/adopt.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using test::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr BootTime kNow(1'000'000);

class OutboxTest : public ::testing::Test {
 protected:
  Outbox open(const OutboxLimits& limits = {}) {
    auto outbox = Outbox::open(file_, limits);
    EXPECT_TRUE(outbox.ok()) << outbox.error().message();
    return std::move(*outbox);
  }
  static void append(Outbox& outbox, const std::string& key, const std::string& payload = "payload") {
    const auto appended = outbox.append("readings", key, payload, kNow);
    ASSERT_TRUE(appended.ok()) << appended.error().message();
    EXPECT_EQ(*appended, Appended::Staged);
  }
  static std::vector<std::string> keys(Outbox& outbox, std::size_t count = 100, std::size_t bytes = 1'000'000) {
    std::vector<std::string> keys;
    const auto items = outbox.oldest(count, bytes);
    EXPECT_TRUE(items.ok());
    for (const OutboxItem& item : *items) keys.push_back(item.key);
    return keys;
  }

  TempFolder folder_;
  std::filesystem::path file_ = folder_ / "outbox.sqlite";
};

TEST_F(OutboxTest, GivesOnlyWhatIsCommittedOldestFirst) {
  Outbox outbox = open();
  append(outbox, "a");
  append(outbox, "b");
  EXPECT_THAT(keys(outbox), IsEmpty());
  ASSERT_TRUE(outbox.commit().ok());
  append(outbox, "c");
  EXPECT_THAT(keys(outbox), ElementsAre("a", "b"));
}

TEST_F(OutboxTest, KeepsPayloadsAsTheyAre) {
  Outbox outbox = open();
  const std::string payload("{\"a\":\"\xc3\xa9\"}\0x", 13);
  append(outbox, "a", payload);
  ASSERT_TRUE(outbox.commit().ok());
  const auto items = outbox.oldest(1, 100);
  ASSERT_TRUE(items.ok());
  ASSERT_THAT(*items, SizeIs(1));
  EXPECT_EQ(items->front().payload, payload);
  EXPECT_EQ(items->front().kind, "readings");
}

TEST_F(OutboxTest, TakesTheSameKeyOnce) {
  Outbox outbox = open();
  append(outbox, "a");
  EXPECT_EQ(*outbox.append("readings", "a", "payload", kNow), Appended::AlreadyStaged);
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_EQ(*outbox.append("readings", "a", "payload", kNow), Appended::AlreadyCommitted);
  EXPECT_EQ(*outbox.append("state", "a", "payload", kNow), Appended::Staged);
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_EQ(outbox.rows(), 2);
}

TEST_F(OutboxTest, RefusesAnotherContentUnderTheSameKey) {
  Outbox outbox = open();
  append(outbox, "a");
  EXPECT_THAT(outbox.append("readings", "a", "other", kNow).error().message(),
              HasSubstr("readings a: is here already with another content"));
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_FALSE(outbox.append("readings", "a", "other", kNow).ok());
}

TEST_F(OutboxTest, WantsACommitAfterAWhileOrWhenEnoughIsStaged) {
  OutboxLimits limits;
  limits.staged_rows = 3;
  Outbox outbox = open(limits);
  EXPECT_FALSE(outbox.commit_due(kNow + 3600_s));
  append(outbox, "a");
  EXPECT_FALSE(outbox.commit_due(kNow + 9999_ms));
  EXPECT_TRUE(outbox.commit_due(kNow + 10_s));
  append(outbox, "b");
  append(outbox, "c");
  EXPECT_TRUE(outbox.commit_due(kNow));
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_FALSE(outbox.commit_due(kNow + 3600_s));
}

TEST_F(OutboxTest, GivesNoMoreThanAskedForButAtLeastOne) {
  Outbox outbox = open();
  for (const char* key : {"a", "b", "c"}) append(outbox, key, std::string(100, 'x'));
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_THAT(keys(outbox, 2), ElementsAre("a", "b"));
  EXPECT_THAT(keys(outbox, 9, 250), ElementsAre("a", "b"));
  EXPECT_THAT(keys(outbox, 9, 1), ElementsAre("a"));
}

TEST_F(OutboxTest, ForgetsWhatIsDelivered) {
  Outbox outbox = open();
  for (const char* key : {"a", "b", "c"}) append(outbox, key);
  ASSERT_TRUE(outbox.commit().ok());
  const auto items = outbox.oldest(2, 1000);
  outbox.remove_through(items->back().id, kNow);
  EXPECT_THAT(keys(outbox), ElementsAre("c"));
  EXPECT_TRUE(outbox.commit_due(kNow + 10_s));
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_EQ(outbox.rows(), 1);
  EXPECT_THAT(keys(outbox), ElementsAre("c"));
}

TEST_F(OutboxTest, NeverForgetsWhatItHasNotGiven) {
  Outbox outbox = open();
  append(outbox, "a");
  ASSERT_TRUE(outbox.commit().ok());
  outbox.remove_through(1000, kNow);
  append(outbox, "b");
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_THAT(keys(outbox), ElementsAre("a", "b"));
}

TEST_F(OutboxTest, GivesDeliveredItemsAgainWhenTheRemovalWasNotCommitted) {
  {
    Outbox outbox = open();
    append(outbox, "a");
    ASSERT_TRUE(outbox.commit().ok());
    outbox.remove_through(outbox.oldest(1, 100)->front().id, kNow);
  }
  Outbox outbox = open();
  EXPECT_THAT(keys(outbox), ElementsAre("a"));
}

TEST_F(OutboxTest, SaysWhenItIsFull) {
  OutboxLimits limits;
  limits.rows = 2;
  limits.bytes = 1000;
  Outbox outbox = open(limits);
  EXPECT_THAT(outbox.append("readings", "x", std::string(1000, 'x'), kNow).error().message(),
              HasSubstr("outbox: is full: it holds at most 1000 bytes"));
  append(outbox, "a");
  append(outbox, "b");
  EXPECT_THAT(outbox.append("readings", "c", "x", kNow).error().message(),
              HasSubstr("outbox: is full: it holds at most 2 items"));
  ASSERT_TRUE(outbox.commit().ok());
  outbox.remove_through(outbox.oldest(1, 1)->front().id, kNow);
  ASSERT_TRUE(outbox.commit().ok());
  append(outbox, "c");
}

TEST_F(OutboxTest, BoundsWhatIsStagedWhenCommitsFail) {
  OutboxLimits limits;
  limits.staged_rows = 1;
  Outbox outbox = open(limits);
  for (const char* key : {"a", "b", "c", "d"}) append(outbox, key);
  EXPECT_THAT(outbox.append("readings", "e", "x", kNow).error().message(), HasSubstr("none was committed"));
}

TEST_F(OutboxTest, KnowsItsSizeAfterARestart) {
  std::int64_t bytes = 0;
  {
    Outbox outbox = open();
    append(outbox, "a");
    append(outbox, "b");
    ASSERT_TRUE(outbox.commit().ok());
    bytes = outbox.bytes();
  }
  const Outbox outbox = open();
  EXPECT_EQ(outbox.rows(), 2);
  EXPECT_EQ(outbox.bytes(), bytes);
  EXPECT_EQ(bytes, 2 * std::int64_t(std::string("readings"
                                                "a"
                                                "payload")
                                        .size()));
}

TEST_F(OutboxTest, NeverUsesAnIdTwice) {
  Outbox outbox = open();
  append(outbox, "a");
  ASSERT_TRUE(outbox.commit().ok());
  const std::int64_t first = outbox.oldest(1, 1)->front().id;
  outbox.remove_through(first, kNow);
  ASSERT_TRUE(outbox.commit().ok());
  append(outbox, "b");
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_GT(outbox.oldest(1, 1)->front().id, first);
}

/// Runs `act` in a process that then dies without cleaning up anything.
template <class Act>
void in_a_process_that_is_killed(Act act) {
  const pid_t child = ::fork();
  if (child == 0) {
    act();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the process ended by itself: " << status;
}

TEST_F(OutboxTest, CommittedItemsSurviveAKillAndStagedOnesDoNot) {
  in_a_process_that_is_killed([&] {
    Outbox outbox = open();
    append(outbox, "committed-1");
    append(outbox, "committed-2");
    if (!outbox.commit().ok()) ::_exit(1);
    append(outbox, "staged");
    if (outbox.staged() != 1) ::_exit(2);
  });
  Outbox outbox = open();
  EXPECT_THAT(keys(outbox), ElementsAre("committed-1", "committed-2"));
  EXPECT_EQ(outbox.rows(), 2);
}

TEST_F(OutboxTest, StaysStagedWhenTheCommitFails) {
  Outbox outbox = open();
  append(outbox, "a");
  {
    auto other = sqlite::Database::open(file_);
    ASSERT_TRUE(other.ok());
    ASSERT_TRUE(other->execute("ALTER TABLE item RENAME TO hidden", "hide").ok());
    EXPECT_FALSE(outbox.commit().ok());
    EXPECT_EQ(outbox.staged(), 1U);
    EXPECT_TRUE(outbox.commit_due(kNow + 10_s));
    ASSERT_TRUE(other->execute("ALTER TABLE hidden RENAME TO item", "show").ok());
  }
  ASSERT_TRUE(outbox.commit().ok());
  EXPECT_THAT(keys(outbox), ElementsAre("a"));
}

TEST_F(OutboxTest, AdoptsWhatAnOlderProgramHadToSetAside) {
  {
    Outbox outbox = open();
    append(outbox, "a");
    append(outbox, "b");
    ASSERT_TRUE(outbox.commit().ok());
  }
  const std::filesystem::path aside = file_.string() + ".version-1";
  std::filesystem::rename(file_, aside);
  {
    Outbox outbox = open();
    append(outbox, "b");
    append(outbox, "c");
    ASSERT_TRUE(outbox.commit().ok());
  }
  std::filesystem::copy_file(aside, aside.string() + ".2");
  EXPECT_EQ(adopt_set_aside(file_)->value(), 1);
  EXPECT_FALSE(std::filesystem::exists(aside));
  Outbox outbox = open();
  EXPECT_THAT(keys(outbox), ElementsAre("b", "c", "a"));
  EXPECT_EQ(outbox.rows(), 3);
  EXPECT_EQ(outbox.bytes(), 3 * std::int64_t(sizeof "readings" - 1 + 1 + sizeof "payload" - 1));
  EXPECT_FALSE(*adopt_set_aside(file_)) << "there is none";
}

TEST_F(OutboxTest, LeavesAloneWhatItCannotReadYet) {
  const std::filesystem::path newer = file_.string() + ".version-2";
  { auto database = sqlite::Database::open(newer); }
  EXPECT_FALSE(*adopt_set_aside(file_));
  EXPECT_TRUE(std::filesystem::exists(newer));
}

}  // namespace
}  // namespace balans
