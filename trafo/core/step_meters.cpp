// Second part of a step: which meters are believed, and what each node is known to carry.
#include <algorithm>
#include <cstdlib>

#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

/// What the devices below `node` are known to have drawn at `moment`, at least. Of the meter's own moment: cars that
/// start between its sample and now are no reason to doubt it.
PerPhase<Milliamps> drawn_below(const Site& site, const Memory& memory, std::size_t node, BootTime moment,
                                BootTime now) {
  PerPhase<Milliamps> sum;
  for (std::size_t i = 0; i < site.agents.size(); ++i)
    if (is_below(site, site.agents[i].node, node)) sum += drew_at_least(memory.agents[i].drawn, moment, now);
  return sum;
}

bool may_feed_back(const Site& site, std::size_t node) {
  return site.feeds_back || std::any_of(site.agents.begin(), site.agents.end(), [&](const Enrolment& agent) {
           return agent.max_feed > Milliamps() && is_below(site, agent.node, node);
         });
}

void judge_meter(const Site& site, const Snapshot& snapshot, std::size_t meter, Memory& memory) {
  std::optional<MeterSample> sample;
  if (meter < snapshot.meters.size()) sample = snapshot.meters[meter];
  const std::size_t node = site.meters[meter].node;
  const BootTime measured_at = sample ? sample->taken : snapshot.now;
  const Expected expected{static_limit(site, node), drawn_below(site, memory, node, measured_at, snapshot.now),
                          may_feed_back(site, node)};
  memory.meters[meter] = judge(expected, std::move(memory.meters[meter]), sample, snapshot.now);
}

bool agree(const PerPhase<Milliamps>& a, const PerPhase<Milliamps>& b) {
  constexpr Milliamps kSlack = Milliamps(3000);
  return std::all_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    const std::int64_t apart = std::abs((a[p] - b[p]).count());
    return apart <= kSlack.count() + std::max(std::abs(a[p].count()), std::abs(b[p].count())) / 10;
  });
}

/// The believed one of a node's meters: the first that is good, else the best of the others.
const MeterTrust* believed(const Site& site, const Memory& memory, std::size_t node) {
  const MeterTrust* best = nullptr;
  for (std::size_t m = 0; m < site.meters.size(); ++m)
    if (site.meters[m].node == node && (best == nullptr || memory.meters[m].quality < best->quality))
      best = &memory.meters[m];
  return best;
}

bool others_disagree(const Site& site, const Memory& memory, std::size_t node, const MeterTrust& best) {
  for (std::size_t m = 0; m < site.meters.size(); ++m) {
    const MeterTrust& other = memory.meters[m];
    if (site.meters[m].node == node && &other != &best && other.quality == MeterQuality::Good &&
        best.quality == MeterQuality::Good && !agree(best.good->current, other.good->current))
      return true;
  }
  return false;
}

/// The larger of what the good meters of a node show: bad data never raises a budget.
PerPhase<Milliamps> load_of(const Site& site, const Memory& memory, std::size_t node, const MeterTrust& best) {
  PerPhase<Milliamps> load = best.good->current;
  for (std::size_t m = 0; m < site.meters.size(); ++m)
    if (site.meters[m].node == node && memory.meters[m].quality == MeterQuality::Good)
      load = larger_of(load, memory.meters[m].good->current);
  return load;
}

void read_node(const Site& site, const Snapshot& snapshot, std::size_t v, Memory& memory) {
  const MeterTrust* best = believed(site, memory, v);
  if (best == nullptr) return;
  NodeRecord& node = memory.nodes[v];
  const bool disagree = others_disagree(site, memory, v, *best);
  if (!disagree) node.disagree_since.reset();
  if (disagree && !node.disagree_since) node.disagree_since = snapshot.now;
  const bool doubtful = disagree && snapshot.now - *node.disagree_since >= defaults::kMetersDisagree;
  node.quality = doubtful ? MeterQuality::Implausible : best->quality;
  if (!best->good || (node.good_taken && best->good->taken <= *node.good_taken)) return;
  node.good_taken = best->good->taken;
  node.load = load_of(site, memory, v, *best);
  remember(node.log, *node.good_taken, node.load);
  if (best->good->voltage) node.voltage = watch_voltage(node.voltage, *best->good->voltage, snapshot.now);
}

}  // namespace

void read_meters(const Site& site, const Snapshot& snapshot, Memory& memory) {
  for (std::size_t m = 0; m < site.meters.size(); ++m) judge_meter(site, snapshot, m, memory);
  for (std::size_t v = 0; v < site.nodes.size(); ++v) read_node(site, snapshot, v, memory);
}

void rate_transformer(const Site& site, const Snapshot& snapshot, Memory& memory) {
  if (!site.rating) return;
  RatingInput input{snapshot.now, std::nullopt, snapshot.ambient, snapshot.local};
  if (trusted(memory.nodes[0].quality)) input.load = memory.nodes[0].load;
  if (!memory.rating) memory.rating = start_rating(*site.rating, input);
  memory.rated = rate(*site.rating, input, *memory.rating);
}

}  // namespace balans::deciding
