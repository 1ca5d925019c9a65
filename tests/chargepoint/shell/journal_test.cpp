#include "chargepoint/shell/journal.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "chargepoint/shell/journal_before.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

class JournalTest : public testing::Test {
 protected:
  Journal open() {
    auto journal = Journal::open(folder.path() / "journal.sqlite");
    EXPECT_TRUE(journal) << journal.error().message();
    return std::move(*journal);
  }
  static void append(Journal& journal, int count) {
    for (int i = 0; i < count; ++i) {
      Reading reading;
      reading.energy_import = WattHours(i);
      ASSERT_TRUE(journal.append(reading));
    }
  }
  std::optional<ReadingBatch> oldest(Journal& journal, std::int64_t count) {
    auto batch = journal.oldest(agent, count);
    EXPECT_TRUE(batch) << batch.error().message();
    return *batch;
  }

  test::TempFolder folder;
  AgentId agent = *AgentId::parse("charger-1");
};

TEST_F(JournalTest, NumbersAndChainsFromTheFirst) {
  Journal journal = open();
  EXPECT_FALSE(oldest(journal, 10));
  append(journal, 3);
  const auto batch = oldest(journal, 10);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->readings.front().seq, 1U);
  EXPECT_EQ(batch->readings.size(), 3U);
  EXPECT_EQ(batch->previous, Digest{});
  EXPECT_TRUE(check_chain(*batch));
}

TEST_F(JournalTest, TheChainGoesOnAcrossBatchesAndRestarts) {
  Digest head;
  {
    Journal journal = open();
    append(journal, 3);
    head = oldest(journal, 10)->head;
    ASSERT_TRUE(journal.forget_through(3));
    EXPECT_FALSE(oldest(journal, 10));
  }
  Journal journal = open();
  append(journal, 2);
  const auto batch = oldest(journal, 10);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->readings.front().seq, 4U);
  EXPECT_EQ(batch->previous, head);
  EXPECT_TRUE(check_chain(*batch));
}

TEST_F(JournalTest, KeepsWhatIsNotStoredElsewhere) {
  Journal journal = open();
  append(journal, 5);
  ASSERT_TRUE(journal.forget_through(2));
  const auto batch = oldest(journal, 2);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->readings.front().seq, 3U);
  EXPECT_EQ(batch->readings.size(), 2U);
  EXPECT_TRUE(check_chain(*batch));
}

TEST_F(JournalTest, ANewOneDoesNotUseOldNumbersAgain) {
  auto journal = Journal::open(folder.path() / "other.sqlite", 1'554'000'000);
  ASSERT_TRUE(journal);
  append(*journal, 2);
  const auto batch = oldest(*journal, 10);
  EXPECT_EQ(batch->readings.front().seq, 1'554'000'001U);
  EXPECT_TRUE(check_chain(*batch));
}

TEST_F(JournalTest, AnAckFromTheFutureForgetsNoMoreThanThereIs) {
  Journal journal = open();
  append(journal, 2);
  ASSERT_TRUE(journal.forget_through(1'000'000));
  append(journal, 1);
  EXPECT_EQ(oldest(journal, 10)->readings.front().seq, 3U);
}

TEST_F(JournalTest, ANewOneBeginsAboveThoseThatWerePutAsideWhateverTheClockSays) {
  const auto file = folder.path() / "journal.sqlite";
  const UnixTime now(1'790'000'000'000), long_ago(1000);
  EXPECT_EQ(used_before(file, now), 1'790'000'000U);
  {
    auto journal = Journal::open(file, 2'000'000'000);
    append(*journal, 3);
  }
  for (const char* end : {".from-backup", ".version-2"}) {
    std::filesystem::rename(file, file.string() + end);
    for (const UnixTime at : {now, long_ago}) EXPECT_EQ(used_before(file, at), 2'000'000'003U + 1'048'576U) << end;
    EXPECT_EQ(used_before(file, UnixTime(4'000'000'000'000)), 4'000'000'000U);
    std::filesystem::rename(file.string() + end, file);
  }
}

TEST_F(JournalTest, ADamagedOneThatWasPutAsideStopsNobody) {
  std::ofstream(folder / "journal.sqlite.from-backup") << "this was a database before the power went";
  EXPECT_EQ(used_before(folder / "journal.sqlite", UnixTime(5000)), 5U);
}

}  // namespace
}  // namespace balans
