#pragma once
// A street as the virtual world takes it: the controller's site, the agents' settings, and the truth about both.

#include <vector>

#include "chargepoint/core/agent.hpp"
#include "sim/twin/device.hpp"
#include "trafo/core/site.hpp"

namespace balans::twin {

/// One thing done wrong on purpose: the laws have to notice.
enum class Mistake : std::uint8_t {
  None,
  TtlFromReceipt,         ///< a lease lives its TTL from when it arrives
  AckWithoutEpoch,        ///< acks of an earlier controller count
  NoWatchdog,             ///< devices do not revert although their enrolment says so
  ShortHold,              ///< agents enter their failsafe as soon as the lease ends
  EffectiveAtWrite,       ///< acks claim effect as soon as the register is written
  AgentBelievesAll,       ///< agents take limits whoever sealed them
  ControllerBelievesAll,  ///< the controller takes statuses whoever sealed them
  TrustsFrozenMeters,     ///< a frozen meter's registers of life seem to move
  LateMeters,             ///< a meter shows what was 30 s ago as if it were new
  ForgetsTheSilent,       ///< what an agent held counts as free once it is not heard
  NoMargin,               ///< the controller grants what the margin is for
  NoTimetable,            ///< the controller has no limits by time of day
  WaitsInNoOrder,         ///< the controller forgets how long each has waited
  NoRotation,             ///< nobody's turn is ever over
};

struct Street {
  Site site;
  std::vector<PerPhase<Milliamps>> bases;  ///< each node's own, without what is below it
  std::vector<AgentSettings> agents;
  std::vector<DeviceModel> devices;
};

/// What an agent's installer enters at the controller.
Enrolment enrolment_of(const AgentSettings& agent, std::size_t node);

}  // namespace balans::twin
