#pragma once
// What the rule of flexibility judges a quarter-hour by, put together from what is stored: evidence whose proof holds,
// signed readings, charging sessions.

#include <map>
#include <span>

#include "api/core/flexibility/settle.hpp"
#include "api/store/store.hpp"

namespace balans::api {

/// A quarter-hour of a site with its evidence, one record per device.
struct EvidenceSlot {
  SiteId site;
  UnixTime slot;
  std::vector<StoredEvidence> records;
  std::vector<StoredNodeEvidence> nodes;
};
Result<EvidenceSlot> evidence_of(Store& store, const SiteId& site, UnixTime slot);

/// `connections` says whose connection a device is at, where somebody has registered it. What is not known before
/// `known` does not count. Only devices that there is evidence of are looked at; what others below a node drew is part
/// of the node's record.
Result<flexibility::SiteSlot> record_of(Store& store, const EvidenceSlot& evidence,
                                        const std::map<AgentId, std::string>& connections, UnixTime known);

}  // namespace balans::api
