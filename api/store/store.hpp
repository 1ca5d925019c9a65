#pragma once
// What the use cases ask of a database: one interface per aggregate, and one transaction around them.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/core/cursor.hpp"
#include "api/core/ingest.hpp"

namespace balans::api {

/// A reading as it is shown, with the chain flag of the batch that brought it.
struct StoredReading {
  SiteId site;
  AgentId agent;
  Reading reading;
  Chain chain = Chain::Whole;
};

/// `from` is inside, `to` is outside. With either, readings without a time are left out.
struct ReadingQuery {
  std::optional<SiteId> site;
  std::optional<AgentId> agent;
  std::optional<UnixTime> from;
  std::optional<UnixTime> to;
  std::optional<Cursor> after;
  std::size_t limit = 0;
};

struct ReadingPage {
  std::vector<StoredReading> readings;
  std::optional<Cursor> next;  ///< absent on the last page
};

class ReadingStore {
 public:
  virtual ~ReadingStore() = default;
  /// What is stored of the batch's numbers, in order.
  virtual Result<std::vector<Reading>> stored_of(const SiteId& site, const ReadingBatch& batch) = 0;
  virtual Result<Neighbours> neighbours_of(const SiteId& site, const ReadingBatch& batch) = 0;
  /// Keeps the signed text once, and each fresh reading as a row.
  virtual Result<void> add(const SiteId& site, const Batch& batch, const std::vector<Reading>& fresh,
                           UnixTime received) = 0;
  virtual Result<ReadingPage> page(const ReadingQuery& query) = 0;
};

/// What was answered under an idempotency key.
struct KeptAnswer {
  Digest request;  ///< of the body
  std::string answer;
};

class AnswerStore {
 public:
  virtual ~AnswerStore() = default;
  virtual Result<std::optional<KeptAnswer>> find(const SiteId& site, const std::string& key) = 0;
  virtual Result<void> keep(const SiteId& site, const std::string& key, const KeptAnswer& answer, UnixTime now) = 0;
  /// Forgets some of those kept before `before`; called with every `keep`, so the table stays bounded.
  virtual Result<void> forget(UnixTime before) = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  virtual ReadingStore& readings() = 0;
  virtual AnswerStore& answers() = 0;
  /// Commits when `work` succeeds and rolls back when it does not. Durable on success.
  virtual Result<void> transaction(const std::function<Result<void>()>& work) = 0;
  /// Whether the database answers.
  virtual Result<void> ready() = 0;
};

}  // namespace balans::api
