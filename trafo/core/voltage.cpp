#include "trafo/core/voltage.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans {
namespace {

constexpr int kSteps = 5;
constexpr Millis kLasts = Millis(60'000);

/// Whether `holds` has held for a minute; begins anew then.
bool lasted(bool holds, std::optional<BootTime>& since, BootTime now) {
  if (!holds) return since.reset(), false;
  if (!since) since = now;
  if (now - *since < kLasts) return false;
  since = now;
  return true;
}

}  // namespace

Undervoltage watch_voltage(Undervoltage before, const PerPhase<Millivolts>& voltage, BootTime now) {
  const Millivolts lowest = voltage.smallest();
  if (lasted(lowest < defaults::kVoltageLow, before.low_since, now))
    before.tightened = std::min(kSteps, before.tightened + 1);
  if (lasted(lowest >= defaults::kVoltageWell, before.well_since, now))
    before.tightened = std::max(0, before.tightened - 1);
  return before;
}

Milliamps tightened(Milliamps headroom, const Undervoltage& voltage) {
  if (headroom <= Milliamps()) return headroom;
  return headroom * (kSteps - voltage.tightened) / kSteps;
}

}  // namespace balans
