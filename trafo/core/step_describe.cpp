// Last part of a step: what the screens show.
#include <algorithm>

#include "trafo/core/balance.hpp"
#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

/// `feeder-2 L2 at 96 %`
std::string binding_text(const Site& site, const std::optional<Binding>& binding, const Budget& budget,
                         const Memory& memory) {
  if (!binding) return {};
  const auto v = static_cast<std::size_t>(binding->node);
  std::string text = site.nodes[v].name + " " + name_of(binding->row);
  const Milliamps limit = budget.nodes[v].limit.at(binding->row);
  if (!memory.nodes[v].good_taken || limit <= Milliamps() || limit >= kUnlimited / 2) return text;
  const PerPhase<Milliamps>& load = memory.nodes[v].load;
  const Milliamps used = binding->row == Row::Sum ? load.sum() : load[static_cast<Phase>(binding->row)];
  return text + " at " + std::to_string(std::max<std::int64_t>(0, used.count() * 100 / limit.count())) + " %";
}

/// A meter that is not trusted may show anything; the message carries at most 10 kA.
PerPhase<Milliamps> showable(PerPhase<Milliamps> current) {
  constexpr Milliamps kMost = 10'000_A;
  return smaller_of(larger_of(current, PerPhase<Milliamps>::all(-kMost)), PerPhase<Milliamps>::all(kMost));
}

/// A node without a meter is as well known as the one above it.
MeterQuality quality_at(const Site& site, const Memory& memory, std::size_t node) {
  for (int v = static_cast<int>(node); v != kNoParent; v = site.nodes[static_cast<std::size_t>(v)].parent)
    for (const Meter& meter : site.meters)
      if (meter.node == static_cast<std::size_t>(v)) return memory.nodes[static_cast<std::size_t>(v)].quality;
  return MeterQuality::Missing;
}

DeviceState describe_device(const Site& site, std::size_t i, const Shares& draw, const Shares& feed,
                            const Memory& memory) {
  const Enrolment& enrolled = site.agents[i];
  const AgentRecord& agent = memory.agents[i];
  DeviceState d;
  d.agent = enrolled.id;
  d.kind = enrolled.kind;
  d.node = site.nodes[enrolled.node].name;
  d.silent = agent.silent;
  d.stuck = agent.stuck;
  d.envelope = envelope(agent.book, enrolled);
  if (agent.sent) d.limit = granted_to(agent);
  const bool only_feeds = agent.draw.reason == Reason::NotAsking && agent.feed.reason != Reason::NotAsking;
  const Share& shown = only_feeds ? agent.feed : agent.draw;
  d.reason = shown.reason;
  d.binding = binding_text(site, shown.binding, only_feeds ? feed.budget : draw.budget, memory);
  if (!agent.book.newest) return d;
  const Status& status = agent.book.newest->status;
  d.state = status.state;
  d.ask = status.ask;
  d.measured = status.measured;
  d.energy = status.energy;
  d.vehicle = status.vehicle;
  d.fault = status.fault;
  return d;
}

NodeState describe_node(const Site& site, std::size_t v, const Shares& draw, const Shares& feed, const Memory& memory) {
  const NodeBudget& budget = draw.budget.nodes[v];
  NodeState node;
  node.node = site.nodes[v].name;
  if (site.nodes[v].parent != kNoParent) node.parent = site.nodes[static_cast<std::size_t>(site.nodes[v].parent)].name;
  node.metered =
      std::any_of(site.meters.begin(), site.meters.end(), [&](const Meter& meter) { return meter.node == v; });
  node.quality = quality_at(site, memory, v);
  node.load = showable(memory.nodes[v].load);
  node.rating = showable(budget.limit.phase);
  node.base = showable(budget.base.high);
  node.headroom = showable(budget.rating.phase - budget.base.high);
  node.source = *std::max_element(budget.source.begin(), budget.source.begin() + 3);
  PerPhase<Milliamps> booked, fed;
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    if (!is_below(site, site.agents[i].node, v)) continue;
    const Allowance most = envelope(memory.agents[i].book, site.agents[i]);
    booked += most.draw;
    fed += most.feed;
  }
  node.booked = showable(booked);
  const NodeBudget& back = feed.budget.nodes[v];
  if (site.nodes[v].max_feed || fed != PerPhase<Milliamps>{})
    node.feed =
        NodeState::Feed{showable(back.limit.phase), showable(back.rating.phase - back.base.high), showable(fed)};
  return node;
}

MeterState describe_meter(const Site& site, const Snapshot& snapshot, std::size_t m, const Memory& memory) {
  const MeterTrust& trust = memory.meters[m];
  MeterState meter{site.meters[m].name, site.nodes[site.meters[m].node].name, trust.quality, trust.doubt, std::nullopt};
  if (trust.last) meter.age_ms = std::max<std::int64_t>(0, (snapshot.now - trust.last->taken).count());
  return meter;
}

Temperatures describe_temperatures(const RatingDecision& rated) {
  return {rated.top_oil.count(), rated.hot_spot.largest().count(), rated.ambient.value.count(),
          rated.life_permille * 1000};
}

OutsideLimitState describe_outside(const Site& site, const OutsideLimit& limit) {
  const auto agent = limit.agent ? std::optional(site.agents[*limit.agent].id) : std::nullopt;
  return {site.nodes[limit.node].name, agent, limit.source,
          Allowance{showable(limit.bound.draw), showable(limit.bound.feed)}, limit.until};
}

void add_meter_alarms(const TrafoState& state, std::vector<std::string>& alarms) {
  for (const MeterState& meter : state.meters)
    if (meter.quality != MeterQuality::Good)
      alarms.push_back(meter.meter + " meter: " + std::string(name_of(meter.quality)) +
                       (meter.doubt.empty() ? "" : ", " + meter.doubt));
}

void add_node_alarms(const Site& site, const Memory& memory, std::vector<std::string>& alarms) {
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    const NodeRecord& node = memory.nodes[v];
    const std::string& name = site.nodes[v].name;
    for (Phase p : kPhases)
      if (node.good_taken && node.load[p] > static_limit(site, v)[p])
        alarms.push_back(v == 0 ? std::string("overload on ") + name_of(p) : name + ": overload on " + name_of(p));
    if (node.disagree_since) alarms.push_back(name + ": its meters disagree");
    if (node.voltage.tightened > 0) alarms.push_back(name + ": low voltage");
    const auto neutral = site.nodes[v].max_neutral;
    if (neutral && node.good_taken && neutral_current(node.load) > *neutral)
      alarms.push_back(name + ": overload on the neutral");
  }
}

std::vector<std::string> alarms(const Site& site, const Memory& memory, const TrafoState& state) {
  std::vector<std::string> result;
  if (memory.contest.rival)
    result.push_back("another controller gives limits here: it was seen in epoch " +
                     std::to_string(memory.contest.rival->epoch.value));
  add_meter_alarms(state, result);
  add_node_alarms(site, memory, result);
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

TrafoState describe(const Site& site, const Snapshot& snapshot, const Shares& draw, const Shares& feed,
                    std::span<const OutsideLimit> outside, const Memory& memory) {
  TrafoState state;
  state.site = site.id;
  state.epoch = snapshot.epoch;
  state.rated_va = site.rated.count();
  for (std::size_t v = 0; v < site.nodes.size(); ++v) state.nodes.push_back(describe_node(site, v, draw, feed, memory));
  for (std::size_t i = 0; i < site.agents.size(); ++i)
    state.devices.push_back(describe_device(site, i, draw, feed, memory));
  for (std::size_t m = 0; m < site.meters.size(); ++m)
    state.meters.push_back(describe_meter(site, snapshot, m, memory));
  if (memory.rated) state.temperatures = describe_temperatures(*memory.rated);
  for (const OutsideLimit& limit : outside) state.outside.push_back(describe_outside(site, limit));
  state.alarms = alarms(site, memory, state);
  return state;
}

}  // namespace balans::deciding
