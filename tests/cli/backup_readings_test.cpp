// Readings that wait on the machine where a backup is put in place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/outbox/outbox.hpp"
#include "tests/cli/backed_up.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kOutbox = "var/lib/balans/trafo/outbox.sqlite";
constexpr const char* kJournal = "var/lib/balans/chargepoint/charger-1/journal.sqlite";

void put_batches(const fs::path& file, const std::vector<std::string>& keys) {
  fs::create_directories(file.parent_path());
  auto outbox = Outbox::open(file);
  ASSERT_TRUE(outbox);
  for (const std::string& key : keys) ASSERT_TRUE(outbox->append("readings", key, "of " + key, BootTime()));
  ASSERT_TRUE(outbox->commit());
}

std::vector<std::string> batches_in(const fs::path& file) {
  std::vector<std::string> keys;
  auto outbox = Outbox::open(file);
  EXPECT_TRUE(outbox) << outbox.error().message();
  const auto items = outbox->oldest(100, 100'000);
  for (const OutboxItem& item : *items) keys.push_back(item.key);
  EXPECT_EQ(outbox->rows(), static_cast<std::int64_t>(keys.size()));
  return keys;
}

/// As the agent makes it.
void put_readings(const fs::path& file, int first, int count) {
  fs::create_directories(file.parent_path());
  auto journal = sqlite::Database::open(file);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(
      journal->execute("CREATE TABLE reading (seq INTEGER PRIMARY KEY, body TEXT, head TEXT, stored INTEGER "
                       "DEFAULT 0); PRAGMA user_version = 1",
                       "make it"));
  for (int seq = first; seq < first + count; ++seq)
    ASSERT_TRUE(journal->execute("INSERT INTO reading VALUES (" + std::to_string(seq) + ", '', '', 0)", "fill it"));
}

std::int64_t newest_in(const fs::path& file) {
  auto journal = sqlite::Database::open_existing(file);
  EXPECT_TRUE(journal);
  auto query = journal->prepare("SELECT max(seq) FROM reading", "look");
  EXPECT_TRUE(*query->step());
  return query->integer(0);
}

TEST_F(Backup, ReadingsThatWaitHereAreSentAfterIt) {
  old_.install();
  put_batches(old_.folder / kOutbox, {"a", "b"});
  put_readings(old_.folder / kJournal, 1, 3);
  backed_up();
  fresh_.install();
  put_batches(fresh_.folder / kOutbox, {"b", "c"});
  put_readings(fresh_.folder / kJournal, 1, 9);
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(done->complete);
  EXPECT_THAT(batches_in(fresh_.folder / kOutbox), ::testing::UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(newest_in(fresh_.folder / kJournal), 9);
  EXPECT_EQ(newest_in(fresh_.folder / (kJournal + std::string(".from-backup"))), 3);
  EXPECT_THAT(done->lines, Contains(HasSubstr("journal.sqlite: stays as it is here, with 9 readings")));
}

TEST_F(Backup, ReadingsThatCannotBeKeptAreCounted) {
  old_.install();
  put_batches(old_.folder / kOutbox, {"a"});
  backed_up();
  fresh_.install();
  fresh_.put("etc/balans/site.yaml", "site: oak-street\n");
  put_batches(fresh_.folder / kOutbox, {"b", "c"});
  put_readings(fresh_.folder / kJournal, 1, 9);
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(done->complete);
  EXPECT_THAT(done->lines, Contains(HasSubstr("trafo/outbox.sqlite: 2 batches of readings that were not sent")));
  EXPECT_THAT(done->lines, Contains(HasSubstr("journal.sqlite: 9 readings that were not sent")));
  EXPECT_THAT(batches_in(fresh_.folder / kOutbox), ::testing::ElementsAre("a"));
}

TEST_F(Backup, ADamagedOutboxHereIsTold) {
  old_.install();
  backed_up();
  fresh_.install();
  fresh_.put(kOutbox, "this was a database before the power went");
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(done->complete);
  EXPECT_THAT(done->lines, Contains(HasSubstr("trafo/outbox.sqlite: batches of readings that were not sent")));
}

TEST_F(Backup, WhatWasSetAsideHereStaysForItsVersion) {
  old_.install();
  put_batches(old_.folder / kOutbox, {"a"});
  backed_up();
  fresh_.install();
  put_batches(fresh_.folder / kOutbox, {"b"});
  put_batches(fresh_.folder / (kOutbox + std::string(".version-2")), {"c", "d"});
  ASSERT_TRUE(restored(Replace::WhatIsHere));
  EXPECT_THAT(batches_in(fresh_.folder / (kOutbox + std::string(".version-2"))), ::testing::ElementsAre("c", "d"));
}

}  // namespace
}  // namespace balans::cli
