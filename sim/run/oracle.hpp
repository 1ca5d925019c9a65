#pragma once
// The clairvoyant upper bound: how much energy could have been delivered by somebody who knew every arrival, every
// departure and every minute of base load beforehand. A linear program, solved by COIN-OR Clp.

#include <cstdint>
#include <vector>

#include "common/phases.hpp"
#include "common/result.hpp"
#include "sim/physics/units.hpp"

namespace balans::runs {

/// One stay of one car.
struct Stay {
  sim::LocalTime arrival;
  sim::LocalTime departure;
  PhaseSet phases;
  Milliamps max;           ///< on each of them
  sim::Millijoules asked;  ///< > 0
};

/// What the devices could have had in one slot on each phase: ∫ max(0, limit − base) over the slot, in mA·s.
struct SlotRoom {
  PerPhase<std::int64_t> ma_s;
};

/// Evenness takes a second program, some times as long as the first.
enum class Evenness : std::uint8_t { None, ToATenth };

struct OracleProblem {
  sim::LocalTime start;
  Millis slot;  ///< length of each slot
  std::vector<SlotRoom> room;
  std::vector<Stay> stays;  ///< what of them lies outside the slots does not count
};

struct OracleAnswer {
  std::vector<sim::Millijoules> delivered;  ///< to each stay
  std::vector<PerPhase<Milliamps>> load;    ///< mean current of all cars in each slot
  /// No schedule delivers more in all. From the prices of the program, so that it holds whatever the solver's
  /// tolerances are; at most some parts in a million above Σ delivered.
  sim::Millijoules bound;
};

/// Maximises Σ delivered; of all such answers, where asked for, one in which the shares of what was asked for are even
/// to a tenth, as far as that costs no energy at all. It costs some where one ampere of a scarce phase brings a
/// three-phase car three times the energy: then those with one phase stand back. Minimum currents, steps and rotation
/// are not in it, and within a slot power may flow at any time: it is a bound from above, not a plan.
/// At 230 V: 1 mA for 1 s on one phase is 230 mJ.
Result<OracleAnswer> solve(const OracleProblem& problem, Evenness evenness = Evenness::ToATenth);

}  // namespace balans::runs
