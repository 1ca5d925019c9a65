#pragma once
// Whether evidence of a site holds: judged from signed texts alone, without a database.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/roster.hpp"
#include "common/messages/evidence.hpp"

namespace balans::api {

/// A batch whose site signature is good.
struct EvidenceIntake {
  Digest id;  ///< of the signed text
  std::string envelope;
  EvidenceBatch content;
  /// Of each of its device records what is wrong with the proof; empty: it holds. Such a record is kept and earns
  /// nothing.
  std::vector<std::string> flaws;
};

/// An error where the site has not signed this, or where it is not evidence of that site.
Result<EvidenceIntake> judge_evidence(const Roster& roster, const SiteId& site, std::string envelope, UnixTime now);

/// Whether the readings that the device itself has signed in the quarter-hour put the ack into it: they and the status
/// are stamped by one clock. What contradicts it, or nothing; also where there are no readings, by which nothing is
/// paid either.
std::string contradiction(const DeviceEvidence& record, std::span<const Reading> of_the_slot);

}  // namespace balans::api
