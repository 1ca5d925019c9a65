#pragma once
// The parts of one step of `decide`, in the order in which they run.

#include <vector>

#include "trafo/core/budget.hpp"
#include "trafo/core/decide.hpp"

namespace balans::deciding {

/// Messages into books; who is silent, who is stuck.
void take_in_mail(const Site& site, const Snapshot& snapshot, Memory& memory, Decision& decision);

/// Whether limits given to the agent now would be obeyed: it has offered, it speaks, its device answers.
bool controllable(const AgentRecord& agent);

/// Samples into trust, and into what each node is known to carry.
void read_meters(const Site& site, const Snapshot& snapshot, Memory& memory);

/// Runs the thermal model, where there is one, up to now.
void rate_transformer(const Site& site, const Snapshot& snapshot, Memory& memory);

/// What each node can carry in one direction beside its base load and those nobody can control.
Budget budget(const Site& site, const Snapshot& snapshot, const Memory& memory, Direction direction,
              std::span<const OutsideLimit> outside);

/// Remembers what is booked, for the next ticks.
void note_booked(const Budget& budget, BootTime now, Memory& memory);
/// What their devices may be doing from now on; a meter's samples are of a while ago when they are looked at.
void note_envelopes(const Site& site, BootTime now, Memory& memory);

/// What each agent could use, by index of the enrolment; those that are not controllable ask for nothing.
std::vector<Candidate> candidates(const Site& site, const Snapshot& snapshot, const Memory& memory, Direction direction,
                                  std::span<const OutsideLimit> outside);

/// Where a row is over by its meter: what devices that were cut still draw is nobody else's, and they wait for theirs.
void make_room(const Site& site, const Memory& memory, BootTime now, const Budget& budget,
               std::vector<Candidate>& candidates);

/// Shares out the budget; tightens it where phases would become too uneven, and shares out again.
std::vector<Grant> share_out(const Site& site, const Snapshot& snapshot, const std::vector<Candidate>& candidates,
                             Budget& budget, Allocator& allocator);

/// Turns targets into limits that respect envelopes: cuts at once, raises only into what nobody holds.
std::vector<Grant> hand_over(const Site& site, const Snapshot& snapshot, const Memory& memory, const Budget& budget,
                             const std::vector<Candidate>& candidates, const std::vector<Grant>& targets,
                             Allocator& allocator);

/// One direction, from what is known to what each agent is to have.
struct Shares {
  Direction direction = Direction::Draw;
  Budget budget;
  std::vector<Candidate> candidates;
  std::vector<Grant> grants;
};

/// The newest limit.
Allowance granted_to(const AgentRecord& agent);

/// Sends what has changed or is due for renewal.
void send(const Site& site, const Snapshot& snapshot, const Shares& draw, const Shares& feed, Memory& memory,
          Decision& decision);

/// What the screens show.
TrafoState describe(const Site& site, const Snapshot& snapshot, const Shares& draw, const Shares& feed,
                    std::span<const OutsideLimit> outside, const Memory& memory);

}  // namespace balans::deciding
