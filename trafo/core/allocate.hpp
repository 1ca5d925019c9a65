#pragma once
// Who gets how much: exact, deterministic, in integer milliamps (docs/architecture.md, "Allocation").
//
// Nodes form a tree; each has a headroom per phase, and each (node, phase) pair is a row that grants never exceed. A
// candidate is one device with one setpoint: what it is granted counts on each of its phases in every row from its node
// up to the root.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

inline constexpr int kNoParent = -1;

struct GridNode {
  std::string name;
  int parent = kNoParent;          ///< index of a node before this one
  PerPhase<Milliamps> headroom{};  ///< what grants may add up to; below zero counts as zero
};

/// How a candidate stands in the queue for a place when not all minimums fit.
struct Turn {
  bool on = false;        ///< it has a grant now
  BootTime since{};       ///< on or off since then
  bool idle = false;      ///< on, but has not drawn anything for a while
  BootTime rest_until{};  ///< off, and not started again before this
};

struct Candidate {
  int node = 0;
  PhaseSet phases;
  Milliamps min;  ///< smallest current it can run at
  Milliamps cap;  ///< the most it can use now; 0: asks for nothing; between 0 and min counts as min
  Milliamps step{1};
  std::int64_t weight = 1;
  Milliamps reserved;  ///< booked for it on its phases whatever it is granted: granting this much takes nothing more
  Milliamps floor;     ///< statutory; comes before all others and, where its rows can carry it, has this much first
  Turn turn;
};

/// The row that stopped a grant.
struct Binding {
  int node = 0;
  Phase phase = Phase::L1;
  bool operator==(const Binding&) const = default;
};

struct Grant {
  Milliamps current;  ///< on each of its phases: 0 or within [min, cap]
  Reason reason = Reason::NotAsking;
  std::optional<Binding> binding;
  bool operator==(const Grant&) const = default;
};

/// One grant per candidate. Guarantees: no row over max(0, headroom); every grant 0 or in [min, max(min, cap)] and on
/// its step (or at min or cap); among the admitted weighted max-min fair before steps; work conserving up to steps.
/// Starting a device takes 6/5 of its minimum as headroom, so that admission does not flutter. A device that has run
/// for the rotation quantum makes room for those that wait, longest first; the longest-waiting one that does not fit
/// holds its place, so that smaller ones cannot starve it.
std::vector<Grant> allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now);

/// Fills up from `start` towards `cap` in proportion to weight, without admission or steps: what raises are cut to when
/// part of the headroom is still in somebody's envelope. `start` is taken as given even where it exceeds a row; such
/// rows then add nothing. Returns the level of each candidate, between start and max(start, cap).
std::vector<Milliamps> fill(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                            std::span<const Milliamps> start);

}  // namespace balans
