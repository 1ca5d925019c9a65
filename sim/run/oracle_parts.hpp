#pragma once
// What the oracle's linear program is about, once all has been settled that needs no program.

#include <vector>

#include "sim/run/oracle.hpp"

namespace balans::runs {

/// Currents are means over a slot, in A on one phase; energy is in ampere-slots over all phases. Both are a few dozens,
/// as solvers like them.
struct OracleParts {
  /// A stay in one slot.
  struct Part {
    std::size_t slot;
    double most;         ///< on each phase of the stay
    double taken = 0;    ///< the answer
    bool scarce = true;  ///< some phase of the slot is not enough for all who could use it
  };
  struct Guest {
    PhaseSet phases;
    double phase_count = 0;
    double asked = 0;
    std::vector<Part> parts;
    bool settled = false;  ///< gets all it can from slots that are not scarce

    /// What it could have in all, in slots that are not scarce or in all.
    [[nodiscard]] double plenty() const;
    [[nodiscard]] double anywhere() const;
  };

  std::vector<Guest> guests;                ///< one for each stay
  std::vector<PerPhase<double>> room;       ///< of each slot
  std::vector<PerPhase<bool>> scarce_rows;  ///< a row that could bind
  double millijoules_per_unit = 0;
};

/// Cuts stays into slots, and settles those that lose nothing when they keep away from what is scarce; with each of
/// them more slots stop being scarce. Of the others, what is not scarce is used first.
Result<OracleParts> parts_of(const OracleProblem& problem);

/// Uses up to `energy` of `guest`'s parts that are not scarce, the earliest first.
void take_plenty(OracleParts::Guest& guest, double energy);

}  // namespace balans::runs
