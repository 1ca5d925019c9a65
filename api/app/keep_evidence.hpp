#pragma once
// Use case: a site hands over a batch of evidence.

#include <string>
#include <vector>

#include "api/core/evidence.hpp"
#include "api/store/store.hpp"

namespace balans::api {

struct EvidenceKept {
  /// A record whose proof does not hold: stored, and worth nothing.
  struct Flawed {
    AgentId agent;
    UnixTime slot;
    std::string why;
  };
  bool again = false;  ///< this very batch was stored before; nothing has changed
  bool other = false;  ///< another batch has this number; nothing is stored
  std::size_t stored = 0;
  std::vector<Flawed> flawed;
  /// Records of which there is one already for their device or node and quarter-hour. The batch has them, they do not
  /// count.
  std::vector<std::string> doubled;
  /// Of devices, for quarter-hours that have been settled: stored, and earn nothing any more.
  std::vector<std::string> late;
};

/// One transaction: durable when it succeeds.
Result<EvidenceKept> keep_evidence(Store& store, const EvidenceIntake& intake, UnixTime now);

}  // namespace balans::api
