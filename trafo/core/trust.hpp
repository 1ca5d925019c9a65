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
  WattHours energy_step{};  ///< the least by which the counter grows
  std::optional<Watts> power;
  std::optional<PerPhase<Millivolts>> voltage;
  std::uint64_t life = 0;  ///< digest of the registers of voltage, frequency, energy and clock
};

struct MeterTrust {
  std::optional<MeterSample> last;  ///< newest sample of any quality
  std::optional<MeterSample> good;  ///< newest sample that passed every check
  BootTime life_changed{};          ///< when the digest last changed
  int good_in_a_row = 0;
  MeterQuality quality = MeterQuality::Missing;
  const char* doubt = "";  ///< what was wrong with the newest sample, for people

  /// The start of the running comparison of energy counter and power.
  struct EnergyCheck {
    BootTime since;
    WattHours counter;
    std::int64_t watt_ms = 0;  ///< ∫ power
  };
  std::optional<EnergyCheck> energy_check;
  bool energy_agreed = true;  ///< at the end of the last whole window
};

/// What a meter's place lets one expect of it.
struct Expected {
  PerPhase<Milliamps> limit;  ///< static limit of its node
  PerPhase<Milliamps> drawn;  ///< what the devices below together are known to draw at least
  bool feeds_back = false;    ///< the flow may turn round
};

/// Takes in the newest sample, if there is one, and judges the meter at `now`. One that shows less than the devices
/// draw has its sign or its CTs wrong.
MeterTrust judge(const Expected& expected, MeterTrust trust, const std::optional<MeterSample>& sample, BootTime now);

/// Whether `quality` lets limits rise.
constexpr bool trusted(MeterQuality quality) { return quality == MeterQuality::Good; }

/// Whether the last good sample is so recent that its base load still counts; otherwise the design peak does.
bool still_holds(const MeterTrust& trust, BootTime now);

}  // namespace balans
