#pragma once
// From polls to one reading a minute.

#include <optional>

#include "chargepoint/core/agent.hpp"

namespace balans {

struct MeteringMemory {
  std::optional<BootTime> since;     ///< start of the running minute
  std::optional<DeviceReport> last;  ///< newest poll
  PerPhase<std::int64_t> ma_ms;      ///< ∫ current
  Millis covered;                    ///< how much of the minute polls cover
  std::int64_t mws = 0;              ///< import since boot for devices without a counter, in mW·s at 230 V
};

/// Takes in one poll. A gap of more than ten seconds between two polls is not covered by either.
void meter(MeteringMemory& memory, const DeviceReport& report);

/// A reading, when a period has ended at `now`; its sequence number, boot id and UTC are the shell's to fill. None for
/// a period without polls: a gap is a gap.
std::optional<Reading> end_of_period(MeteringMemory& memory, Millis period, AgentState state,
                                     const PerPhase<Milliamps>& limit, BootTime now);

}  // namespace balans
