// Fifth part of a step: from targets to limits. A raise is granted only from headroom that is in nobody's envelope.
#include <algorithm>
#include <numeric>

#include "trafo/core/step.hpp"
#include "trafo/core/steps.hpp"

namespace balans::deciding {
namespace {

constexpr Milliamps kDeadBand = Milliamps(500);  // smaller changes are not worth a message to a car
constexpr Millis kActuation = Millis(10'000);    // the longest time of which a ramp may make up arrears

class HandOver {
 public:
  HandOver(const Site& site, const Snapshot& snapshot, const Memory& memory, const Budget& budget,
           const std::vector<Candidate>& candidates, const std::vector<Grant>& targets, Allocator& allocator)
      : site_(site),
        snapshot_(snapshot),
        memory_(memory),
        budget_(budget),
        candidates_(candidates),
        targets_(targets),
        allocator_(allocator) {
    for (std::size_t i = 0; i < targets.size(); ++i)
      booked_.push_back(in(envelope(memory.agents[i].book, site.agents[i]), budget.direction));
  }

  std::vector<Grant> run() {
    std::vector<Grant> grants;
    for (std::size_t i = 0; i < targets_.size(); ++i) grants.push_back(without_raise(i));
    raise(grants);
    return grants;
  }

 private:
  [[nodiscard]] const Share& share(std::size_t i) const { return memory_.agents[i].share(budget_.direction); }
  [[nodiscard]] Milliamps granted(std::size_t i) const { return share(i).granted; }
  /// Up to its floor a device may go where others may not; what it has beyond that is like anybody's.
  [[nodiscard]] bool overbooked(std::size_t i, Headroom headroom) const {
    const bool owed = within_floor(candidates_[i], granted(i));
    return budget_.overbooked(candidates_[i], headroom, owed ? Budget::Floors::Count : Budget::Floors::DoNot);
  }
  [[nodiscard]] bool may_raise(std::size_t i) const { return budget_.may_raise(candidates_[i].node); }

  /// Phases that grow go through zero: what is held on the old ones is down before the new ones come.
  [[nodiscard]] bool changes_phases(std::size_t i) const {
    if (granted(i) == Milliamps()) return false;
    return std::any_of(kPhases.begin(), kPhases.end(),
                       [&](Phase p) { return targets_[i].phases.contains(p) && !share(i).phases.contains(p); });
  }

  /// What is booked on every phase of the target: raising up to this takes nothing from anybody.
  [[nodiscard]] Milliamps booked(std::size_t i) const {
    Milliamps least = kUnlimited;
    for (Phase p : kPhases)
      if (targets_[i].phases.contains(p)) least = std::min(least, booked_[i][p]);
    return least == kUnlimited ? Milliamps() : least;
  }
  [[nodiscard]] bool wants_more(std::size_t i) const {
    const Milliamps more = targets_[i].current - granted(i);
    return more >= kDeadBand || (more > Milliamps() && targets_[i].current == candidates_[i].cap);
  }

  [[nodiscard]] bool may_rise(std::size_t i) const {
    return may_raise(i) && wants_more(i) && settled(i) && !changes_phases(i) && !overbooked(i, Headroom::ForRaises);
  }

  /// A device is cut in favour of others only while these can rise: where the base load is not certain to leave what is
  /// booked, shares are not dealt out anew. Else each raise would look like base load for a moment, and cost a cut.
  [[nodiscard]] bool keeps_its_share(std::size_t i) const {
    if (candidates_[i].cap < granted(i)) return false;  // has no use for it
    return !may_raise(i) || overbooked(i, Headroom::ForRaises);
  }

  /// Cuts at once; where nothing is overbooked, small cuts wait until they are worth it.
  [[nodiscard]] Grant without_raise(std::size_t i) const {
    Grant grant = targets_[i];
    if (grant.phases.empty()) grant.phases = candidates_[i].phases;
    if (changes_phases(i)) return {Milliamps(), grant.phases, Reason::Handover, grant.binding};
    const bool must_fall = budget_.overbooked(candidates_[i], Headroom::ForCuts, Budget::Floors::DoNot);
    if (grant.current >= granted(i)) {
      if (wants_more(i)) grant.reason = why_not_raised(i);  // less than the dead band is as good as there
      grant.current = std::min(grant.current, granted(i));
    } else if (must_fall) {
      grant.reason = grant.reason == Reason::Waiting ? Reason::Waiting : Reason::Overload;
    } else if (keeps_its_share(i) || (grant.current > Milliamps() && granted(i) - grant.current < kDeadBand)) {
      grant.current = granted(i);
      grant.phases = share(i).phases;
      grant.reason = Reason::Capacity;
    }
    return grant;
  }

  [[nodiscard]] Reason why_not_raised(std::size_t i) const {
    if (!may_raise(i)) return Reason::StaleMeter;
    if (!settled(i)) return Reason::Ramp;
    const auto& agents = memory_.agents;
    const bool restarted =
        std::any_of(agents.begin(), agents.end(), [](const auto& a) { return a.book.restart.has_value(); });
    if (restarted && overbooked(i, Headroom::ForRaises)) return Reason::Restart;
    return Reason::Handover;
  }

  /// Every meter above has seen what the device's last change did.
  [[nodiscard]] bool settled(std::size_t i) const {
    const BootTime seen = share(i).changed + site_.agents[i].settle;
    for (int v = candidates_[i].node; v != kNoParent; v = budget_.parents[static_cast<std::size_t>(v)]) {
      const NodeRecord& node = memory_.nodes[static_cast<std::size_t>(v)];
      if (node.good_taken && *node.good_taken < seen) return false;
    }
    return true;
  }

  /// At most ρ amperes for each second since the last change, and not more in one go than one actuation may take; a
  /// start goes straight to the minimum.
  [[nodiscard]] Milliamps ramped(std::size_t i) const {
    const Millis most = std::max(kActuation, site_.agents[i].settle);
    const Millis since = std::clamp(snapshot_.now - share(i).changed, Millis(1000), most);
    const Milliamps up_to = granted(i) + defaults::kRampPerSecond * (since.count() / 1000);
    return std::max(candidates_[i].min, std::min(targets_[i].current, up_to));
  }

  void raise(std::vector<Grant>& grants) {
    Budget left = budget_;
    std::vector<Candidate> rising = candidates_;
    std::vector<Milliamps> start;
    for (std::size_t i = 0; i < rising.size(); ++i) {
      const bool counts = controllable(memory_.agents[i]);
      rising[i].phases = grants[i].phases;
      start.push_back(counts ? booked(i) : Milliamps());
      rising[i].cap = start[i];
      if (counts) set_aside(i, start[i], left);
    }
    std::vector<GridNode> spare = spare_of(left, rising, start);
    for (std::size_t i : by_urgency())
      if (may_rise(i) && enter(rising[i], start[i], spare)) rising[i].cap = std::max(start[i], ramped(i));
    raise_floors(left, rising, start);
    const std::vector<GridNode> grid = left.grid_for_raises(Budget::Floors::DoNot);
    const auto levels = allocator_.fill(grid, rising, start);
    for (std::size_t i = 0; i < grants.size(); ++i) lift(i, levels[i], grants[i]);
  }

  /// What is booked beyond `start` on single phases, or on phases that the target does not load, stays booked.
  void set_aside(std::size_t i, Milliamps start, Budget& left) const {
    const PerPhase<Milliamps> elsewhere = booked_[i] - targets_phases(i).spread(start);
    left.each_above(candidates_[i].node, [&](NodeBudget& node) { node.for_raises -= elsewhere; });
  }
  [[nodiscard]] PhaseSet targets_phases(std::size_t i) const {
    return targets_[i].phases.empty() ? candidates_[i].phases : targets_[i].phases;
  }

  /// What is free above everybody's start.
  static std::vector<GridNode> spare_of(Budget left, const std::vector<Candidate>& rising,
                                        const std::vector<Milliamps>& start) {
    for (std::size_t i = 0; i < rising.size(); ++i) {
      const PerPhase<Milliamps> taken = rising[i].phases.spread(start[i]);
      left.each_above(rising[i].node, [&](NodeBudget& node) { node.for_raises -= taken; });
    }
    std::vector<GridNode> grid = left.grid_for_raises(Budget::Floors::DoNot);
    const std::vector<GridNode> with_floors = left.grid_for_raises(Budget::Floors::Count);
    for (std::size_t v = 0; v < grid.size(); ++v) {
      grid[v].for_floors = with_floors[v].headroom;
      grid[v].sum_for_floors = with_floors[v].sum;
    }
    return grid;
  }

  /// A device that holds less than its minimum needs the rest of it in one piece.
  bool enter(const Candidate& c, Milliamps& start, std::vector<GridNode>& spare) const {
    if (start >= c.min) return true;
    const Milliamps needed = c.min - start;
    const bool owed = c.floor > Milliamps();
    for (int v = c.node; v != kNoParent; v = budget_.parents[static_cast<std::size_t>(v)]) {
      const GridNode& node = spare[static_cast<std::size_t>(v)];
      if ((owed ? node.sum_for_floors : node.sum) < needed * c.phases.size()) return false;
      for (Phase p : kPhases)
        if (c.phases.contains(p) && (owed ? node.for_floors : node.headroom)[p] < needed) return false;
    }
    for (int v = c.node; v != kNoParent; v = budget_.parents[static_cast<std::size_t>(v)]) {
      GridNode& node = spare[static_cast<std::size_t>(v)];
      node.headroom -= c.phases.spread(needed);
      node.for_floors -= c.phases.spread(needed);
      node.sum -= needed * c.phases.size();
      node.sum_for_floors -= needed * c.phases.size();
    }
    start = c.min;
    return true;
  }

  /// Statutory floors may go up to the emergency limit of soft rows: they rise first, in rows of that size.
  void raise_floors(const Budget& left, const std::vector<Candidate>& rising, std::vector<Milliamps>& start) {
    std::vector<Candidate> owed = rising;
    bool any = false;
    for (std::size_t i = 0; i < owed.size(); ++i) {
      const Milliamps floor(allocating::up_to_step(candidates_[i], candidates_[i].floor.count()));
      owed[i].cap = owed[i].floor > Milliamps() ? std::min(owed[i].cap, floor) : start[i];
      any = any || owed[i].cap > start[i];
    }
    if (!any) return;
    const std::vector<GridNode> grid = left.grid_for_raises(Budget::Floors::Count);
    const auto levels = allocator_.fill(grid, owed, start);
    start.assign(levels.begin(), levels.end());
  }

  void lift(std::size_t i, Milliamps level, Grant& grant) const {
    const Candidate& c = candidates_[i];
    if (!may_rise(i)) return;
    const Milliamps reached = std::min(level, targets_[i].current);
    if (reached < c.min) return;
    const Milliamps stepped(allocating::down_to_step(c, reached.count()));
    const bool all_of_it = stepped == targets_[i].current;
    if (stepped <= grant.current || (!all_of_it && stepped - granted(i) < kDeadBand)) return;
    grant.current = stepped;
    grant.reason = all_of_it ? targets_[i].reason : ramped(i) <= stepped ? Reason::Ramp : Reason::Handover;
  }

  /// Longest unchanged first.
  [[nodiscard]] std::vector<std::size_t> by_urgency() const {
    std::vector<std::size_t> order(candidates_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return share(a).turn.since < share(b).turn.since; });
    return order;
  }

  const Site& site_;
  const Snapshot& snapshot_;
  const Memory& memory_;
  const Budget& budget_;
  const std::vector<Candidate>& candidates_;
  const std::vector<Grant>& targets_;
  Allocator& allocator_;
  std::vector<PerPhase<Milliamps>> booked_;  ///< envelopes
};

}  // namespace

std::vector<Grant> hand_over(const Site& site, const Snapshot& snapshot, const Memory& memory, const Budget& budget,
                             const std::vector<Candidate>& candidates, const std::vector<Grant>& targets,
                             Allocator& allocator) {
  return HandOver(site, snapshot, memory, budget, candidates, targets, allocator).run();
}

}  // namespace balans::deciding
