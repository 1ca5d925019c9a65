#pragma once
// A load behind a setpoint. It knows its own conductors only; which grid phases those are is the street's matter.

#include "sim/physics/units.hpp"

namespace balans::sim {

/// What an appliance needs to know of the world for one step.
struct Surroundings {
  LocalTime now;         ///< the end of the step
  Millis dt;             ///< its length
  Millivolts voltage;    ///< mean over the conductors in use
  Milliamps may_feed{};  ///< at most this may be fed in on each conductor
  int connected = 3;     ///< how many of its conductors the contactor before it connects
};

class Appliance {
 public:
  virtual ~Appliance() = default;

  /// Lets `dt` pass while at most `allowed` may flow on each conductor.
  virtual void step(const Surroundings& around, Milliamps allowed) = 0;
  /// Its supply is gone: nothing flows, and it begins anew when that is back.
  virtual void lose_power() = 0;

  /// The current on each conductor in use, at the end of the last step; below 0 it feeds in.
  [[nodiscard]] virtual Milliamps current() const = 0;
  /// The current it would draw now if nothing held it back.
  [[nodiscard]] virtual Milliamps wants() const = 0;
  /// How many of its conductors carry that current: the first one, two or three.
  [[nodiscard]] virtual int conductors() const = 0;
  /// The current on one of its conductors, counted from 0, where they differ.
  [[nodiscard]] virtual Milliamps current_on(int conductor) const {
    return conductor < conductors() ? current() : Milliamps(0);
  }
  /// cos φ in thousandths while it runs.
  [[nodiscard]] virtual std::int64_t power_factor_permille() const { return 1000; }
};

/// Active power of `current` on each of `conductors`, in mW.
constexpr Milliwatts active_power(Milliamps current, Millivolts voltage, int conductors, std::int64_t permille) {
  return Milliwatts(current.count() * voltage.count() / 1000 * permille / 1000 * conductors);
}
/// The current on each of `conductors` that makes `power`, in mA, rounded down.
constexpr Milliamps current_for(Milliwatts power, Millivolts voltage, int conductors, std::int64_t permille) {
  const std::int64_t per_ampere = voltage.count() * conductors * permille / 1000;  // mW per A
  return per_ampere <= 0 ? Milliamps(0) : Milliamps(power.count() * 1000 / per_ampere);
}

}  // namespace balans::sim
