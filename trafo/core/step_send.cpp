// Sixth part of a step: limits into leases.
#include <algorithm>

#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

constexpr Millis kAckPatience = Millis(3'000);  // then the limit is sent again
/// By then it is certain whether what may be too much is: six seconds of readings, and a car's change among them.
constexpr Millis kDoubtLasts = Millis(15'000);
/// What has to be left of a lease when it is renewed: it began with a status that may be this old, and a renewal that
/// is lost is sent again.
constexpr Millis kLeftAtRenewal = defaults::kStatusEvery + Millis(4'000);

bool acked(const AgentBook& book, Term own) {
  const std::optional<Ack>& ack = book.newest->status.ack;
  return ack && ack->term() == own && ack->seq == book.last_seq;
}

/// At what age a limit that is in doubt is renewed: its end is as far off as it can be without the lease coming in
/// danger, for the cut that may be on its way may not arrive. A failsafe above the limit would be booked before.
Millis renewed_after(const Site& site, const Enrolment& agent, const AgentRecord& memory, const Allowance& limit,
                     BootTime now) {
  const bool in_doubt = memory.doubted && now - *memory.doubted < kDoubtLasts;
  const bool covers_failsafe = larger_of(limit, failsafe_of(agent)) == limit;
  const bool lasts_so_long = site.ttl * 2 / 5 >= kLeftAtRenewal;
  return in_doubt && covers_failsafe && lasts_so_long ? site.ttl * 3 / 5 : site.ttl / defaults::kRenewPerTtl;
}

/// A new limit goes out at once; the same one when a third of its TTL is over or it seems lost, if that makes it last
/// longer.
bool is_due(const Site& site, const Snapshot& snapshot, std::size_t i, const AgentRecord& memory,
            const Allowance& limit) {
  if (limit != granted_to(memory) || !memory.sent) return true;
  const AgentBook& book = memory.book;
  const bool lasts_longer = !book.until_sent || *book.until_sent < book.newest->status.at + site.ttl;
  const Millis age = snapshot.now - *memory.sent;
  return lasts_longer && (age >= renewed_after(site, site.agents[i], memory, limit, snapshot.now) ||
                          (age >= kAckPatience && !acked(book, snapshot.term())));
}

/// Why the grant is what it is: where a row binds, whose limit that row is.
Reason reason_of(const Grant& grant, const Candidate& candidate, const Share& share, const Budget& budget) {
  const bool has_all = grant.reason == Reason::Unlimited || grant.reason == Reason::NotAsking;
  if (has_all && candidate.capped_by) return *candidate.capped_by;
  if (grant.reason == Reason::Unlimited && share.reclaimed) return Reason::Reclaim;
  if (grant.reason != Reason::Capacity || !grant.binding) return grant.reason;
  const NodeBudget& node = budget.nodes[static_cast<std::size_t>(grant.binding->node)];
  return node.source[static_cast<std::size_t>(grant.binding->row)];
}

/// Whether a row that the device loads may be booked over, for all that readings tell.
bool may_be_over(std::size_t i, const Shares& shares) {
  const Candidate& c = shares.candidates[i];
  const bool owed = within_floor(c, shares.grants[i].current);
  return shares.budget.overbooked(c, Headroom::ForRaises, owed ? Budget::Floors::Count : Budget::Floors::DoNot);
}

/// Whether limits given now may raise: nothing that the device loads is booked over.
bool rows_allow(std::size_t i, const Shares& shares) {
  return shares.budget.may_raise(shares.candidates[i].node) && !may_be_over(i, shares);
}

void note_doubt(std::size_t i, const Shares& draw, const Shares& feed, BootTime now, AgentRecord& agent) {
  const auto doubtful = [&](const Shares& shares) {
    return shares.grants[i].current > Milliamps() && may_be_over(i, shares);
  };
  if (!doubtful(draw) && !doubtful(feed)) return agent.doubted.reset();
  if (!agent.doubted) agent.doubted = now;
}

struct Granted {
  Grant draw, feed;
  bool may_raise = false;
};

void hold(Grant& grant, Milliamps holds, Milliamps min) {
  grant.current = std::min(grant.current, holds);
  if (grant.current < min) grant.current = Milliamps();
}

/// A message can forbid raises only in both directions at once. Where one direction may rise and the other may not, a
/// battery that charges where too much flows back, that other one is held to what the device does already.
Granted granted_now(std::size_t i, const AgentRecord& agent, const Shares& draw, const Shares& feed) {
  Granted granted{draw.grants[i], feed.grants[i], rows_allow(i, draw)};
  if (agent.offer->max_feed == Milliamps()) return granted;
  const bool draw_may = granted.may_raise;
  const bool feed_may = rows_allow(i, feed);
  granted.may_raise = draw_may || feed_may;
  if (draw_may == feed_may) return granted;
  if (agent.book.restart) granted.may_raise = false;  // nobody knows yet what it does
  const Allowance& holds = agent.book.newest->status.holding;
  if (draw_may)
    hold(granted.feed, holds.feed.largest(), feed.candidates[i].min);
  else
    hold(granted.draw, holds.draw.largest(), draw.candidates[i].min);
  return granted;
}

void note_grant(Share& share, const Grant& grant, const Candidate& candidate, const Shares& shares) {
  share.reason = reason_of(grant, candidate, share, shares.budget);
  share.binding = grant.binding;
}

/// By then what charges has shown which phases it loads; what has not is not one that goes first again.
constexpr Millis kHasShown = 1_min;

/// What the grant changes: the turn, and since when.
void take_grant(Share& share, const Candidate& candidate, const Grant& grant, Millis min_off, BootTime now) {
  const bool ran = share.granted > Milliamps();  // an agent may have had to refuse
  const bool asks = candidate.cap > Milliamps();
  share.tried = asks && (share.tried || (ran && now - share.turn.since >= kHasShown));
  share.turn = next_turn(share.turn, candidate, grant, ran && asks ? min_off : Millis(), now);
  const bool same_phases = grant.current == Milliamps() || grant.phases == share.phases;
  if (grant.current != share.granted || !same_phases) share.changed = now;
  share.granted = grant.current;
  if (grant.current > Milliamps()) share.phases = grant.phases;
}

}  // namespace

Allowance granted_to(const AgentRecord& agent) {
  return {agent.draw.phases.spread(agent.draw.granted), agent.feed.phases.spread(agent.feed.granted)};
}

void send(const Site& site, const Snapshot& snapshot, const Shares& draw, const Shares& feed, Memory& memory,
          Decision& decision) {
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    AgentRecord& agent = memory.agents[i];
    note_grant(agent.draw, draw.grants[i], draw.candidates[i], draw);
    note_grant(agent.feed, feed.grants[i], feed.candidates[i], feed);
    note_doubt(i, draw, feed, snapshot.now, agent);
    if (!controllable(agent) || !can_lease(agent.book, site, snapshot.now)) continue;

    const Granted granted = granted_now(i, agent, draw, feed);
    const Allowance limit{granted.draw.phases.spread(granted.draw.current),
                          granted.feed.phases.spread(granted.feed.current)};
    const bool due = is_due(site, snapshot, i, agent, limit);
    const Millis min_off = std::max(agent.offer->min_off, defaults::kMinOff);
    take_grant(agent.draw, draw.candidates[i], granted.draw, min_off, snapshot.now);
    take_grant(agent.feed, feed.candidates[i], granted.feed, Millis(), snapshot.now);
    if (!due) continue;
    agent.sent = snapshot.now;
    decision.limits.push_back(
        {i, issue(agent.book, site, limit, granted.may_raise, agent.draw.reason, snapshot.term(), snapshot.now)});
  }
}

}  // namespace balans::deciding
