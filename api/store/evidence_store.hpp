#pragma once
// Aggregate of what proves that devices were held back: batches as sites signed them, and their records to be asked
// for.

#include <optional>
#include <string>
#include <vector>

#include "common/messages/evidence.hpp"

namespace balans::api {

/// A batch's name: nothing else has it.
struct EvidenceName {
  SiteId site;
  Term term;
  std::uint64_t number = 0;
  bool operator==(const EvidenceName&) const = default;
};

struct NewEvidenceBatch {
  EvidenceName name;
  Digest digest;  ///< of the envelope
  std::string envelope;
  UnixTime received;
};

struct StoredEvidence {
  EvidenceName batch;
  DeviceEvidence record;
  std::string flaw;  ///< of the proof; empty: it holds
  bool operator==(const StoredEvidence&) const = default;
};

struct StoredNodeEvidence {
  EvidenceName batch;
  NodeEvidence record;
  bool operator==(const StoredNodeEvidence&) const = default;
};

/// Where a page of device records ended: by quarter-hour, then agent.
struct EvidencePlace {
  UnixTime slot;
  std::string agent;
};

/// `from` is inside, `to` is outside.
struct EvidenceQuery {
  SiteId site;
  std::optional<AgentId> agent;
  std::optional<UnixTime> from;
  std::optional<UnixTime> to;
  std::optional<EvidencePlace> after;
  std::size_t limit = 0;
};

class EvidenceStore {
 public:
  virtual ~EvidenceStore() = default;
  /// Of the batch that is stored under this name; nothing where none is.
  virtual Result<std::optional<Digest>> find(const EvidenceName& name) = 0;
  virtual Result<void> add(const NewEvidenceBatch& batch) = 0;
  /// False where there is a record of this device and quarter-hour already; that one stays.
  virtual Result<bool> add(const StoredEvidence& record) = 0;
  virtual Result<bool> add(const StoredNodeEvidence& record) = 0;
  /// By quarter-hour, then agent.
  virtual Result<std::vector<StoredEvidence>> devices(const EvidenceQuery& query) = 0;
  /// Of the quarter-hours from `from` to before `to`, by quarter-hour, then node; at most `limit`.
  virtual Result<std::vector<StoredNodeEvidence>> nodes(const SiteId& site, UnixTime from, UnixTime to,
                                                        std::size_t limit) = 0;
  /// The signed text of a batch.
  virtual Result<std::optional<std::string>> envelope(const EvidenceName& name) = 0;
  /// Lets go of some of what is older; true when there is more to let go of.
  virtual Result<bool> forget(UnixTime before) = 0;
};

}  // namespace balans::api
