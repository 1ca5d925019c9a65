#pragma once
// Keeps the readings and the evidence: into an outbox each, and from there to the api, readings first. Owns the threads
// that may wait for a disk or a network; the loop never does.

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/http_client/http_client.hpp"
#include "common/io/runtime/worker.hpp"
#include "common/messages/evidence.hpp"
#include "trafo/shell/events.hpp"

namespace balans {

struct ApiAddress {
  std::string url;
  SiteId site;
  DeploymentId deployment;
  const Signer* signer = nullptr;  ///< the site's key; outlives the recorder
};

class Recorder {
 public:
  /// `put_aside` is the file for batches that the api will not take: one envelope a line, for people to look at.
  /// `evidence` is a queue of its own; without it, or without an api, nobody is there to pay and none is kept.
  Recorder(Outbox outbox, std::filesystem::path put_aside, std::optional<ApiAddress> api, const Clock& clock,
           std::function<void(TrafoEvent)> on_event, std::optional<Outbox> evidence = std::nullopt);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Stages a signed batch; ReadingsCommitted follows when it is durable.
  Result<void> keep(const AgentId& agent, std::uint64_t first, std::uint64_t last, std::string envelope);
  /// They are signed and staged on the disk's thread.
  void keep(std::vector<EvidenceBatch> batches);
  /// Called every tick: commits what is due, sends what waits, and the newest state when the one before has gone.
  void tick(const std::string& state);

 private:
  struct Waiting {
    AgentId agent;
    std::uint64_t through;
  };

  // On the disk's thread.
  void stage(const Waiting& batch, std::uint64_t first, const std::string& envelope);
  void stage_evidence();
  void stage(const EvidenceBatch& batch);
  void commit_if_due();
  void send_what_waits();
  [[nodiscard]] bool send_oldest_evidence();
  // On the uplink's threads.
  void send_readings(const std::vector<OutboxItem>& items, const std::stop_token& stop);
  void remove_through(Outbox& outbox, std::int64_t id);
  void send_evidence(const OutboxItem& item, const std::stop_token& stop);
  Result<bool> deliver_evidence(const OutboxItem& item, const std::stop_token& stop);
  Result<std::vector<std::size_t>> deliver(const std::vector<OutboxItem>& items, const std::stop_token& stop);
  void send_state(const std::string& body, const std::stop_token& stop);
  Result<HttpResponse> post(HttpClient& client, const std::string& resource, const std::string& body,
                            const std::stop_token& stop) const;
  Result<void> put_aside(const OutboxItem& item) const;

  Outbox outbox_;                   // the disk's thread only
  std::optional<Outbox> evidence_;  // the disk's thread only
  std::vector<Waiting> waiting_;    // staged and not committed; the disk's thread only
  std::mutex mutex_;
  std::vector<EvidenceBatch> fresh_;  // not staged; under the mutex
  const std::filesystem::path put_aside_;
  const std::optional<ApiAddress> api_;
  const Clock& clock_;
  const std::function<void(TrafoEvent)> on_event_;
  HttpClient readings_client_;  // the readings' uplink only, for evidence too
  HttpClient state_client_;     // the state's uplink only
  std::atomic<bool> sending_ = false;
  std::atomic<std::int64_t> retry_at_ms_ = 0;
  std::atomic<std::int64_t> retry_evidence_at_ms_ = 0;
  std::unique_ptr<Worker> disk_ = std::make_unique<Worker>(2000);
  std::unique_ptr<Worker> readings_uplink_ = std::make_unique<Worker>(1);
  std::unique_ptr<Worker> state_uplink_ = std::make_unique<Worker>(1);
};

}  // namespace balans
