#pragma once
// What one poll of a device gives.

#include <cstdint>
#include <optional>

#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

using Millihertz = Quantity<struct MillihertzTag>;  ///< frequency, mHz
using Permille = Quantity<struct PermilleTag>;      ///< a share, such as a battery's state of charge

/// Which phases the contactor of a device connects that can switch them.
enum class PhaseMode : std::uint8_t { All, Fewer };

/// The most a device may draw (or feed in) by what is written in its registers.
struct Setpoint {
  Milliamps current;           ///< on each of its phases; 0 is paused. A setpoint in watts counts at 207 V, rounded up
  std::optional<Watts> power;  ///< all phases together, for devices that know only watts
  bool operator==(const Setpoint&) const = default;
};

/// Phases here are the device's own (its first, second and third terminal), not the grid's. What the device does not
/// show is absent: nothing is derived.
struct Sample {
  std::optional<PerPhase<Milliamps>> current;  ///< RMS; a signed one where the device shows a direction
  std::optional<PerPhase<Millivolts>> voltage;
  std::optional<PerPhase<Watts>> power;  ///< import is positive
  std::optional<Watts> total_power;
  std::optional<WattHours> energy_import;  ///< counters
  std::optional<WattHours> energy_export;
  WattHours import_step{};  ///< the least by which `energy_import` can grow, rounded up; absent with it: 0
  std::optional<Millihertz> frequency;
  std::optional<VehicleState> vehicle;
  std::optional<Setpoint> setpoint;       ///< read back
  std::optional<Setpoint> feed_setpoint;  ///< read back: what it may feed in
  std::optional<PhaseMode> phase_mode;    ///< read back; absent also when what stands there means neither
  std::optional<Permille> state_of_charge;
  /// Digest of the raw registers of voltage, frequency, energy and clock. On a living device it changes within
  /// seconds; one that stays is a frozen one. Absent when the device shows none of these.
  std::optional<std::uint64_t> life;

  bool operator==(const Sample&) const = default;
};

}  // namespace balans
