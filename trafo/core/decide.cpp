#include "trafo/core/decide.hpp"

#include "trafo/core/step.hpp"

namespace balans {

Memory fresh_memory(const Site& site, BootTime now) {
  Memory memory;
  for (const Enrolment& agent : site.agents) {
    AgentRecord entry;
    entry.book = fresh_book(agent, now);
    entry.changed = now;
    entry.turn.since = now;
    memory.agents.push_back(std::move(entry));
  }
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

Decision decide(const Site& site, const Snapshot& snapshot, Memory memory) {
  Decision decision;
  deciding::take_in_mail(site, snapshot, memory, decision);
  const deciding::Budget budget = deciding::budget(site, snapshot, memory);

  const std::vector<Candidate> candidates = deciding::candidates(site, memory, snapshot.now);
  const std::vector<GridNode> nodes{{"transformer", kNoParent, budget.to_share()}};
  const std::vector<Grant> targets = allocate(nodes, candidates, snapshot.now);

  const std::vector<Grant> grants = deciding::hand_over(site, snapshot, memory, budget, candidates, targets);
  deciding::send(site, snapshot, budget, grants, candidates, memory, decision);

  decision.state = deciding::describe(site, snapshot, budget, memory);
  decision.memory = std::move(memory);
  return decision;
}

}  // namespace balans
