// Last part of a step: limits into leases, and what the screens show.
#include <algorithm>

#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

constexpr Millis kAckPatience = Millis(3'000);  // then the limit is sent again

bool acked(const AgentBook& book, Epoch epoch) {
  const std::optional<Ack>& ack = book.newest->status.ack;
  return ack && ack->epoch == epoch && ack->seq == book.last_seq;
}

/// A new limit goes out at once; the same one when a third of its TTL is over or it seems lost, if that makes it last
/// longer.
bool is_due(const Site& site, const Snapshot& snapshot, const AgentRecord& memory, Milliamps limit) {
  if (limit != memory.granted || !memory.sent) return true;
  const AgentBook& book = memory.book;
  const bool lasts_longer = !book.until_sent || *book.until_sent < book.newest->status.at + site.ttl;
  const Millis age = snapshot.now - *memory.sent;
  return lasts_longer &&
         (age >= site.ttl / defaults::kRenewPerTtl || (age >= kAckPatience && !acked(book, snapshot.epoch)));
}

void take_turn(AgentRecord& memory, Milliamps limit, bool asks, BootTime now) {
  const bool on = limit > Milliamps();
  if (on != memory.turn.on) {
    const bool ran = memory.granted > Milliamps();  // an agent may have had to refuse
    memory.turn = {on, now, false, !on && asks && ran ? now + defaults::kMinOff : now};
  } else if (!on && !asks) {
    memory.turn.since = now;  // whoever asks for nothing does not wait
  }
}

std::string binding_text(const std::optional<Binding>& binding) {
  return binding ? std::string("transformer ") + name_of(binding->phase) : std::string();
}

/// A meter that is not trusted may show anything; the message carries at most 10 kA.
PerPhase<Milliamps> showable(PerPhase<Milliamps> current) {
  constexpr Milliamps kMost = 10'000_A;
  return smaller_of(larger_of(current, PerPhase<Milliamps>::all(-kMost)), PerPhase<Milliamps>::all(kMost));
}

DeviceState describe_device(const Enrolment& enrolled, const AgentRecord& memory) {
  DeviceState d;
  d.agent = enrolled.id;
  d.kind = enrolled.kind;
  d.silent = memory.silent;
  d.stuck = memory.stuck;
  d.envelope = envelope(memory.book, enrolled);
  d.limit = (memory.offer ? memory.offer->phases : enrolled.phases).spread(memory.sent ? memory.granted : Milliamps());
  d.reason = memory.reason;
  d.binding = binding_text(memory.binding);
  if (!memory.book.newest) return d;
  const Status& status = memory.book.newest->status;
  d.state = status.state;
  d.ask = status.ask;
  d.measured = status.measured;
  d.energy = status.energy;
  d.vehicle = status.vehicle;
  d.fault = status.fault;
  return d;
}

std::vector<std::string> alarms(const Site& site, const Memory& memory, const NodeState& node) {
  std::vector<std::string> result;
  if (node.quality != MeterQuality::Good) result.push_back("transformer meter: " + std::string(name_of(node.quality)));
  for (Phase p : kPhases)
    if (node.load[p] > static_rating(site)[p]) result.push_back(std::string("overload on ") + name_of(p));
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const AgentRecord& agent = memory.agents[i];
    const std::string& name = site.agents[i].id.str();
    if (agent.silent) result.push_back(name + " is silent");
    if (agent.stuck) result.push_back(name + " draws more than its limit");
    if (!agent.silent && !agent.book.newest->status.fault.empty())
      result.push_back(name + ": " + agent.book.newest->status.fault);
  }
  constexpr std::size_t kMaxAlarms = 100;
  if (result.size() > kMaxAlarms) result.resize(kMaxAlarms);
  return result;
}

}  // namespace

void send(const Site& site, const Snapshot& snapshot, const Budget& budget, const std::vector<Grant>& grants,
          const std::vector<Candidate>& candidates, Memory& memory, Decision& decision) {
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    AgentRecord& agent = memory.agents[i];
    const Candidate& candidate = candidates[i];
    agent.reason = grants[i].reason;
    if (agent.reason == Reason::Unlimited && agent.reclaimed) agent.reason = Reason::Reclaim;
    agent.binding = grants[i].binding;
    if (!controllable(agent) || !can_lease(agent.book, site, snapshot.now)) continue;

    const Milliamps limit = grants[i].current;
    take_turn(agent, limit, candidate.cap > Milliamps(), snapshot.now);
    if (!is_due(site, snapshot, agent, limit)) continue;
    const bool may_raise = budget.may_raise && !budget.overbooked(candidate.phases, budget.for_raises);
    if (limit != agent.granted) agent.changed = snapshot.now;
    agent.sent = snapshot.now;
    agent.granted = limit;
    decision.limits.push_back({i, issue(agent.book, site, candidate.phases.spread(limit), may_raise, agent.reason,
                                        snapshot.epoch, snapshot.now)});
  }
}

TrafoState describe(const Site& site, const Snapshot& snapshot, const Budget& budget, const Memory& memory) {
  TrafoState state;
  state.site = site.id;
  state.epoch = snapshot.epoch;
  state.rated_va = site.rated.count();
  NodeState node;
  node.node = "transformer";
  node.quality = memory.meter.quality;
  if (memory.meter.last) node.load = showable(memory.meter.last->current);
  node.rating = static_rating(site);
  node.base = budget.base.high;
  node.headroom = budget.rating - budget.base.high;
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    state.devices.push_back(describe_device(site.agents[i], memory.agents[i]));
    node.booked += state.devices.back().envelope;
  }
  node.booked = showable(node.booked);
  state.nodes = {node};
  state.alarms = alarms(site, memory, node);
  return state;
}

}  // namespace balans::deciding
