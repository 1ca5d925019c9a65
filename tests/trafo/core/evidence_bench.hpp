#pragma once
// A controller on the bench with its recorder of evidence: limits and statuses are really signed.

#include <gtest/gtest.h>

#include <memory>

#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/trafo/core/bench.hpp"
#include "trafo/core/evidence.hpp"

namespace balans {

inline Bytes32 seed_of(std::uint8_t byte) {
  Bytes32 bytes{};
  bytes.fill(byte);
  return bytes;
}

class EvidenceBench : public Bench {
 public:
  /// Every agent asks for 32 A on three phases until it is told otherwise.
  EvidenceBench(std::size_t count, Milliamps usable, Milliamps uncontrolled)
      : Bench(count, usable, uncontrolled), limit_key(make_ed25519_signer(seed_of(50))) {
    deployment.bytes = seed_of(9);
    for (std::size_t i = 0; i < count; ++i)
      keys.push_back(make_ed25519_signer(seed_of(static_cast<std::uint8_t>(100 + i))));
  }

  /// One second: what agents say is heard, the controller decides, its limits go out.
  std::vector<EvidenceBatch> second() {
    if (!recorder) recorder.emplace(site, limit_key->public_key());
    utc = synchronised ? std::optional(first + (now + 1_s - begin)) : std::nullopt;
    Bench::tick();
    for (std::size_t i = 0; i < agents.size(); ++i)
      if (agents[i].speaks) hear(i, memory.agents[i].book.newest->status);
    Snapshot seen;
    seen.now = now;
    seen.epoch = epoch;
    seen.boot = boot;
    seen.utc = utc;
    seen.mail.resize(agents.size());
    for (std::size_t i = 0; i < agents.size(); ++i)
      if (agents[i].speaks) seen.mail[i].offer = offer(i);
    auto batches = recorder->tick(seen, memory, decision.state);
    for (const OutgoingLimit& out : decision.limits) {
      const std::string topic = topics::limit(site.id, site.agents[out.agent].id);
      recorder->sent(out, seal(*limit_key, deployment, topic, "limit", encode(out.limit)), memory);
    }
    return batches;
  }
  std::vector<EvidenceBatch> minutes(int count) { return seconds(60 * count); }
  std::vector<EvidenceBatch> seconds(int count) {
    std::vector<EvidenceBatch> all;
    for (int i = 0; i < count; ++i)
      for (EvidenceBatch& batch : second()) all.push_back(std::move(batch));
    return all;
  }
  /// A first quarter-hour in which all come to what they ask for.
  void settle(Milliamps asked) {
    ask(asked);
    (void)minutes(15);
  }
  void ask(Milliamps current) {
    for (std::size_t i = 0; i < agents.size(); ++i) ask(i, current);
  }
  void ask(std::size_t i, Milliamps current) {
    agents[i].ask = PerPhase<Milliamps>::all(current);
    agents[i].appetite = current;
  }
  void hear(std::size_t i, const Status& status) {
    const std::string topic = topics::status(site.id, site.agents[i].id);
    recorder->heard(i, status, seal(*keys[i], deployment, topic, "status", encode(status)));
  }

  DeploymentId deployment;
  std::unique_ptr<Signer> limit_key;
  std::vector<std::unique_ptr<Signer>> keys;
  std::optional<EvidenceRecorder> recorder;
  bool synchronised = true;
  UnixTime first{1'554'292'800'000};  ///< UTC at `begin`: a quarter-hour begins
  BootTime begin = now;
};

}  // namespace balans
