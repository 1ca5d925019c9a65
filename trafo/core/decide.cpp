#include "trafo/core/decide.hpp"

#include <algorithm>

#include "trafo/core/step.hpp"

namespace balans {

Memory fresh_memory(const Site& site, BootTime now) {
  Memory memory;
  for (const Enrolment& agent : site.agents) {
    AgentRecord entry;
    entry.book = fresh_book(agent, now);
    entry.draw.changed = entry.feed.changed = now;
    entry.draw.turn.since = entry.feed.turn.since = now;
    memory.agents.push_back(std::move(entry));
  }
  memory.meters.resize(site.meters.size());
  memory.nodes.resize(site.nodes.size());
  return memory;
}

Memory after_move(const Site& site, Memory memory, BootTime now) {
  std::vector<AgentRecord> fresh = fresh_memory(site, now).agents;
  for (std::size_t i = 0; i < fresh.size(); ++i)
    fresh[i].offer = std::move(memory.agents[i].offer);  // retained: the broker does not send them again
  memory.agents = std::move(fresh);
  memory.contest.overtaken_by.reset();
  memory.contest.moved = now;
  return memory;
}

std::string_view name_of(Notice::What what) {
  switch (what) {
    case Notice::What::Silent:
      return "agent-silent";
    case Notice::What::Heard:
      return "agent-heard";
    case Notice::What::Stuck:
      return "agent-stuck";
    case Notice::What::Follows:
      return "agent-follows";
    case Notice::What::Fault:
      return "agent-fault";
    case Notice::What::FaultOver:
      return "agent-fault-over";
    case Notice::What::OfferRefused:
      return "offer-refused";
    case Notice::What::HigherEpoch:
      return "higher-epoch";
  }
  return "unknown";
}

namespace deciding {
namespace {

/// Nothing that is controlled feeds in, and no limit of what flows back is there to be shown.
bool is_moot(const Site& site, Direction direction) {
  return direction == Direction::Feed &&
         std::none_of(site.agents.begin(), site.agents.end(),
                      [](const Enrolment& e) { return e.max_feed > Milliamps(); }) &&
         std::none_of(site.nodes.begin(), site.nodes.end(), [](const Node& node) { return node.max_feed.has_value(); });
}

Shares nothing_to_share(const Site& site, Direction direction) {
  Shares shares;
  shares.direction = direction;
  shares.budget.direction = direction;
  shares.budget.nodes.resize(site.nodes.size());
  for (const Node& node : site.nodes) shares.budget.parents.push_back(node.parent);
  shares.candidates.resize(site.agents.size());
  shares.grants.resize(site.agents.size());
  return shares;
}

/// One direction, from what is known to what each agent is to have.
Shares share(const Site& site, const Snapshot& snapshot, const Memory& memory, Direction direction,
             std::span<const OutsideLimit> outside) {
  if (is_moot(site, direction)) return nothing_to_share(site, direction);
  Allocator allocator;
  Shares shares;
  shares.direction = direction;
  shares.budget = budget(site, snapshot, memory, direction, outside);
  shares.candidates = candidates(site, snapshot, memory, direction, outside);
  make_room(site, memory, snapshot.now, shares.budget, shares.candidates);
  const std::vector<Grant> targets = share_out(site, snapshot, shares.candidates, shares.budget, allocator);
  shares.grants = hand_over(site, snapshot, memory, shares.budget, shares.candidates, targets, allocator);
  return shares;
}

}  // namespace
}  // namespace deciding

Decision decide(const Site& site, const Snapshot& snapshot, Memory memory) {
  Decision decision;
  deciding::take_in_mail(site, snapshot, memory, decision);
  deciding::read_meters(site, snapshot, memory);
  deciding::rate_transformer(site, snapshot, memory);

  const std::vector<OutsideLimit> outside = limits_now(snapshot.outside, site.schedule, snapshot.utc, snapshot.local);
  const deciding::Shares draw = deciding::share(site, snapshot, memory, Direction::Draw, outside);
  const deciding::Shares feed = deciding::share(site, snapshot, memory, Direction::Feed, outside);

  if (!memory.contest.overtaken_by) deciding::send(site, snapshot, draw, feed, memory, decision);
  for (const deciding::Shares* shares : {&draw, &feed}) deciding::note_booked(shares->budget, snapshot.now, memory);
  deciding::note_envelopes(site, snapshot.now, memory);
  if (!snapshot.unwatched) decision.state = deciding::describe(site, snapshot, draw, feed, outside, memory);
  decision.memory = std::move(memory);
  return decision;
}

}  // namespace balans
