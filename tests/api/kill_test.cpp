// What was acknowledged survives kill -9, once, whatever the moment, on both engines.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "api/store/open.hpp"
#include "tests/api/kill_rounds.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

constexpr std::uint64_t kReadingsEach = 8;

class KillTest : public testing::Test {
 protected:
  static std::vector<std::uint64_t> stored_of(Store& store, const AgentId& agent) {
    std::vector<std::uint64_t> seqs;
    ReadingQuery query;
    query.agent = agent;
    query.limit = 10'000'000;
    const auto page = store.readings().page(query);
    EXPECT_TRUE(page.ok()) << page.error().message();
    if (page.ok())
      for (const StoredReading& row : page->readings) seqs.push_back(row.reading.seq);
    return seqs;
  }

  static void expect_whole(Store& store, const Sender& sender) {
    const auto seqs = stored_of(store, sender.agent());
    std::vector<std::uint64_t> wanted(seqs.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = i + 1;
    EXPECT_TRUE(seqs == wanted) << "not each once, in " << seqs.size() << " rows";
    EXPECT_GE(seqs.size(), sender.acked());
    EXPECT_LE(seqs.size(), sender.sent());
  }

  /// Two sites' agents send at once; the process is killed somewhere within what they do next.
  void kill_in_a_loop(const DatabaseAddress& database) {
    std::mt19937 random(seed());
    Sender charger(street, street.charger), boiler(street, street.boiler);
    for (int round = 1; round <= rounds() && !HasFailure(); ++round) {
      Program program(folder / "api.yaml", folder / "events.jsonl");
      const std::uint16_t port = program.port();
      ASSERT_NE(port, 0) << "round " << round;
      const std::uint64_t goal = charger.acked() + kReadingsEach * (random() % 4);
      std::jthread first([&] { charger.run(port); }), second([&] { boiler.run(port); });
      while (charger.acked() < goal) std::this_thread::yield();
      for (auto turns = random() % 200; turns > 0; --turns) std::this_thread::yield();
      EXPECT_EQ(program.end(SIGKILL), -SIGKILL) << "round " << round;
      first.join();
      second.join();
      if (round % 10 != 0 && round != rounds()) continue;
      const auto store = open_store(database);
      ASSERT_TRUE(store.ok()) << store.error().message();
      expect_whole(**store, charger);
      expect_whole(**store, boiler);
    }
    EXPECT_GT(charger.acked(), 0U);
    std::cout << "seed " << seed() << ": " << rounds() << " kills, " << charger.acked() + boiler.acked()
              << " readings acknowledged\n";
  }

  Senders street;
  Folder folder;
};

TEST_F(KillTest, LosesNothingAndKeepsNothingTwiceOnSqlite) {
  write_config(folder / "api.yaml", street, "balans.sqlite");
  kill_in_a_loop(folder / "balans.sqlite");
}

TEST_F(KillTest, LosesNothingAndKeepsNothingTwiceOnPostgres) {
  const std::string uri = balans::test::postgres_cluster().fresh_database();
  write_config(folder / "api.yaml", street, uri);
  kill_in_a_loop(PostgresUri{uri});
}

TEST_F(KillTest, GoesOnWhenTheDatabaseItselfWasKilled) {
  auto& cluster = balans::test::postgres_cluster();
  const std::string uri = cluster.fresh_database();
  write_config(folder / "api.yaml", street, uri);
  Program program(folder / "api.yaml", folder / "events.jsonl");
  const std::uint16_t port = program.port();
  Sender charger(street, street.charger);
  for (int round = 0; round < 3; ++round) {
    const std::uint64_t goal = charger.acked() + 5 * kReadingsEach;
    bool reached = false;
    std::jthread sender([&] { reached = charger.run_until(port, goal + 20 * kReadingsEach); });
    while (charger.acked() < goal) std::this_thread::yield();
    cluster.crash_and_start();
    sender.join();
    EXPECT_TRUE(reached) << "round " << round;
  }
  EXPECT_EQ(program.end(SIGTERM), 0);
  const auto store = open_store(PostgresUri{uri});
  ASSERT_TRUE(store.ok()) << store.error().message();
  expect_whole(**store, charger);
}

}  // namespace
}  // namespace balans::api::test
