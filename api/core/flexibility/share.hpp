#pragma once
// What the claims on one node are worth together: no more than the node would have been over its limit, and no more
// than what flowed through it really fell by.

#include <span>

#include "api/core/flexibility/claim.hpp"

namespace balans::api::flexibility {

/// A node in one minute, per phase.
struct NodeMinute {
  UnixTime end;
  PerPhase<Milliamps> base;                 ///< what nobody controls
  PerPhase<Milliamps> rating;               ///< its limit
  std::optional<PerPhase<Milliamps>> load;  ///< what its own meter showed, where it has one
};
struct NodeRecord {
  std::string node;
  std::vector<NodeMinute> minutes;
};

/// A node over one slot, on each phase, of the minutes that are recorded.
struct RowEnergy {
  /// ∫max(0, what would have flowed − rating), in each minute no more than what would have flowed less what did: what
  /// is caught up in a minute that has room takes nothing back.
  PerPhase<MilliwattHours> room;
  PerPhase<MilliwattHours> most;  ///< by its own meter, the most that devices below can have left out
};
/// `below` are all devices below the node, whether they claim or not.
RowEnergy row_energy(const NodeRecord& node, std::span<const DeviceSlot* const> below, UnixTime slot);

/// What these devices together stayed below their courses in the slot, less what others of them drew beyond what is
/// usual for them.
PerPhase<MilliwattHours> change_of(std::span<const DeviceSlot* const> devices, UnixTime slot);

/// A claim that counts, with where it stands among the others of the slot.
struct RowClaim {
  WattHours energy;
  PhaseSet phases;
};
/// What of each claim on one node is verified. Each phase is a row of its own: the parts of the claims that load it are
/// together at most `room`, pro rata. What a device left out on a phase that had room helped nobody.
std::vector<WattHours> verified_of(std::span<const RowClaim> claims, const PerPhase<MilliwattHours>& room);

/// `total` in proportion to the claims, none above its own; largest remainder, earlier first among equals.
std::vector<WattHours> share_out(std::span<const WattHours> claims, WattHours total);

}  // namespace balans::api::flexibility
