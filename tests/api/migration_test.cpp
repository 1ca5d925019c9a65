// What an earlier program has stored is there for this one; what a later one has stored is left alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "api/app/ingest_readings.hpp"
#include "api/app/roll_ups.hpp"
#include "api/store/open.hpp"
#include "common/io/postgres/postgres.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "common/messages/signed.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class MigrationTest : public testing::Test {
 protected:
  /// As the first version of the program stored it.
  void store_first_version(const std::vector<ReadingBatch>& batches) const {
    auto database = sqlite::Database::open(folder / "balans.sqlite");
    ASSERT_TRUE(database.ok());
    const std::string step = text_of("api/store/migrations/sqlite/0001_readings.sql");
    const std::array<std::string_view, 1> steps{step};
    ASSERT_TRUE(database->migrate(steps).ok());
    ASSERT_TRUE(
        database->execute("INSERT INTO device (id, site, agent) VALUES (7, 'elm-street', 'charger-1')", "fill").ok());
    std::int64_t id = 0;
    for (const ReadingBatch& batch : batches) store_batch(*database, ++id, batch);
  }
  void store_batch(sqlite::Database& database, std::int64_t id, const ReadingBatch& batch) const {
    auto into_batch = database.prepare("INSERT INTO batch VALUES (?, 7, ?, ?, ?, ?, 'whole', ?, ?)", "fill");
    ASSERT_TRUE(into_batch.ok());
    EXPECT_TRUE(into_batch
                    ->run(id, static_cast<std::int64_t>(batch.readings.front().seq),
                          static_cast<std::int64_t>(batch.readings.back().seq), to_hex(batch.previous.bytes),
                          to_hex(batch.head.bytes), clock.utc().ms(), senders.sealed(batch))
                    .ok());
    auto insert = database.prepare("INSERT INTO reading VALUES (7, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "fill");
    ASSERT_TRUE(insert.ok());
    for (const Reading& r : batch.readings)
      EXPECT_TRUE(insert
                      ->run(static_cast<std::int64_t>(r.seq), id, static_cast<std::int64_t>(r.boot.value), r.at.ms(),
                            r.utc ? std::optional(r.utc->ms()) : std::nullopt, r.energy_import.count(),
                            r.energy_export.count(), r.mean[Phase::L1].count(), r.mean[Phase::L2].count(),
                            r.mean[Phase::L3].count(), r.limit[Phase::L1].count(), r.limit[Phase::L2].count(),
                            r.limit[Phase::L3].count(), std::string(name_of(r.state)))
                      .ok());
  }
  IngestReadings::Outcome ingested(Store& store, const std::string& key, const ReadingBatch& batch) {
    return ingest.run(senders.roster, store, senders.site, key, ingest_body({senders.sealed(batch)}));
  }
  static std::vector<StoredReading> all(Store& store) {
    ReadingQuery query;
    query.limit = 10'000;
    const auto page = store.readings().page(query);
    EXPECT_TRUE(page.ok());
    return page->readings;
  }

  Folder folder;
  Senders senders;
  TestClock clock;
  std::unique_ptr<EventLog> events = *EventLog::open(folder / "events.jsonl", clock);
  IngestReadings ingest{Retention(), clock, *events};
};

TEST_F(MigrationTest, KeepsReadingsOfTheFirstVersionAndGoesOnFromThem) {
  ReadingBatch untimed = senders.batch(senders.charger, 31, 32);
  for (Reading& reading : untimed.readings) reading.utc.reset();
  untimed.head = chain(chain(untimed.previous, untimed.readings[0]), untimed.readings[1]);
  store_first_version({senders.batch(senders.charger, 1, 20), senders.batch(senders.charger, 21, 30), untimed});
  const DatabaseAddress address = folder / "balans.sqlite";
  EXPECT_EQ(schema_state(address)->found, 1);
  ASSERT_TRUE(migrate(address).ok()) << migrate(address).error().message();
  EXPECT_EQ(schema_state(address)->found, schema_state(address)->known);

  const auto store = *open_store(address);
  const auto rows = all(*store);
  ASSERT_EQ(rows.size(), 32U);
  for (const StoredReading& row : rows) {
    Reading expected = Senders::reading(row.reading.seq);
    if (row.reading.seq > 30) expected.utc.reset();
    EXPECT_EQ(row.reading, expected) << row.reading.seq;
    EXPECT_EQ(row.chain, Chain::Whole);
    EXPECT_EQ(row.version, 1);
  }
  const auto text = store->readings().signed_text({}, 0);
  ASSERT_TRUE(text.ok() && *text);
  EXPECT_EQ((*text)->text, senders.sealed(senders.batch(senders.charger, 1, 20)));
  const auto again = ingested(*store, "again", senders.batch(senders.charger, 11, 25));
  EXPECT_EQ(std::get<IngestReadings::Committed>(again).counts.duplicate, 15U);
  ReadingBatch next = senders.batch(senders.charger, 33, 40);
  next.previous = next.head = untimed.head;
  for (const Reading& reading : next.readings) next.head = chain(next.head, reading);
  EXPECT_EQ(std::get<IngestReadings::Committed>(ingested(*store, "next", next)).counts.accepted, 8U);
  for (const StoredReading& row : all(*store)) EXPECT_EQ(row.chain, Chain::Whole) << row.reading.seq;
}

TEST_F(MigrationTest, RollsUpWhatTheFirstVersionHasStored) {
  store_first_version({senders.batch(senders.charger, 1, 100)});
  const DatabaseAddress address = folder / "balans.sqlite";
  ASSERT_TRUE(migrate(address).ok());
  const auto store = *open_store(address);
  while (*roll_up_some(*store, 10) == Left::More) {
  }
  const auto energy = store->roll_ups().energy(senders.site, {UnixTime(0), UnixTime(4'000'000'000'000)});
  ASSERT_TRUE(energy.ok());
  ASSERT_EQ(energy->size(), 1U);
  EXPECT_EQ((*energy)[0].imported, 9900_Wh);
  EXPECT_EQ((*energy)[0].readings, 100);
}

/// Since version 13 wallets have a mark of their own; a copy whose settlements wait is one for them too.
TEST_F(MigrationTest, MakesWalletsOfACopyWaitThatOnlySettlementsKnewOf) {
  std::vector<std::string> texts;
  for (const char* step : {"sqlite/0001_readings", "sqlite/0002_versions", "0003_access", "0004_history",
                           "sqlite/0005_journal", "0006_energy", "0007_evidence", "0008_flexibility", "0009_settlement",
                           "sqlite/0010_eras", "0011_wallets", "0012_hot_wallet"})
    texts.push_back(text_of(std::string("api/store/migrations/") + step + ".sql"));
  const std::vector<std::string_view> steps(texts.begin(), texts.end());
  for (const char* const wait : {"NULL", "7", "-1"}) {
    const std::filesystem::path file = folder / (std::string("copy") + wait);
    {
      auto database = sqlite::Database::open(file);
      ASSERT_TRUE(database.ok());
      ASSERT_TRUE(database->migrate(steps).ok());
      const std::string row = std::string("('iota', '', '', '', '', ") + wait + ")";
      const auto put = database->execute(
          "INSERT INTO ledger_cursor (chain, deployment, chain_id, genesis, position, wait_epoch) VALUES " + row,
          "fill");
      ASSERT_TRUE(put.ok()) << put.error().message();
    }
    ASSERT_TRUE(migrate(file).ok());
    const auto expected = wait == std::string("NULL") ? std::nullopt : std::optional(Restored::kUnasked);
    EXPECT_EQ((*open_store(file))->wallets().restored()->wait_epoch, expected) << wait;
  }
}

TEST_F(MigrationTest, LeavesAFileOfALaterProgramAlone) {
  const DatabaseAddress address = folder / "balans.sqlite";
  ASSERT_TRUE(migrate(address).ok());
  ASSERT_TRUE(sqlite::Database::open(folder / "balans.sqlite")->execute("PRAGMA user_version = 99", "age").ok());
  const auto refused = migrate(address);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("99"), std::string::npos) << refused.error().message();
  EXPECT_FALSE(open_store(address).ok());
  EXPECT_EQ(schema_state(address)->found, 99);
}

TEST_F(MigrationTest, LeavesAServersDatabaseOfALaterProgramAlone) {
  const DatabaseAddress address = PostgresUri{balans::test::postgres_cluster().fresh_database()};
  EXPECT_EQ(schema_state(address)->found, 0);
  ASSERT_TRUE(migrate(address).ok());
  EXPECT_EQ(schema_state(address)->found, schema_state(address)->known);
  const auto server = postgres::Connection::open(std::get<PostgresUri>(address).text);
  ASSERT_TRUE(server.ok());
  ASSERT_TRUE((*server)->execute("age", "UPDATE schema_version SET version = 99").ok());
  const auto refused = migrate(address);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("99"), std::string::npos) << refused.error().message();
  EXPECT_EQ(schema_state(address)->found, 99);
}

TEST_F(MigrationTest, ProgramsThatStartTogetherMigrateOnce) {
  const DatabaseAddress address = PostgresUri{balans::test::postgres_cluster().fresh_database()};
  std::atomic<int> fine = 0;
  {
    std::vector<std::jthread> programs;
    for (int i = 0; i < 4; ++i) programs.emplace_back([&] { fine += migrate(address).ok() ? 1 : 0; });
  }
  EXPECT_EQ(fine, 4);
  EXPECT_EQ(schema_state(address)->found, schema_state(address)->known);
}

/// Two programs on one database, each with readings of the same device and of one of its own.
TEST_F(MigrationTest, TwoWritersStoreEachReadingOnce) {
  const DatabaseAddress address = PostgresUri{balans::test::postgres_cluster().fresh_database()};
  ASSERT_TRUE(migrate(address).ok());
  std::atomic<int> failed = 0;
  const auto write = [&](const std::string& name, const AgentId& own, std::uint64_t shift) {
    const auto store = *open_store(address);
    for (std::uint64_t first = 1; first <= 100; first += 10) {
      const std::vector<std::string> envelopes{
          senders.sealed(senders.batch(senders.charger, first + shift, first + shift + 9)),
          senders.sealed(senders.batch(own, first, first + 9))};
      const auto outcome =
          ingest.run(senders.roster, *store, senders.site, name + std::to_string(first), ingest_body(envelopes));
      if (!std::holds_alternative<IngestReadings::Committed>(outcome)) ++failed;
    }
  };
  {
    std::jthread one([&] { write("one-", senders.boiler, 0); });
    std::jthread two([&] { write("two-", senders.charger, 5); });
  }
  EXPECT_EQ(failed, 0);
  std::map<AgentId, std::vector<std::uint64_t>> found;
  for (const StoredReading& row : all(**open_store(address))) found[row.agent].push_back(row.reading.seq);
  for (auto& [agent, seqs] : found) {
    std::sort(seqs.begin(), seqs.end());
    const std::uint64_t most = agent == senders.charger ? 105 : 100;
    ASSERT_EQ(seqs.size(), most) << agent.str();
    for (std::uint64_t i = 0; i < most; ++i) EXPECT_EQ(seqs[i], i + 1);
  }
  EXPECT_EQ(found.size(), 2U);
}

/// A client that lost its answer comes to the other program with the same request.
TEST_F(MigrationTest, TwoWritersGiveOneAnswerUnderOneKey) {
  const DatabaseAddress address = PostgresUri{balans::test::postgres_cluster().fresh_database()};
  ASSERT_TRUE(migrate(address).ok());
  const auto one = *open_store(address), two = *open_store(address);
  for (std::uint64_t round = 0; round < 10; ++round) {
    const ReadingBatch batch = senders.batch(senders.charger, 10 * round + 1, 10 * round + 10);
    std::vector<IngestReadings::Outcome> outcomes(2, IngestReadings::KeyReused());
    {
      std::jthread first([&] { outcomes[0] = ingested(*one, "k" + std::to_string(round), batch); });
      std::jthread second([&] { outcomes[1] = ingested(*two, "k" + std::to_string(round), batch); });
    }
    std::size_t accepted = 0;
    std::set<std::string> answers;
    for (const auto& outcome : outcomes)
      if (const auto* committed = std::get_if<IngestReadings::Committed>(&outcome)) {
        accepted += committed->counts.accepted;
        answers.insert(committed->answer);
      }
    EXPECT_EQ(accepted, 10U) << "round " << round;
    EXPECT_EQ(answers.size(), 1U) << "round " << round;
  }
}

}  // namespace
}  // namespace balans::api::test
