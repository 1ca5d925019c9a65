// A database is restored from its backup as it was, in either engine.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "api/app/export_readings.hpp"
#include "api/app/ingest_readings.hpp"
#include "api/app/roll_ups.hpp"
#include "api/store/backup.hpp"
#include "tests/api/both_engines.hpp"

namespace balans::api::test {
namespace {

struct Move {
  Kind from;
  Kind to;
};

class BackupTest : public testing::TestWithParam<Move> {
 protected:
  DatabaseAddress address(Kind kind, const std::string& name) const {
    return fresh_database(kind, folder, name + ".sqlite");
  }
  std::unique_ptr<Store> opened(const DatabaseAddress& database) const {
    EXPECT_TRUE(migrate(database).ok());
    auto store = open_store(database);
    EXPECT_TRUE(store.ok()) << store.error().message();
    return *std::move(store);
  }
  void ingest(Store& store, const std::string& key, const ReadingBatch& batch) {
    const IngestReadings::Request request{std::make_shared<const Roster>(senders.roster), senders.site, key,
                                          ingest_body({senders.sealed(batch)})};
    const auto outcomes = IngestReadings(Retention(), clock, *events).run(store, std::span(&request, 1));
    EXPECT_TRUE(std::holds_alternative<IngestReadings::Committed>(outcomes[0]));
  }
  static void roll_up(Store& store) {
    while (true) {
      const auto left = roll_up_some(store, 100);
      ASSERT_TRUE(left.ok()) << left.error().message();
      if (*left == Left::Nothing) break;
    }
    ASSERT_TRUE(roll_up_days(store, 1000).ok());
  }
  void fill(Store& store) {
    ingest(store, "a", senders.batch(senders.charger, 1, 300));
    ReadingBatch corrected = senders.batch(senders.charger, 100, 101);
    corrected.readings[0].energy_import = 9'999_Wh;
    ingest(store, "b", corrected);
    ReadingBatch untimed = senders.batch(senders.boiler, 1, 20);
    untimed.readings[3].utc.reset();
    ingest(store, "c", untimed);
    ASSERT_TRUE(store.readings().place({senders.site, senders.boiler}, "house-7").ok());
    ASSERT_TRUE(
        store.answers().keep("text", "k", {{}, "tab\tline\nback\\slash \\N 'quote' \xc3\xa4"}, clock.utc()).ok());
    roll_up(store);
    ingest(store, "d", senders.batch(senders.charger, 301, 310));  // its note waits to be rolled up
  }
  /// All that one can ask a database about its readings, as text.
  std::string told(Store& store) {
    std::ostringstream text;
    ReadingQuery query;
    query.versions = Versions::All;
    EXPECT_TRUE(export_readings(store, query, ExportFormat::Csv, text).ok());
    const Span all{UnixTime(0), UnixTime(4'000'000'000'000)};
    for (const AgentId& agent : {senders.charger, senders.boiler}) {
      for (const Level level : kLevels) {
        const auto series = store.roll_ups().series({{senders.site, agent}, level, all});
        EXPECT_TRUE(series.ok());
        for (const Bucket& b : *series)
          text << agent.str() << balans::api::name_of(level) << b.start.ms() << " " << b.imported.count() << " "
               << b.readings << " " << b.high[Phase::L1].count() << " " << b.doubts.bits() << "\n";
      }
    }
    const auto energies = store.roll_ups().energy(senders.site, all);
    EXPECT_TRUE(energies.ok());
    for (const DeviceEnergy& e : *energies) text << e.agent.str() << e.node << "\n";
    for (const char* owner : {"elm-street", "text"})
      for (const char* key : {"a", "d", "k"})
        if (const auto kept = store.answers().find(owner, key); kept.ok() && *kept) text << (*kept)->answer << "\n";
    return text.str();
  }

  Folder folder;
  Senders senders;
  TestClock clock;
  std::unique_ptr<EventLog> events = *EventLog::open(folder / "events.jsonl", clock);
};

INSTANTIATE_TEST_SUITE_P(Engines, BackupTest,
                         testing::Values(Move{Kind::Sqlite, Kind::Sqlite}, Move{Kind::Sqlite, Kind::Postgres},
                                         Move{Kind::Postgres, Kind::Sqlite}, Move{Kind::Postgres, Kind::Postgres}),
                         [](const auto& each) { return name_of(each.param.from) + "To" + name_of(each.param.to); });

TEST_P(BackupTest, IsRestoredAsItWasAndGoesOn) {
  const DatabaseAddress from = address(GetParam().from, "source"), to = address(GetParam().to, "target");
  const auto source = opened(from);
  fill(*source);
  const std::string before = told(*source);
  ASSERT_GT(before.size(), 10'000U);

  const auto saved = back_up(from, folder / "backup");
  ASSERT_TRUE(saved.ok()) << saved.error().message();
  ingest(*source, "later", senders.batch(senders.charger, 311, 320));
  const auto restored = restore(folder / "backup", to);
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  const auto target = opened(to);
  EXPECT_EQ(told(*target), before);

  ingest(*target, "later", senders.batch(senders.charger, 311, 320));
  roll_up(*target);
  roll_up(*source);
  EXPECT_EQ(told(*target), told(*source));
}

/// What they have paid since, the copy does not know.
TEST_P(BackupTest, MakesWalletsWaitOnceItIsRestored) {
  const DatabaseAddress from = address(GetParam().from, "source"), to = address(GetParam().to, "target");
  const auto source = opened(from);
  ASSERT_TRUE(back_up(from, folder / "backup").ok());
  ASSERT_TRUE(restore(folder / "backup", to).ok());
  EXPECT_EQ(opened(to)->wallets().restored()->wait_epoch, Restored::kUnasked);
  EXPECT_EQ(source->wallets().restored()->wait_epoch, std::nullopt);
}

TEST_P(BackupTest, IsNotRestoredOverWhatIsThere) {
  const DatabaseAddress from = address(GetParam().from, "source"), to = address(GetParam().to, "target");
  ingest(*opened(from), "a", senders.batch(senders.charger, 1, 3));
  ASSERT_TRUE(back_up(from, folder / "backup").ok());
  EXPECT_FALSE(back_up(from, folder / "backup").ok()) << "a backup is never written over";
  const auto target = opened(to);
  ingest(*target, "b", senders.batch(senders.boiler, 1, 7));
  const std::string before = told(*target);
  EXPECT_FALSE(restore(folder / "backup", to).ok());
  EXPECT_EQ(told(*target), before);
}

TEST_P(BackupTest, IsNotRestoredFromWhatIsNoBackup) {
  const DatabaseAddress to = address(GetParam().to, "target");
  std::ofstream(folder / "noise") << std::string(10'000, 'x');
  EXPECT_FALSE(restore(folder / "noise", to).ok());
  EXPECT_FALSE(restore(folder / "missing", to).ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "target.sqlite"));
}

}  // namespace
}  // namespace balans::api::test
