#include "trafo/core/allocate.hpp"

#include <algorithm>
#include <numeric>

#include "common/defaults.hpp"
#include "trafo/core/fill.hpp"

namespace balans {
namespace {

/// Order of admission; lower first.
enum class Rank : std::uint8_t {
  Statutory,  ///< is owed a floor
  Running,    ///< on, and its quantum is not over
  Waiting,    ///< off and asking
  Overstay,   ///< on for longer than the quantum: runs on only beside those that wait
  Idle,       ///< on but not drawing
};

Rank rank_of(const Candidate& c, BootTime now) {
  if (c.floor > Milliamps()) return Rank::Statutory;
  if (!c.turn.on) return Rank::Waiting;
  if (c.turn.idle) return Rank::Idle;
  return now - c.turn.since < defaults::kRotationQuantum ? Rank::Running : Rank::Overstay;
}

/// Those that wait: longest first. Those that run: latest started first, so that the longest run ends first.
bool admitted_before(const Candidate& a, const Candidate& b, BootTime now) {
  const Rank rank_a = rank_of(a, now);
  const Rank rank_b = rank_of(b, now);
  if (rank_a != rank_b) return rank_a < rank_b;
  return rank_a == Rank::Waiting ? a.turn.since < b.turn.since : a.turn.since > b.turn.since;
}

Milliamps needed_to_enter(const Candidate& c) {
  return c.turn.on ? c.min : c.min * defaults::kStartNumerator / defaults::kStartDenominator;
}

class Allocation {
 public:
  Allocation(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now)
      : nodes_(nodes), rows_(nodes), candidates_(candidates.begin(), candidates.end()), now_(now) {
    grants_.resize(candidates_.size());
    admitted_.resize(candidates_.size(), false);
    for (Candidate& c : candidates_)
      if (c.cap > Milliamps()) c.cap = std::max(c.cap, c.min);
  }

  std::vector<Grant> run() {
    admit();
    share();
    round_to_steps();
    return std::move(grants_);
  }

 private:
  void admit() {
    std::vector<std::size_t> order(candidates_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return admitted_before(candidates_[a], candidates_[b], now_);
    });
    Rows for_starters(nodes_);  // the same rows less the place held for the longest-waiting one
    for (std::size_t i : order)
      if (candidates_[i].cap > Milliamps()) admit_if_it_fits(i, for_starters);
  }

  void admit_if_it_fits(std::size_t i, Rows& for_starters) {
    const Candidate& c = candidates_[i];
    if (!c.turn.on && now_ < c.turn.rest_until) return void(grants_[i] = {Milliamps(), Reason::Waiting, std::nullopt});
    const Milliamps needed = needed_to_enter(c);
    std::optional<Binding> obstacle = rows_.obstacle(c, needed);
    if (!obstacle && rank_of(c, now_) == Rank::Waiting) obstacle = for_starters.obstacle(c, needed);
    if (!obstacle) {
      admitted_[i] = true;
      rows_.take(c, c.min);
      for_starters.take(c, c.min);
      return;
    }
    grants_[i] = {Milliamps(), Reason::Waiting, obstacle};
    if (holds_a_place(c)) for_starters.take(c, needed);
  }

  /// A device that has waited a whole quantum, and that its rows could carry alone, keeps smaller ones from slipping in
  /// before it.
  [[nodiscard]] bool holds_a_place(const Candidate& c) const {
    if (rank_of(c, now_) != Rank::Waiting || now_ - c.turn.since < defaults::kRotationQuantum) return false;
    return !Rows(nodes_).obstacle(c, needed_to_enter(c));
  }

  void share() {
    std::vector<Milliamps> start;
    for (const Candidate& c : candidates_) start.push_back(c.min);
    const std::vector<Filled> filled = fill_rows(rows_, candidates_, start, admitted_);
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!admitted_[i]) continue;
      grants_[i] = {filled[i].level, filled[i].stopped_by ? Reason::Capacity : Reason::Unlimited, filled[i].stopped_by};
    }
  }

  /// Down to each device's step, and what that leaves over back to those that lost most, where there is room.
  void round_to_steps() {
    std::vector<std::size_t> order;
    std::vector<Milliamps> lost(candidates_.size());
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!admitted_[i]) continue;
      const Candidate& c = candidates_[i];
      const Milliamps stepped = std::max(c.min, grants_[i].current - grants_[i].current % c.step);
      lost[i] = grants_[i].current - stepped;
      rows_.take(c, -lost[i]);
      grants_[i].current = stepped;
      order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lost[a] > lost[b]; });
    for (std::size_t i : order) give_one_step(i, lost[i]);
  }

  void give_one_step(std::size_t i, Milliamps lost) {
    const Candidate& c = candidates_[i];
    const Milliamps next = grants_[i].current - grants_[i].current % c.step + c.step;
    if (lost == Milliamps() || next > c.cap || rows_.obstacle(c, next - grants_[i].current)) return;
    rows_.take(c, next - grants_[i].current);
    grants_[i].current = next;
  }

  std::span<const GridNode> nodes_;
  Rows rows_;
  std::vector<Candidate> candidates_;
  BootTime now_;
  std::vector<Grant> grants_;
  std::vector<bool> admitted_;
};

}  // namespace

std::vector<Grant> allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now) {
  return Allocation(nodes, candidates, now).run();
}

}  // namespace balans
