// What was acknowledged survives kill -9, once, whatever the moment, on both engines.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "api/store/open.hpp"
#include "common/messages/signed.hpp"
#include "tests/api/program.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

constexpr std::uint64_t kReadingsEach = 8;

int rounds() {
  const char* wanted = std::getenv("BALANS_KILLS");
  return wanted == nullptr ? 10 : std::atoi(wanted);
}

/// One agent's outbox: hands over batch after batch, and after a lost answer the same again.
class Sender {
 public:
  Sender(const Senders& street, const AgentId& agent) : street_(street), agent_(agent) {}

  /// Until the server is gone.
  void run(std::uint16_t port) {
    HttpClient client;
    while (hand_over(client, port) != 0) {
    }
  }
  /// Until so much is acknowledged; asks again when it is told to come again. False when that takes too often.
  bool run_until(std::uint16_t port, std::uint64_t goal) {
    constexpr int kMostTries = 1'000'000;
    HttpClient client;
    for (int tries = 0; tries < kMostTries && acked_ < goal; ++tries) {
      const int status = hand_over(client, port);
      if (status != 200 && status != 503) return false;
    }
    return acked_ >= goal;
  }
  [[nodiscard]] std::uint64_t acked() const { return acked_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] const AgentId& agent() const { return agent_; }

 private:
  /// The answer's status; 0 without an answer.
  int hand_over(HttpClient& client, std::uint16_t port) {
    const std::uint64_t first = acked_ + 1, last = acked_ + kReadingsEach;
    sent_ = last;
    const std::string key = agent_.str() + "-" + std::to_string(first) + "-" + std::to_string(++requests_);
    const auto response = client.send(request(key, next(first, last), port));
    if (!response.ok()) return 0;
    if (response->status == 200) acked_ = last;
    return static_cast<int>(response->status);
  }

  /// As the site's controller signs it.
  [[nodiscard]] HttpRequest request(const std::string& key, const std::string& envelope, std::uint16_t port) const {
    const std::string path = "/v1/sites/elm-street/readings";
    HttpRequest request;
    request.method = HttpMethod::Post;
    request.url = "http://127.0.0.1:" + std::to_string(port) + path;
    request.body = ingest_body({envelope});
    const Signature signature =
        street_.site_key->sign(signed_text("http", street_.roster.deployment, "POST " + path, request.body));
    request.headers = {{"balans-key", to_hex(street_.site_key->public_key().bytes)},
                       {"balans-signature", to_hex(signature.bytes)},
                       {"idempotency-key", key}};
    return request;
  }

  /// The chain goes on from the batch before, as an agent's does; making it from reading 1 would take ever longer.
  std::string next(std::uint64_t first, std::uint64_t last) {
    if (first != from_) {
      before_ = first == 1 ? Digest{} : after_;
      from_ = first;
      ReadingBatch batch;
      batch.agent = agent_;
      batch.previous = batch.head = before_;
      for (std::uint64_t seq = first; seq <= last; ++seq) {
        batch.readings.push_back(Senders::reading(seq));
        batch.head = chain(batch.head, batch.readings.back());
      }
      after_ = batch.head;
      envelope_ = street_.sealed(batch);
    }
    return envelope_;
  }

  const Senders& street_;
  const AgentId agent_;
  std::atomic<std::uint64_t> acked_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t from_ = 0;
  Digest before_;
  Digest after_;
  std::string envelope_;
};

class KillTest : public testing::Test {
 protected:
  void write_config(const std::string& database) const {
    const EnrolledSite& site = street.roster.sites.at(street.site);
    std::ofstream file(folder / "api.yaml");
    file << "deployment: \"" << to_hex(street.roster.deployment.bytes) << "\"\n"
         << "listen: { host: 127.0.0.1, port: 0 }\ndatabase: \"" << database << "\"\n"
         << "retention: { raw_days: 36500, minute_days: 36500 }\nsites:\n"
         << "  - { id: elm-street, key: \"" << to_hex(site.key.bytes) << "\", agents: [";
    const char* separator = "";
    for (const auto& [agent, key] : site.agents) {
      file << separator << "{ id: " << agent.str() << ", key: \"" << to_hex(key.bytes) << "\" }";
      separator = ", ";
    }
    file << "] }\n";
  }

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
    std::mt19937 random(static_cast<unsigned>(rounds()));
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
    std::cout << rounds() << " kills, " << charger.acked() + boiler.acked() << " readings acknowledged\n";
  }

  Senders street;
  Folder folder;
};

TEST_F(KillTest, LosesNothingAndKeepsNothingTwiceOnSqlite) {
  write_config("balans.sqlite");
  kill_in_a_loop(folder / "balans.sqlite");
}

TEST_F(KillTest, LosesNothingAndKeepsNothingTwiceOnPostgres) {
  const std::string uri = balans::test::postgres_cluster().fresh_database();
  write_config(uri);
  kill_in_a_loop(PostgresUri{uri});
}

TEST_F(KillTest, GoesOnWhenTheDatabaseItselfWasKilled) {
  auto& cluster = balans::test::postgres_cluster();
  const std::string uri = cluster.fresh_database();
  write_config(uri);
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
