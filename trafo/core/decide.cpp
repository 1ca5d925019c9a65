#include "trafo/core/decide.hpp"

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

/// One direction, from what is known to what each agent is to have.
Shares share(const Site& site, const Snapshot& snapshot, const Memory& memory, Direction direction,
             std::span<const OutsideLimit> outside) {
  Allocator allocator;
  Shares shares;
  shares.direction = direction;
  shares.budget = budget(site, snapshot, memory, direction, outside);
  shares.candidates = candidates(site, snapshot, memory, direction);
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

  deciding::send(site, snapshot, draw, feed, memory, decision);
  for (const deciding::Shares* shares : {&draw, &feed}) deciding::note_booked(shares->budget, snapshot.now, memory);
  decision.state = deciding::describe(site, snapshot, draw, feed, outside, memory);
  decision.memory = std::move(memory);
  return decision;
}

}  // namespace balans
