// Fourth part of a step: what each agent could use, and the sharing out.
#include <algorithm>

#include "trafo/core/balance.hpp"
#include "trafo/core/step.hpp"
#include "trafo/core/steps.hpp"

namespace balans::deciding {
namespace {

Watts watts(Milliamps current, PhaseSet phases) {
  return Watts(current.count() * phases.size() * defaults::kNominal.count() / 1'000'000);
}

/// Rounded up: 4.2 kW on three phases are 6.09 A.
Milliamps current_of(Watts power, PhaseSet phases) {
  const std::int64_t divisor = phases.size() * defaults::kNominal.count();
  return Milliamps((power.count() * 1'000'000 + divisor - 1) / divisor);
}

/// Fewer than offered only while what is plugged in has shown that it loads fewer. A device that we have switched to
/// fewer phases cannot show that.
PhaseSet phases_of(const Offer& offer, const Status& status, const Turn& turn) {
  if (turn.on_fewer && !offer.fewer_phases.empty()) return offer.phases;
  PhaseSet phases;
  for (Phase p : kPhases)
    if (offer.phases.contains(p) && (!status.phases || status.phases->contains(p))) phases.insert(p);
  return phases.empty() ? offer.phases : phases;
}

void add_deadline(const Offer& offer, const std::optional<UnixTime>& utc, Candidate& c) {
  if (!offer.energy_needed || !offer.departs || !utc || *offer.departs <= *utc) return;
  c.time_left = *offer.departs - *utc;
  c.need = std::min(deadline_current(*offer.energy_needed, c.time_left, c.phases.size()), offer.max);
}

/// The statute owes each device one base; agents count watts at the lowest voltage and a cos phi of 0.9.
Milliamps most_owed(const FloorSettings& floors, PhaseSet phases) { return current_of(floors.base * 100 / 81, phases); }

Candidate drawing(const Site& site, const Enrolment& enrolled, const AgentRecord& agent,
                  const std::optional<UnixTime>& utc) {
  const Offer& offer = *agent.offer;
  const Status& status = agent.book.newest->status;
  Candidate c;
  c.phases = phases_of(offer, status, agent.draw.turn);
  if (c.phases == offer.phases) c.fewer = offer.fewer_phases;
  c.min = offer.levels.empty() ? offer.min : std::max(offer.min, offer.levels.front());
  c.cap = std::min({status.ask.draw.largest(), offer.max, agent.draw.reclaimed.value_or(offer.max)});
  c.step = offer.step;
  c.levels = offer.levels;
  c.weight = offer.weight;
  c.floor = std::min(offer.floor, most_owed(site.floors, c.phases));
  c.comfort = offer.comfort;
  c.received = status.session_energy.value_or(WattHours());
  c.volunteers_for = offer.volunteers_for;
  // A start may reach the device a tick of its agent later than the stop will.
  c.min_on = std::max(offer.min_on, defaults::kMinOn) + defaults::kAgentTick;
  c.unseen = enrolled.kind == DeviceKind::Charger && !status.phases && offer.phases.size() > 1 && !agent.draw.tried;
  c.able = agent.draw.able.value_or(std::min(offer.max, defaults::kUsualCar));
  add_deadline(offer, utc, c);
  return c;
}

Candidate feeding(const AgentRecord& agent) {
  const Offer& offer = *agent.offer;
  Candidate c;
  c.phases = offer.phases;
  c.min = offer.min_feed;
  c.cap = std::min(
      {agent.book.newest->status.ask.feed.largest(), offer.max_feed, agent.feed.reclaimed.value_or(offer.max_feed)});
  c.step = offer.step;
  c.weight = offer.weight;
  c.min_on = Millis();  // electronics may come and go
  return c;
}

bool is_owed(const Enrolment& enrolled, const AgentRecord& agent, std::size_t node) {
  return enrolled.node == node && controllable(agent) && agent.offer->floor > Milliamps();
}

/// One floor for all devices of a connection, by the statute's formula, shared among those that ask.
void share_floor_of(const Site& site, std::size_t node, const Memory& memory, std::vector<Candidate>& candidates) {
  ConnectionLoad load;
  std::vector<std::size_t> owed;
  std::vector<Watts> asked;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!is_owed(site.agents[i], memory.agents[i], node)) continue;
    const Candidate& c = candidates[i];
    const Watts most = watts(site.agents[i].max, site.agents[i].phases);
    if (most > site.floors.large_above && site.agents[i].kind == DeviceKind::HeatPump) load.large_heat_pumps += most;
    if (most > site.floors.large_above && site.agents[i].kind == DeviceKind::AirConditioner) load.large_coolers += most;
    ++load.devices;
    owed.push_back(i);
    asked.push_back(watts(c.cap, c.phases));
  }
  if (load.devices == 0 || (load.devices == 1 && load.large_heat_pumps + load.large_coolers == Watts()))
    return;  // its own floor
  const std::vector<Watts> shares = share_floor(connection_floor(site.floors, load), asked);
  for (std::size_t k = 0; k < owed.size(); ++k)
    candidates[owed[k]].floor = current_of(shares[k], candidates[owed[k]].phases);
}

PerPhase<Milliamps> granted_below(const Budget& budget, std::size_t node, const std::vector<Candidate>& candidates,
                                  const std::vector<Grant>& grants) {
  PerPhase<Milliamps> sum;
  for (std::size_t i = 0; i < grants.size(); ++i)
    for (int v = candidates[i].node; v != kNoParent; v = budget.parents[static_cast<std::size_t>(v)])
      if (v == static_cast<int>(node)) sum += grants[i].phases.spread(grants[i].current);
  return sum;
}

/// What somebody outside has set for one device. One that cannot run so low does not run.
void cap_device(const OutsideLimit& limit, Direction d, Candidate& c) {
  const PerPhase<Milliamps>& bound = d == Direction::Draw ? limit.bound.draw : limit.bound.feed;
  Milliamps most = limit.bound.sum == kUnlimited ? kUnlimited : limit.bound.sum / std::max(c.phases.size(), 1);
  for (Phase p : kPhases)
    if (c.phases.contains(p)) most = std::min(most, bound[p]);
  if (most < c.min) most = Milliamps();
  if (limit.source == Reason::Credit && c.floor > Milliamps())
    most = std::max(most, Milliamps(allocating::up_to_step(c, c.floor.count())));
  if (c.cap <= most) return;
  c.cap = most;
  c.need = std::min(c.need, most);
  c.capped_by = limit.source;
}

/// Leaves no more than `most` for what is controlled at the node.
void tighten(NodeBudget& node, const PerPhase<Milliamps>& granted, const PerPhase<Milliamps>& most, Reason reason) {
  for (Phase p : kPhases) {
    if (granted[p] <= most[p]) continue;
    node.for_cuts.phase[p] = std::min(node.for_cuts.phase[p], most[p]);
    node.for_raises.phase[p] = std::min(node.for_raises.phase[p], most[p]);
    node.emergency.phase[p] = std::min(node.emergency.phase[p], node.rating.phase[p]);
    node.source[static_cast<std::size_t>(p)] = reason;
  }
}

/// Whether the grants make any node's phases too uneven; its rows have then been tightened.
bool unbalanced(const Site& site, const std::vector<Candidate>& candidates, const std::vector<Grant>& grants,
                Budget& budget) {
  bool found = false;
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    const Node& place = site.nodes[v];
    if (!place.max_neutral && !place.max_unbalance) continue;
    NodeBudget& node = budget.nodes[v];
    const PerPhase<Milliamps> granted = granted_below(budget, v, candidates, grants);
    std::optional<Milliamps> apart;
    if (place.max_unbalance) apart = three_phase_sum(*place.max_unbalance);  // all of it on one phase
    if (const auto even = balance(granted, {std::nullopt, apart})) {
      tighten(node, granted, even->load, even->reason);
      found = true;
    }
    if (const auto even = balance(granted + node.base.high, {place.max_neutral, std::nullopt})) {
      const PerPhase<Milliamps> most = larger_of(even->load - node.base.high, PerPhase<Milliamps>{});
      tighten(node, granted, most, even->reason);
      found = found || granted != smaller_of(granted, most);
    }
  }
  return found;
}

/// Whether the device loads a phase of which some node has granted more than it may.
bool loads_too_much(const Candidate& c, const Grant& grant, const Budget& budget,
                    const std::vector<Candidate>& candidates, const std::vector<Grant>& grants) {
  for (int v = c.node; v != kNoParent; v = budget.parents[static_cast<std::size_t>(v)]) {
    const auto node = static_cast<std::size_t>(v);
    const PerPhase<Milliamps> granted = granted_below(budget, node, candidates, grants);
    for (Phase p : kPhases)
      if (grant.phases.contains(p) && granted[p] > budget.nodes[node].for_cuts.phase[p]) return true;
  }
  return false;
}

/// Makes devices on the largest phases wait, the last enrolled first, until the rest is even enough; nobody at all is.
void drop_until_even(const Site& site, const std::vector<Candidate>& candidates, std::vector<Grant>& grants,
                     Budget& budget) {
  for (std::size_t i = grants.size(); i-- > 0 && unbalanced(site, candidates, grants, budget);)
    if (grants[i].current > Milliamps() && loads_too_much(candidates[i], grants[i], budget, candidates, grants))
      grants[i] = {Milliamps(), grants[i].phases, Reason::Unbalance, std::nullopt};
}

/// What is booked for a device whatever it is granted: its fallbacks, and its failsafe too while no young ack excludes
/// that it is about to enter it. One that is heard but does not hear takes from the others at most that.
Milliamps booked_anyway(const Site& site, const Enrolment& enrolled, const AgentBook& book, Direction d) {
  const Milliamps always = always_booked(site, enrolled, d);
  return book.failsafe_booked ? std::max(always, in(failsafe_of(enrolled), d).largest()) : always;
}

/// What is booked for a device whatever it is granted counts on all its phases, also on those it does not load now.
void set_aside_elsewhere(const Site& site, const std::vector<Candidate>& candidates, const Budget& budget,
                         std::vector<GridNode>& grid) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& c = candidates[i];
    // Of what is reserved, the part that is not tied to what is plugged in now.
    const Milliamps always =
        std::min(c.reserved,
                 in(larger_of(failsafe_of(site.agents[i]), fallback_of(site.agents[i])), budget.direction).largest());
    const PerPhase<Milliamps> elsewhere = site.agents[i].phases.spread(always) - c.phases.spread(always);
    if (elsewhere == PerPhase<Milliamps>{}) continue;
    for (int v = c.node; v != kNoParent; v = budget.parents[static_cast<std::size_t>(v)]) {
      GridNode& node = grid[static_cast<std::size_t>(v)];
      node.headroom -= elsewhere;
      node.for_floors -= elsewhere;
      node.sum -= elsewhere.sum();
      node.sum_for_floors -= elsewhere.sum();
    }
  }
}

/// Above its limit for longer than devices usually need, and not known to be lost.
bool lingers(const AgentRecord& agent, BootTime now) {
  return controllable(agent) && agent.above_since && now - *agent.above_since >= defaults::kLingersAfter;
}

Milliamps flow_on(PhaseSet phases, const std::optional<PerPhase<Milliamps>>& measured, Direction d) {
  Milliamps most;
  for (Phase p : kPhases)
    if (measured && phases.contains(p)) most = std::max(most, d == Direction::Draw ? (*measured)[p] : -(*measured)[p]);
  return most;
}

/// Whether more flows than may, by the newest good sample, in a row that the device loads.
bool is_over(const Memory& memory, const Budget& budget, const Candidate& c) {
  for (int v = c.node; v != kNoParent; v = budget.parents[static_cast<std::size_t>(v)]) {
    const NodeRecord& record = memory.nodes[static_cast<std::size_t>(v)];
    const RowValues& rating = budget.nodes[static_cast<std::size_t>(v)].rating;
    if (!record.good_taken) continue;
    const std::int64_t sign = budget.direction == Direction::Draw ? 1 : -1;
    if (record.load.sum() * sign > rating.sum) return true;
    for (Phase p : kPhases)
      if (c.phases.contains(p) && record.load[p] * sign > rating.phase[p]) return true;
  }
  return false;
}

}  // namespace

std::vector<Candidate> candidates(const Site& site, const Snapshot& snapshot, const Memory& memory, Direction d,
                                  std::span<const OutsideLimit> outside) {
  std::vector<Candidate> result;
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const AgentRecord& agent = memory.agents[i];
    Candidate c;
    if (controllable(agent)) {
      c = d == Direction::Draw ? drawing(site, site.agents[i], agent, snapshot.utc) : feeding(agent);
      c.reserved = booked_anyway(site, site.agents[i], agent.book, d);
    } else {
      c.phases = site.agents[i].phases;
    }
    c.node = static_cast<int>(site.agents[i].node);
    c.priority = site.agents[i].priority;
    c.turn = agent.share(d).turn;
    result.push_back(c);
  }
  if (d == Direction::Draw)
    for (std::size_t v = 0; v < site.nodes.size(); ++v)
      if (site.nodes[v].has_floors) share_floor_of(site, v, memory, result);
  for (const OutsideLimit& limit : outside)
    if (limit.agent) cap_device(limit, d, result[*limit.agent]);
  return result;
}

void make_room(const Site& site, const Memory& memory, BootTime now, const Budget& budget,
               std::vector<Candidate>& candidates) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const AgentRecord& agent = memory.agents[i];
    Candidate& c = candidates[i];
    const Milliamps flows = flow_on(c.phases, agent.measured, budget.direction);
    const Milliamps granted = agent.share(budget.direction).granted;
    if (!lingers(agent, now) || flows <= granted || !is_over(memory, budget, c)) continue;
    const Milliamps most = in(envelope(agent.book, site.agents[i]), budget.direction).largest();
    c.reserved = std::max(c.reserved, std::min(flows, most));  // what is beyond its envelope is base load
    c.cap = std::min(c.cap, granted);
  }
}

std::vector<Grant> share_out(const Site& site, const Snapshot& snapshot, const std::vector<Candidate>& candidates,
                             Budget& budget, Allocator& allocator) {
  // Each round lowers the largest phases of some node.
  constexpr int kRounds = 8;
  std::vector<Grant> grants;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<GridNode> grid = budget.grid_to_share();
    set_aside_elsewhere(site, candidates, budget, grid);
    const auto shared = allocator.allocate(grid, candidates, snapshot.now);
    grants.assign(shared.begin(), shared.end());
    if (!unbalanced(site, candidates, grants, budget)) return grants;
  }
  drop_until_even(site, candidates, grants, budget);  // devices swap places again and again: some have to wait
  return grants;
}

}  // namespace balans::deciding
