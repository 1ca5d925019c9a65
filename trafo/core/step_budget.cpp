// Third part of a step: limits of the nodes, base load, headroom.
#include <algorithm>

#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

enum class Bound : std::uint8_t { Hard, YieldsToFloors };

/// One more limit for the rows of a node, `margin_percent` of which are never granted; the smallest counts, and is
/// named.
void bound(NodeBudget& node, const RowValues& limit, std::int64_t margin_percent, Reason source, Bound kind) {
  RowValues usable = limit;
  for (Phase p : kPhases) usable.phase[p] = less_margin(limit.phase[p], margin_percent);
  usable.sum = less_margin(limit.sum, margin_percent);
  for (Row row : kRows)
    if (usable.at(row) < node.rating.at(row)) node.source[static_cast<std::size_t>(row)] = source;
  node.limit = smaller_of(node.limit, limit);
  node.rating = smaller_of(node.rating, usable);
  if (kind == Bound::Hard) node.emergency = smaller_of(node.emergency, usable);
}

RowValues on_phases(const PerPhase<Milliamps>& most) { return {most, kUnlimited}; }

Reason reason_of(RatingBound rated) {
  switch (rated) {
    case RatingBound::Static:
    case RatingBound::Current:
      return Reason::Capacity;
    case RatingBound::Schedule:
      return Reason::Schedule;
    default:
      return Reason::HotSpot;
  }
}

/// The transformer's own rating is soft: statutory floors may go up to its emergency limit.
void bound_transformer(const Site& site, const Memory& memory, NodeBudget& node) {
  const std::int64_t margin = site.margin_percent;
  if (!memory.rated) return bound(node, on_phases(static_rating(site)), margin, Reason::Capacity, Bound::Hard);
  const RatingDecision& rated = *memory.rated;
  bound(node, on_phases(rated.normal), margin, reason_of(rated.bound), Bound::YieldsToFloors);
  for (Phase p : kPhases)
    node.emergency.phase[p] = std::min(node.emergency.phase[p], less_margin(rated.emergency[p], margin));
}

NodeBudget limits_of(const Site& site, const Memory& memory, Direction d, std::size_t v,
                     std::span<const OutsideLimit> outside) {
  const Node& place = site.nodes[v];
  NodeBudget node;
  node.source.fill(Reason::Capacity);
  if (v == 0) bound_transformer(site, memory, node);
  const auto own = [&](const RowValues& limit) {
    bound(node, limit, site.margin_percent, Reason::Capacity, Bound::Hard);
  };
  if (place.max) own(on_phases(PerPhase<Milliamps>::all(*place.max)));
  if (place.max_va) own({PerPhase<Milliamps>::all(kUnlimited), three_phase_sum(*place.max_va)});
  if (d == Direction::Feed && place.max_feed) own(on_phases(PerPhase<Milliamps>::all(*place.max_feed)));
  for (const OutsideLimit& limit : outside) {
    if (limit.node != v || limit.agent) continue;
    const PerPhase<Milliamps>& most = d == Direction::Draw ? limit.bound.draw : limit.bound.feed;
    // Throttling by the grid operator never takes what the statute grants.
    bound(node, {most, limit.bound.sum}, 0, limit.source,
          limit.source == Reason::Dso ? Bound::YieldsToFloors : Bound::Hard);
  }
  return node;
}

/// Base load of a node without a trusted meter: its design peak. Where that of generation is not known, nothing is left
/// for anybody else's.
BaseLoad assumed_base(const Site& site, std::size_t v, Direction d, const NodeBudget& node) {
  if (d == Direction::Draw) {
    const PerPhase<Milliamps>& peak = site.nodes[v].design_peak_base;
    return {peak, peak, peak, peak, false};
  }
  const PerPhase<Milliamps> back = smaller_of(node.rating.phase, design_peak_feed(site, v, node.rating.phase));
  return {back, back, back, back, false};
}

/// As a sample ages the base load moves to what is assumed without one, where that is more: bad data never raises a
/// budget.
PerPhase<Milliamps> aged(PerPhase<Milliamps> base, const PerPhase<Milliamps>& assumed, Millis age) {
  if (age <= defaults::kMeterDerate) return base;
  const Millis span = defaults::kMeterStale - defaults::kMeterDerate;
  const Millis past = std::min(age - defaults::kMeterDerate, span);
  for (Phase p : kPhases)
    if (assumed[p] > base[p]) base[p] += (assumed[p] - base[p]) * past.count() / span.count();
  return base;
}

/// An envelope is that of now; the samples of a meter are of a while ago.
Allowance envelope_lately(const Enrolment& enrolled, const AgentRecord& agent) {
  return larger_of(envelope(agent.book, enrolled), larger_of(agent.lately.before, agent.lately.now));
}

template <typename Counts>
std::vector<Metered> metered_where(const Site& site, const Memory& memory, const Counts& counts) {
  std::vector<Metered> devices;
  for (std::size_t i = 0; i < site.agents.size(); ++i)
    if (counts(site.agents[i].node))
      devices.push_back({&memory.agents[i].drawn, envelope_lately(site.agents[i], memory.agents[i])});
  return devices;
}

PerPhase<bool> overloaded(const NodeRecord& record, Direction d, const NodeBudget& node) {
  PerPhase<bool> overloaded;
  for (Phase p : kPhases)
    overloaded[p] = (d == Direction::Draw ? record.load[p] : -record.load[p]) > node.rating.phase[p];
  return overloaded;
}

void measure_base(const Site& site, const Memory& memory, Direction d, std::size_t v, BootTime now, NodeBudget& node) {
  const NodeRecord& record = memory.nodes[v];
  const BaseLoad assumed = assumed_base(site, v, d, node);
  node.base = assumed;
  node.trusted = false;
  if (!record.good_taken) return;
  const auto below = metered_where(site, memory, [&](std::size_t place) { return is_below(site, place, v); });
  node.base = base_load(record.log, below, d, overloaded(record, d, node), now);
  node.base.high = aged(node.base.high, assumed.high, now - *record.good_taken);
  node.base.low = aged(node.base.low, assumed.low, now - *record.good_taken);
  node.trusted = trusted(record.quality) && node.base.certain;
}

/// What the meter at `above` showed at least beside those below it, less what the devices drew that are below none of
/// them. What others do hides nothing from it, known or not. Absent while samples are missing.
std::optional<PerPhase<Milliamps>> base_beside(const Site& site, const Memory& memory, Direction d, std::size_t above,
                                               BootTime now, const NodeBudget& node) {
  std::vector<const MeterLog*> below;
  for (std::size_t m = 0; m < site.nodes.size(); ++m)
    if (has_meter(site, m) && meter_above(site, m) == static_cast<int>(above)) below.push_back(&memory.nodes[m].log);
  const NodeRecord& record = memory.nodes[above];
  const MeterLog rest = beside(record.log, below, d);
  if (rest.recent.empty() || now - rest.recent.back().taken > defaults::kMeterDerate) return std::nullopt;
  const auto its_own = [&](std::size_t place) {
    return (has_meter(site, place) ? static_cast<int>(place) : meter_above(site, place)) == static_cast<int>(above);
  };
  return base_load(rest, metered_where(site, memory, its_own), d, overloaded(record, d, node), now).low;
}

/// A node without a meter may carry all that its nearest metered ancestor cannot place elsewhere, or its configured
/// most; and what metered nodes below it carry.
void place_base(const Site& site, const Memory& memory, Direction d, std::size_t v, BootTime now,
                std::vector<NodeBudget>& nodes) {
  const int above = meter_above(site, v);
  if (above == kNoParent) {
    nodes[v].base = assumed_base(site, v, d, nodes[v]);
    nodes[v].trusted = false;
    return;
  }
  BaseLoad loose = nodes[static_cast<std::size_t>(above)].base;
  BaseLoad below;
  for (std::size_t m = 0; m < nodes.size(); ++m) {
    if (!has_meter(site, m) || meter_above(site, m) != above) continue;
    // Only what is certainly there is not here.
    if (nodes[m].trusted) loose.high -= larger_of(nodes[m].base.steady, PerPhase<Milliamps>{});
    loose.low -= larger_of(nodes[m].base.high, PerPhase<Milliamps>{});
    if (!is_below(site, m, v)) continue;
    const PerPhase<Milliamps> assumed = assumed_base(site, m, d, nodes[m]).high;
    below.high += nodes[m].trusted ? nodes[m].base.high : larger_of(nodes[m].base.high, assumed);
    below.low += nodes[m].base.low;
  }
  const PerPhase<Milliamps> most = d == Direction::Draw ? site.nodes[v].design_peak_base
                                   : site.feeds_back    ? assumed_base(site, v, d, nodes[v]).high
                                                        : nodes[v].rating.phase;
  // Where somebody else's generation may hide it, all of the most may be here whatever the meter above shows.
  const PerPhase<Milliamps> hidden = site.feeds_back ? most : larger_of(loose.high, PerPhase<Milliamps>{});
  const auto its_own =
      base_beside(site, memory, d, static_cast<std::size_t>(above), now, nodes[static_cast<std::size_t>(above)]);
  if (its_own) loose.low = *its_own;
  nodes[v].base.high = below.high + smaller_of(most, hidden);
  nodes[v].base.low = below.low + smaller_of(most, larger_of(loose.low, PerPhase<Milliamps>{}));
  nodes[v].base.proven = nodes[v].base.low;
  nodes[v].base.certain = true;  // as far as the ancestor's is
}

/// Headroom beside base load. Imports earn no credit for what is fed in beside them: the sun may go at any moment.
RowValues headroom(const RowValues& rating, const PerPhase<Milliamps>& base, Direction d) {
  return rating - (d == Direction::Draw ? larger_of(base, PerPhase<Milliamps>{}) : base);
}

/// Loads are let down where the voltage is low.
void tighten_for_voltage(const Undervoltage& voltage, NodeBudget& node) {
  if (voltage.tightened == 0) return;
  for (Phase p : kPhases) {
    node.for_raises.phase[p] = tightened(node.for_raises.phase[p], voltage);
    node.for_cuts.phase[p] = tightened(node.for_cuts.phase[p], voltage);
    node.source[static_cast<std::size_t>(p)] = Reason::LowVoltage;
  }
}

PerPhase<Milliamps> swing(const RecentBase& recent, const PerPhase<Milliamps>& base) {
  return larger_of(larger_of(recent.before, recent.now) - base, PerPhase<Milliamps>{});
}

void note_base(const PerPhase<Milliamps>& base, BootTime now, RecentBase& recent) {
  if (now - recent.turned >= defaults::kSwingRemembered) recent = {recent.now, base, now};
  recent.now = larger_of(recent.now, base);
}

void book(const Site& site, const Memory& memory, Budget& budget) {
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const PerPhase<Milliamps> most = in(envelope(memory.agents[i].book, site.agents[i]), budget.direction);
    const bool obeys = controllable(memory.agents[i]);
    budget.each_above(static_cast<int>(site.agents[i].node), [&](NodeBudget& node) {
      if (obeys) return void(node.booked += most);
      node.for_raises -= most;
      node.for_cuts -= most;
    });
  }
}

/// Where too much is certainly booked, one cut is made for all that was certainly there lately. While it falls, what
/// devices do is less certain, and hides what a smaller one would leave.
void cut_enough(Direction d, NodeBudget& node) {
  const RowValues low = headroom(node.rating, node.base.low, d);
  const RowValues proven = headroom(node.rating, node.base.proven, d);
  for (Phase p : kPhases)
    if (node.booked.phase[p] > node.for_cuts.phase[p])
      node.for_cuts.phase[p] -= std::max(low.phase[p] - proven.phase[p], Milliamps());
  if (node.booked.sum > node.for_cuts.sum) node.for_cuts.sum -= std::max(low.sum - proven.sum, Milliamps());
}

}  // namespace

Budget budget(const Site& site, const Snapshot& snapshot, const Memory& memory, Direction d,
              std::span<const OutsideLimit> outside) {
  Budget budget;
  budget.direction = d;
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    budget.parents.push_back(site.nodes[v].parent);
    budget.nodes.push_back(limits_of(site, memory, d, v, outside));
    if (has_meter(site, v)) measure_base(site, memory, d, v, snapshot.now, budget.nodes[v]);
  }
  for (std::size_t v = 0; v < site.nodes.size(); ++v)
    if (!has_meter(site, v)) place_base(site, memory, d, v, snapshot.now, budget.nodes);
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    NodeBudget& node = budget.nodes[v];
    node.for_raises = headroom(node.rating, node.base.high, d);
    node.for_cuts = headroom(node.rating, node.base.low, d);
    if (d == Direction::Draw) tighten_for_voltage(memory.nodes[v].voltage, node);
  }
  book(site, memory, budget);
  for (NodeBudget& node : budget.nodes) cut_enough(d, node);
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    const RecentlyBooked& recent = memory.nodes[v].booked(d);
    budget.nodes[v].lately = {larger_of(recent.before, recent.now), std::max(recent.sum_before, recent.sum_now)};
    if (d == Direction::Draw) budget.nodes[v].swing = swing(memory.nodes[v].base, budget.nodes[v].base.high);
  }
  return budget;
}

void note_booked(const Budget& budget, BootTime now, Memory& memory) {
  for (std::size_t v = 0; v < budget.nodes.size(); ++v) {
    RecentlyBooked& recent = memory.nodes[v].booked(budget.direction);
    const RowValues& booked = budget.nodes[v].booked;
    if (now - recent.turned >= defaults::kBaseLoadFall)
      recent = {recent.now, booked.phase, recent.sum_now, booked.sum, now};
    recent.now = larger_of(recent.now, booked.phase);
    recent.sum_now = std::max(recent.sum_now, booked.sum);
    if (budget.direction == Direction::Draw) note_base(budget.nodes[v].base.high, now, memory.nodes[v].base);
  }
}

void note_envelopes(const Site& site, BootTime now, Memory& memory) {
  constexpr Millis kRemembered = Millis(30'000);
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    AgentRecord& agent = memory.agents[i];
    const Allowance most = envelope(agent.book, site.agents[i]);
    RecentEnvelope& recent = agent.lately;
    if (now - recent.turned >= kRemembered) recent = {recent.now, most, now};
    recent.now = larger_of(recent.now, most);
  }
}

}  // namespace balans::deciding
