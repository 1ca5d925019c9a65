#pragma once
// Use case: a site hands over reading batches.

#include <string>
#include <string_view>
#include <variant>

#include "api/core/roster.hpp"
#include "api/store/store.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class IngestReadings {
 public:
  /// All is committed; this is the body to answer with.
  struct Committed {
    std::string answer;
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

  IngestReadings(const Roster& roster, Store& store, const Clock& clock, EventLog& events)
      : roster_(roster), store_(store), clock_(clock), events_(events) {}

  /// One transaction: the readings and the answer kept under `key` are stored together or not at all.
  Outcome run(const SiteId& site, const std::string& key, std::string_view body);

 private:
  Result<IngestAnswer> store_batches(const SiteId& site, Intake intake);
  Result<void> store_batch(const SiteId& site, Batch& batch, IngestAnswer& answer);
  void report(const SiteId& site, const IngestAnswer& answer);

  const Roster& roster_;
  Store& store_;
  const Clock& clock_;
  EventLog& events_;
};

}  // namespace balans::api
