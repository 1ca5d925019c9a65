#include "trafo/core/budget.hpp"

#include "trafo/core/steps.hpp"

namespace balans::deciding {

RowValues NodeBudget::emergency_extra() const {
  RowValues extra{{}, {}};
  for (Phase p : kPhases) extra.phase[p] = std::max(Milliamps(), emergency.phase[p] - rating.phase[p]);
  extra.sum = std::max(Milliamps(), emergency.sum - rating.sum);
  return extra;
}

bool within_floor(const Candidate& candidate, Milliamps current) {
  if (candidate.floor <= Milliamps()) return false;
  return current.count() <= allocating::up_to_step(candidate, candidate.floor.count());
}

bool Budget::overbooked(const Candidate& candidate, Headroom headroom, Floors floors) const {
  for (int v = candidate.node; v != kNoParent; v = parents[static_cast<std::size_t>(v)]) {
    const NodeBudget& node = nodes[static_cast<std::size_t>(v)];
    RowValues most = headroom == Headroom::ForRaises ? node.for_raises : node.for_cuts;
    if (floors == Floors::Count) {
      const RowValues extra = node.emergency_extra();
      most.phase += extra.phase;
      most.sum += extra.sum;
    }
    if (node.booked.sum > most.sum) return true;
    for (Phase p : kPhases)
      if (candidate.phases.contains(p) && node.booked.phase[p] > most.phase[p]) return true;
  }
  return false;
}

bool Budget::may_raise(int node) const {
  for (; node != kNoParent; node = parents[static_cast<std::size_t>(node)])
    if (!nodes[static_cast<std::size_t>(node)].trusted) return false;
  return true;
}

std::vector<GridNode> Budget::grid_to_share() const {
  std::vector<GridNode> grid;
  for (std::size_t v = 0; v < nodes.size(); ++v) {
    const RowValues share = nodes[v].to_share();
    const RowValues extra = nodes[v].emergency_extra();
    grid.push_back(
        {parents[v], share.phase, share.sum, share.phase + extra.phase, share.sum + extra.sum, nodes[v].swing});
  }
  return grid;
}

std::vector<GridNode> Budget::grid_for_raises(Floors floors) const {
  std::vector<GridNode> grid;
  for (std::size_t v = 0; v < nodes.size(); ++v) {
    RowValues most = nodes[v].for_raises;
    const RowValues extra = nodes[v].emergency_extra();
    if (floors == Floors::Count) most = {most.phase + extra.phase, most.sum + extra.sum};
    grid.push_back({parents[v], most.phase, most.sum, {}, {}, {}});
  }
  return grid;
}

}  // namespace balans::deciding
