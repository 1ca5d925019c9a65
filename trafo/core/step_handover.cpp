// Third part of a step: from targets to limits. A raise is granted only from headroom that is in nobody's envelope.
#include <algorithm>
#include <numeric>

#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

constexpr Milliamps kDeadBand = Milliamps(500);  // smaller changes are not worth a message to a car

class HandOver {
 public:
  HandOver(const Site& site, const Snapshot& snapshot, const Memory& memory, const Budget& budget,
           const std::vector<Candidate>& candidates, const std::vector<Grant>& targets)
      : site_(site),
        snapshot_(snapshot),
        memory_(memory),
        budget_(budget),
        candidates_(candidates),
        targets_(targets) {}

  std::vector<Grant> run() {
    std::vector<Grant> grants;
    for (std::size_t i = 0; i < targets_.size(); ++i) grants.push_back(without_raise(i));
    if (budget_.may_raise) raise(grants);
    return grants;
  }

 private:
  [[nodiscard]] Milliamps granted(std::size_t i) const { return memory_.agents[i].granted; }
  [[nodiscard]] Milliamps booked(std::size_t i) const {
    return envelope(memory_.agents[i].book, site_.agents[i]).largest();
  }
  /// What is booked on phases that the device does not offer: its limits do not count there, its envelope does.
  [[nodiscard]] PerPhase<Milliamps> booked_elsewhere(std::size_t i) const {
    PerPhase<Milliamps> elsewhere;
    if (!controllable(memory_.agents[i])) return elsewhere;  // is in no headroom anyway
    elsewhere = envelope(memory_.agents[i].book, site_.agents[i]);
    for (Phase p : kPhases)
      if (candidates_[i].phases.contains(p)) elsewhere[p] = Milliamps();
    return elsewhere;
  }
  [[nodiscard]] bool wants_more(std::size_t i) const {
    const Milliamps more = targets_[i].current - granted(i);
    return more >= kDeadBand || (more > Milliamps() && targets_[i].current == candidates_[i].cap);
  }

  [[nodiscard]] bool may_rise(std::size_t i) const {
    return wants_more(i) && settled(i) && !budget_.overbooked(candidates_[i].phases, budget_.for_raises);
  }

  /// A device is cut in favour of others only while these can rise: where the base load is not certain to leave what is
  /// booked, shares are not dealt out anew. Else each raise would look like base load for a moment, and cost a cut.
  [[nodiscard]] bool keeps_its_share(std::size_t i) const {
    if (candidates_[i].cap < granted(i)) return false;  // has no use for it
    return !budget_.may_raise || budget_.overbooked(candidates_[i].phases, budget_.for_raises);
  }

  /// Cuts at once; where nothing is overbooked, small cuts wait until they are worth it.
  [[nodiscard]] Grant without_raise(std::size_t i) const {
    Grant grant = targets_[i];
    const bool must_fall = budget_.overbooked(candidates_[i].phases, budget_.for_cuts);
    if (grant.current >= granted(i)) {
      if (grant.current > granted(i)) grant.reason = why_not_raised(i);
      grant.current = std::min(grant.current, granted(i));
    } else if (must_fall) {
      grant.reason = grant.reason == Reason::Waiting ? Reason::Waiting : Reason::Overload;
    } else if (keeps_its_share(i) || (grant.current > Milliamps() && granted(i) - grant.current < kDeadBand)) {
      grant = {granted(i), Reason::Capacity, grant.binding};
    }
    return grant;
  }

  [[nodiscard]] Reason why_not_raised(std::size_t i) const {
    if (!budget_.may_raise) return Reason::StaleMeter;
    if (!settled(i)) return Reason::Ramp;
    const auto& agents = memory_.agents;
    const bool restarted =
        std::any_of(agents.begin(), agents.end(), [](const auto& a) { return a.book.restart.has_value(); });
    if (restarted && budget_.overbooked(candidates_[i].phases, budget_.for_raises)) return Reason::Restart;
    return Reason::Handover;
  }

  /// The meter has seen what the device's last change did.
  [[nodiscard]] bool settled(std::size_t i) const {
    return memory_.meter.good && memory_.meter.good->taken >= memory_.agents[i].changed + site_.agents[i].settle;
  }

  /// At most ρ amperes for each second since the last change; a start goes straight to the minimum.
  [[nodiscard]] Milliamps ramped(std::size_t i) const {
    const std::int64_t seconds = std::max<std::int64_t>(1, (snapshot_.now - memory_.agents[i].changed).count() / 1000);
    const Milliamps most = granted(i) + defaults::kRampPerSecond * std::min<std::int64_t>(seconds, 60);
    return std::max(candidates_[i].min, std::min(targets_[i].current, most));
  }

  void raise(std::vector<Grant>& grants) const {
    std::vector<GridNode> nodes{{"transformer", kNoParent, budget_.for_raises}};
    std::vector<Candidate> rising = candidates_;
    std::vector<Milliamps> start;
    PerPhase<Milliamps> spare = budget_.for_raises - budget_.booked;
    for (std::size_t i = 0; i < rising.size(); ++i) {
      start.push_back(controllable(memory_.agents[i]) ? booked(i) : Milliamps());
      rising[i].cap = start[i];
      nodes[0].headroom -= booked_elsewhere(i);
    }
    for (std::size_t i : by_urgency()) {
      if (!may_rise(i) || !enter(rising[i], start[i], spare)) continue;
      rising[i].cap = std::max(start[i], ramped(i));
    }
    const std::vector<Milliamps> levels = fill(nodes, rising, start);
    for (std::size_t i = 0; i < grants.size(); ++i) lift(i, levels[i], grants[i]);
  }

  /// A device that holds less than its minimum needs the rest of it in one piece.
  static bool enter(const Candidate& c, Milliamps& start, PerPhase<Milliamps>& spare) {
    if (start >= c.min) return true;
    for (Phase p : kPhases)
      if (c.phases.contains(p) && spare[p] < c.min - start) return false;
    spare -= c.phases.spread(c.min - start);
    start = c.min;
    return true;
  }

  void lift(std::size_t i, Milliamps level, Grant& grant) const {
    const Candidate& c = candidates_[i];
    if (!may_rise(i)) return;
    const Milliamps reached = std::min(level, targets_[i].current);
    if (reached < c.min) return;
    const Milliamps stepped = std::max(c.min, reached - reached % c.step);
    const bool all_of_it = stepped == targets_[i].current;
    if (stepped <= grant.current || (!all_of_it && stepped - granted(i) < kDeadBand)) return;
    grant.current = stepped;
    grant.reason = all_of_it ? targets_[i].reason : ramped(i) <= stepped ? Reason::Ramp : Reason::Handover;
  }

  /// Longest unchanged first.
  [[nodiscard]] std::vector<std::size_t> by_urgency() const {
    std::vector<std::size_t> order(candidates_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return memory_.agents[a].turn.since < memory_.agents[b].turn.since;
    });
    return order;
  }

  const Site& site_;
  const Snapshot& snapshot_;
  const Memory& memory_;
  const Budget& budget_;
  const std::vector<Candidate>& candidates_;
  const std::vector<Grant>& targets_;
};

}  // namespace

std::vector<Grant> hand_over(const Site& site, const Snapshot& snapshot, const Memory& memory, const Budget& budget,
                             const std::vector<Candidate>& candidates, const std::vector<Grant>& targets) {
  return HandOver(site, snapshot, memory, budget, candidates, targets).run();
}

}  // namespace balans::deciding
