#pragma once
// What the tests share that kill the program in a loop: how often, which street, and who hands over its readings.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "common/messages/signed.hpp"
#include "tests/api/program.hpp"
#include "tests/api/senders.hpp"

namespace balans::api::test {

/// BALANS_KILLS, or few.
inline int rounds() {
  const char* wanted = std::getenv("BALANS_KILLS");
  return wanted == nullptr ? 10 : std::atoi(wanted);
}

/// Of the moments of the kills and of what is sent: BALANS_SEED, or the number of rounds.
inline unsigned seed() {
  const char* wanted = std::getenv("BALANS_SEED");
  return static_cast<unsigned>(wanted == nullptr ? rounds() : std::atoi(wanted));
}

/// The street's api.yaml, with some lines more.
inline void write_config(const std::filesystem::path& path, const Senders& street, const std::string& database,
                         const std::string& more = "") {
  const EnrolledSite& site = street.roster.sites.at(street.site);
  std::ofstream file(path);
  file << "deployment: \"" << to_hex(street.roster.deployment.bytes) << "\"\n"
       << "listen: { host: 127.0.0.1, port: 0 }\ndatabase: \"" << database << "\"\n"
       << "retention: { raw_days: 36500, minute_days: 36500 }\n"
       << more << "sites:\n  - { id: elm-street, key: \"" << to_hex(site.key.bytes) << "\", agents: [";
  const char* separator = "";
  for (const auto& [agent, key] : site.agents) {
    file << separator << "{ id: " << agent.str() << ", key: \"" << to_hex(key.bytes) << "\" }";
    separator = ", ";
  }
  file << "] }\n";
}

/// One agent's outbox: hands over batch after batch, and after a lost answer the same again.
class Sender {
 public:
  /// The reading of a number, from 1 on.
  using Readings = std::function<Reading(std::uint64_t)>;

  Sender(const Senders& street, const AgentId& agent, std::uint64_t in_a_batch = 8,
         Readings readings = Senders::reading)
      : street_(street), agent_(agent), in_a_batch_(in_a_batch), readings_(std::move(readings)) {}

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
    const std::uint64_t first = acked_ + 1, last = acked_ + in_a_batch_;
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
        batch.readings.push_back(readings_(seq));
        batch.head = chain(batch.head, batch.readings.back());
      }
      after_ = batch.head;
      envelope_ = street_.sealed(batch);
    }
    return envelope_;
  }

  const Senders& street_;
  const AgentId agent_;
  const std::uint64_t in_a_batch_;
  const Readings readings_;
  std::atomic<std::uint64_t> acked_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t from_ = 0;
  Digest before_;
  Digest after_;
  std::string envelope_;
};

}  // namespace balans::api::test
