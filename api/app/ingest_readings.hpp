#pragma once
// Use case: sites hand over reading batches. Requests that wait at the same time share one transaction.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/core/retention.hpp"
#include "api/core/roster.hpp"
#include "api/store/store.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class IngestReadings {
 public:
  struct Request {
    std::shared_ptr<const Roster> roster;  ///< as it was when the request came; knows the site
    SiteId site;
    std::string key;  ///< the same key and body get the same answer
    std::string body;
  };

  /// What a request has changed: nothing where it was answered before.
  struct Counts {
    std::size_t accepted = 0;
    std::size_t corrected = 0;
    std::size_t duplicate = 0;
    std::size_t refused = 0;          ///< one by one
    std::size_t refused_batches = 0;  ///< whole
  };
  /// All is committed; this is the body to answer with.
  struct Committed {
    std::string answer;
    Counts counts = {};
  };
  struct BadBody {
    Error error;
  };
  /// The key came with another body before.
  struct KeyReused {};
  /// Nothing of the request is stored.
  struct StoreFailed {
    Error error;
  };
  using Outcome = std::variant<Committed, BadBody, KeyReused, StoreFailed>;

  IngestReadings(const Retention& retention, const Clock& clock, EventLog& events)
      : retention_(retention), clock_(clock), events_(events) {}

  /// The outcomes in the order of the requests. One transaction: the readings of each and the answer kept under its key
  /// are stored together or not at all. Where it fails each request is tried in one of its own, so that none can hold
  /// up the others.
  std::vector<Outcome> run(Store& store, std::span<const Request> requests) const;

  /// The two halves of it. A request, read and its signatures verified:
  struct Judged {
    const Request* request = nullptr;
    Digest body;
    Intake intake;
    IngestAnswer answer;
    bool fresh = false;  ///< not answered under this key before
    std::vector<std::pair<AgentId, std::uint64_t>> broken;
    Outcome outcome = KeyReused{};
  };
  [[nodiscard]] std::vector<Judged> judge(std::span<const Request> requests) const;
  /// Keeps what was judged, once: one transaction.
  Result<void> keep(Store& store, std::span<Judged> group) const;

  /// One request by itself. A server hands requests to an IngestQueue instead, so that they share transactions.
  Outcome run(const Roster& roster, Store& store, const SiteId& site, const std::string& key,
              std::string_view body) const;

 private:
  class Group;
  [[nodiscard]] Judged judged(const Request& request) const;
  void report(const Judged& judged) const;

  const Retention retention_;
  const Clock& clock_;
  EventLog& events_;
};

}  // namespace balans::api
