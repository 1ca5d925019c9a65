#pragma once
// Ways to share a transformer among cars. All but Balans itself know the truth at every moment, are obeyed at once and
// need no leases: what they reach is the best that each idea can do, not what a product of that kind does.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/phases.hpp"
#include "common/result.hpp"
#include "sim/physics/units.hpp"

namespace balans::runs {

enum class Policy : std::uint8_t {
  Balans,        ///< both of its cores, with leases, over a network
  Uncontrolled,  ///< everybody takes all it can
  EqualShare,    ///< the same for everybody; where that is below a minimum, the last to come wait
  FirstCome,     ///< in order of arrival, each all that is left
  RoundRobin,    ///< one ampere at a time in turn, the beginning of the round moving on
  Edf,           ///< earliest deadline first, each all that is left
  Llf,           ///< least laxity first: the time left less the time it still needs at full power
  Oracle,        ///< a linear program that knows the whole future
};
inline constexpr std::array<Policy, 8> kPolicies{Policy::Balans,    Policy::Uncontrolled, Policy::EqualShare,
                                                 Policy::FirstCome, Policy::RoundRobin,   Policy::Edf,
                                                 Policy::Llf,       Policy::Oracle};
std::string_view name_of(Policy policy);  // "balans", "uncontrolled", "equal-share", …
Result<Policy> parse_policy(std::string_view name);

/// One device that wants power now.
struct Seat {
  PhaseSet phases;  ///< the grid's phases it loads
  Milliamps min;    ///< less than this is nothing
  Milliamps max;
  sim::LocalTime arrival;
  sim::LocalTime departure;
  sim::Millijoules remaining;  ///< of what it asked for
};

/// What is left for them beside the base load, on each phase; below zero counts as zero.
using Headroom = PerPhase<Milliamps>;

/// The current of each seat on each of its phases: 0 or within [min, max], Σ on each phase ≤ headroom (but for
/// Uncontrolled). Who is passed over because its minimum does not fit is passed over for this call only, and those
/// after it are still asked. Of equals, the first to arrive, then the first in the list goes first. Pure; every policy
/// but Balans and Oracle.
///
/// `round` turns the round robin: let it count up every few minutes, not every tick, or whoever does not fit changes
/// faster than a car can follow.
std::vector<Milliamps> share(Policy policy, std::span<const Seat> seats, const Headroom& headroom, sim::LocalTime now,
                             std::uint64_t round);

}  // namespace balans::runs
