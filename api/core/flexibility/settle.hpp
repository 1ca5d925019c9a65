#pragma once
// One quarter-hour of a site: who delivered how much. Every device is judged alone, then against its connection, then
// together with the others on the node that bound it.

#include "api/core/flexibility/share.hpp"

namespace balans::api::flexibility {

struct Delivered {
  AgentId device;
  Verdict verdict = Verdict::NothingWithheld;
  WattHours claimed;   ///< whole counter steps, before the row
  WattHours verified;  ///< what is paid
  std::string node;
  std::vector<ProofKey> proofs;  ///< to be kept as used, whether or not anything is left to pay
};

struct SiteSlot {
  UnixTime slot;
  std::vector<DeviceSlot> devices;  ///< all that are below the nodes, whether they volunteer or not
  std::vector<NodeRecord> nodes;
};

inline constexpr std::size_t kMostDevices = 5000;

/// In the order of the devices. A device that is there twice is refused: its readings would count twice.
Result<std::vector<Delivered>> settle(const SiteSlot& site, const UsedProofs& used);

}  // namespace balans::api::flexibility
