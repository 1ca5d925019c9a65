#include "trafo/core/allocate.hpp"

#include <algorithm>
#include <numeric>

#include "common/defaults.hpp"
#include "trafo/core/fill.hpp"

namespace balans {
namespace {

/// Order of admission among those that are owed a floor, and then among the others; lower first.
enum class Rank : std::uint8_t {
  Running,   ///< on, and its quantum is not over
  Waiting,   ///< off and asking
  Overstay,  ///< on for longer than the quantum: runs on only beside those that wait
  Idle,      ///< on but not drawing
};

Rank rank_of(const Candidate& c, BootTime now) {
  if (!c.turn.on) return Rank::Waiting;
  if (c.turn.idle) return Rank::Idle;
  return now - c.turn.since < defaults::kRotationQuantum ? Rank::Running : Rank::Overstay;
}

/// Those that wait: longest first. Those that run: latest started first, so that the longest run ends first.
bool admitted_before(const Candidate& a, const Candidate& b, BootTime now) {
  const bool a_is_owed = a.floor > Milliamps();
  if (a_is_owed != (b.floor > Milliamps())) return a_is_owed;
  const Rank rank_a = rank_of(a, now);
  const Rank rank_b = rank_of(b, now);
  if (rank_a != rank_b) return rank_a < rank_b;
  return rank_a == Rank::Waiting ? a.turn.since < b.turn.since : a.turn.since > b.turn.since;
}

Milliamps needed_to_enter(const Candidate& c) {
  return c.turn.on ? c.min : c.min * defaults::kStartNumerator / defaults::kStartDenominator;
}

/// What granting `current` takes from the rows of `c`.
Milliamps cost(const Candidate& c, Milliamps current) { return std::max(current, c.reserved); }

/// The rows with what is reserved for each already taken.
Rows rows_for(std::span<const GridNode> nodes, std::span<const Candidate> candidates) {
  Rows rows(nodes);
  for (const Candidate& c : candidates) rows.take(c, c.reserved);
  return rows;
}

class Allocation {
 public:
  Allocation(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now)
      : untouched_(rows_for(nodes, candidates)),
        rows_(untouched_),
        candidates_(candidates.begin(), candidates.end()),
        now_(now) {
    grants_.resize(candidates_.size());
    admitted_.resize(candidates_.size(), false);
    start_.resize(candidates_.size());
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
    Rows for_starters = untouched_;  // the same rows less the place held for the longest-waiting one
    for (std::size_t i : order)
      if (candidates_[i].cap > Milliamps()) admit_if_it_fits(i, for_starters);
  }

  void admit_if_it_fits(std::size_t i, Rows& for_starters) {
    const Candidate& c = candidates_[i];
    if (!c.turn.on && now_ < c.turn.rest_until) return void(grants_[i] = {Milliamps(), Reason::Waiting, std::nullopt});
    const Milliamps needed = cost(c, needed_to_enter(c)) - c.reserved;
    std::optional<Binding> obstacle = rows_.obstacle(c, needed);
    if (!obstacle && rank_of(c, now_) == Rank::Waiting) obstacle = for_starters.obstacle(c, needed);
    if (!obstacle) {
      admitted_[i] = true;
      start_[i] = first_share(c);
      rows_.take(c, cost(c, start_[i]) - c.reserved);
      for_starters.take(c, cost(c, start_[i]) - c.reserved);
      return;
    }
    grants_[i] = {Milliamps(), Reason::Waiting, obstacle};
    if (holds_a_place(c)) for_starters.take(c, needed);
  }

  /// What it has before the rest is shared out: its statutory floor where its rows can carry that, else its minimum.
  Milliamps first_share(const Candidate& c) {
    const Milliamps on_step = (c.floor + c.step - Milliamps(1)) / c.step.count() * c.step.count();  // up: 6.09 A, not 6
    if (on_step <= c.min || on_step > c.cap || rows_.obstacle(c, cost(c, on_step) - c.reserved)) return c.min;
    return on_step;
  }

  /// A device that has waited a whole quantum, and that its rows could carry alone, keeps smaller ones from slipping in
  /// before it.
  [[nodiscard]] bool holds_a_place(const Candidate& c) {
    if (rank_of(c, now_) != Rank::Waiting || now_ - c.turn.since < defaults::kRotationQuantum) return false;
    return !untouched_.obstacle(c, cost(c, needed_to_enter(c)) - c.reserved);
  }

  void share() {
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      start_[i] = std::max(start_[i], std::min(candidates_[i].cap, candidates_[i].reserved));
    const std::vector<Filled> filled = fill_rows(rows_, candidates_, start_, admitted_);
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
      rows_.take(c, cost(c, stepped) - cost(c, grants_[i].current));
      grants_[i].current = stepped;
      order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lost[a] > lost[b]; });
    for (std::size_t i : order) give_one_step(i, lost[i]);
  }

  void give_one_step(std::size_t i, Milliamps lost) {
    const Candidate& c = candidates_[i];
    const Milliamps next = grants_[i].current - grants_[i].current % c.step + c.step;
    const Milliamps more = cost(c, next) - cost(c, grants_[i].current);
    if (lost == Milliamps() || next > c.cap || rows_.obstacle(c, more)) return;
    rows_.take(c, more);
    grants_[i].current = next;
  }

  Rows untouched_;
  Rows rows_;
  std::vector<Candidate> candidates_;
  BootTime now_;
  std::vector<Grant> grants_;
  std::vector<bool> admitted_;
  std::vector<Milliamps> start_;  ///< of the admitted: what they have before the rest is shared out
};

}  // namespace

std::vector<Grant> allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now) {
  return Allocation(nodes, candidates, now).run();
}

}  // namespace balans
