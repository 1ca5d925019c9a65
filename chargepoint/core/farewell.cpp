#include "chargepoint/core/farewell.hpp"

#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans {

Farewell farewell_of(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  Farewell farewell;
  const auto* lease = std::get_if<Following>(&memory.mode);
  if (lease == nullptr || now >= lease->until || memory.device.quiet_until) return farewell;
  farewell.write_before = lease->until;
  for (Direction direction : kDirections) {
    const Band band = band_of(settings, direction);
    const Actuation& actuation = memory.actuation[direction];
    if (band.max == Milliamps()) continue;
    const bool at_most_failsafe = actuation.certain && *actuation.certain <= band.failsafe && !actuation.under_way;
    if (at_most_failsafe) continue;
    const Milliamps most = std::min(band.failsafe, actuation.target.setpoint);
    farewell.write[direction] = parts::rounded_down(settings, direction, most);
  }
  return farewell;
}

}  // namespace balans
