#pragma once
// Which meter readings are to be believed. Bad data never raises a budget.

#include <optional>

#include "common/messages/messages.hpp"
#include "trafo/core/site.hpp"

namespace balans {

/// One poll of the transformer's meter. Currents are signed: import is positive.
struct MeterSample {
  BootTime taken;
  PerPhase<Milliamps> current;
  std::optional<WattHours> energy_import;
  std::optional<Watts> power;
  std::uint64_t life = 0;  ///< digest of the registers of voltage, frequency, energy and clock
};

struct MeterTrust {
  std::optional<MeterSample> last;  ///< newest sample of any quality
  std::optional<MeterSample> good;  ///< newest sample that passed every check
  BootTime life_changed{};          ///< when the digest last changed
  int good_in_a_row = 0;
  MeterQuality quality = MeterQuality::Missing;

  /// The start of the running comparison of energy counter and power.
  struct EnergyCheck {
    BootTime since;
    WattHours counter;
    std::int64_t watt_ms = 0;  ///< ∫ power
  };
  std::optional<EnergyCheck> energy_check;
  bool energy_agreed = true;  ///< at the end of the last whole window
};

/// Takes in the newest sample, if there is one, and judges the meter at `now`. `drawn` is what the devices together
/// are known to draw at least, per phase: a meter that shows less has its sign or its CTs wrong.
MeterTrust judge(const Site& site, MeterTrust trust, const std::optional<MeterSample>& sample,
                 const PerPhase<Milliamps>& drawn, BootTime now);

/// Whether `quality` lets limits rise.
constexpr bool trusted(MeterQuality quality) { return quality == MeterQuality::Good; }

/// Whether the last good sample is so recent that its base load still counts; otherwise the design peak does.
bool still_holds(const MeterTrust& trust, BootTime now);

}  // namespace balans
