#pragma once
// The parts of one step of `decide`, in the order in which they run.

#include <vector>

#include "trafo/core/decide.hpp"

namespace balans::deciding {

/// Messages into books; who is silent, who is stuck.
void take_in_mail(const Site& site, const Snapshot& snapshot, Memory& memory, Decision& decision);

/// Whether limits given to the agent now would be obeyed: it has offered, it speaks, its device answers.
bool controllable(const AgentRecord& agent);

/// What the transformer can carry now beside its base load and those nobody can control.
struct Budget {
  PerPhase<Milliamps> rating;  ///< usable: name plate less margin
  BaseLoad base;
  PerPhase<Milliamps> for_raises;  ///< headroom that raises must stay within
  PerPhase<Milliamps> for_cuts;    ///< headroom that, when booked over, is cut back to
  PerPhase<Milliamps> booked;      ///< Σ envelopes of controllable agents
  bool may_raise = false;          ///< the meter is trusted, and has been for long enough

  [[nodiscard]] bool overbooked(PhaseSet phases, const PerPhase<Milliamps>& headroom) const;
  /// Headroom to share out: what is booked may be dealt out anew, but grows only within `for_raises`.
  [[nodiscard]] PerPhase<Milliamps> to_share() const;
};
Budget budget(const Site& site, const Snapshot& snapshot, Memory& memory);

/// What each agent could use, by index of the enrolment; those that are not controllable ask for nothing.
std::vector<Candidate> candidates(const Site& site, const Memory& memory, BootTime now);

/// Turns targets into limits that respect envelopes: cuts at once, raises only into what nobody holds.
std::vector<Grant> hand_over(const Site& site, const Snapshot& snapshot, const Memory& memory, const Budget& budget,
                             const std::vector<Candidate>& candidates, const std::vector<Grant>& targets);

/// Sends what has changed or is due for renewal.
void send(const Site& site, const Snapshot& snapshot, const Budget& budget, const std::vector<Grant>& grants,
          const std::vector<Candidate>& candidates, Memory& memory, Decision& decision);

/// What the screens show.
TrafoState describe(const Site& site, const Snapshot& snapshot, const Budget& budget, const Memory& memory);

}  // namespace balans::deciding
