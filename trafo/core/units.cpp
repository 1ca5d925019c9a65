#include "trafo/core/units.hpp"

#include <algorithm>

#include "trafo/core/steps.hpp"

namespace balans::allocating {
namespace {

/// Standing in the queue among equals; lower first.
enum class Rank : std::uint8_t {
  Running,   ///< on, and its quantum is not over
  Waiting,   ///< off and asking
  Overstay,  ///< on for longer than the quantum: runs on only beside those that wait
  Patient,   ///< off and asking, with a deadline that leaves it time
  Idle,      ///< on but not drawing
};

Rank rank_of(const Candidate& c, const std::optional<Millis>& slack, BootTime now) {
  const Turn& turn = c.turn;
  if (!turn.on) return is_patient(c, slack) ? Rank::Patient : Rank::Waiting;
  if (turn.idle) return Rank::Idle;
  const bool cannot_pause = c.need > Milliamps() && c.need >= c.min;  // without rest its minimum is just enough
  if (cannot_pause) return Rank::Running;
  return now - turn.since < defaults::kRotationQuantum ? Rank::Running : Rank::Overstay;
}

constexpr Millis kSlackGrain = Millis(60'000);     // finer differences do not change the order
constexpr Millis kHopeless = 5_min;                // a need that comes out so much too late, or a tenth, is lost
constexpr Millis kRunningSlack = Millis(300'000);  // a running one has so much more claim: nothing flutters

/// The queue of those that cannot wait.
std::uint64_t urgency(const Candidate& c, Millis slack) {
  const Millis counted = std::max(Millis(), slack - (c.turn.on ? kRunningSlack : Millis()));
  return static_cast<std::uint64_t>(counted.count() / kSlackGrain.count());
}

}  // namespace

std::optional<Millis> slack_of(const Candidate& c) {
  const std::int64_t cap = std::max(c.able > Milliamps() ? std::min(c.able, c.cap) : c.cap, c.min).count();
  if (c.need <= Milliamps() || c.cap <= Milliamps()) return std::nullopt;
  // `need` aims at an early end; what is left of the energy at full power is need / cap of the time until then.
  const Millis aimed_at = std::max(c.time_left - kFinishEarly, 1_min);
  const Millis takes = Millis(aimed_at.count() * c.need.count() / cap);
  if (takes > c.time_left + std::max(kHopeless, c.time_left / 10)) return std::nullopt;
  return std::max(Millis(), c.time_left - takes);
}

bool is_urgent(const Candidate& c, const std::optional<Millis>& slack) {
  return slack && *slack <= std::max(kUrgentSlack, (c.time_left - *slack) / 2);
}

std::uint64_t claim_of(const Candidate& c, const std::optional<Millis>& slack, BootTime now) {
  constexpr std::int64_t kMiddle = std::int64_t{1} << 45;  // ms; far longer than any machine runs
  const Rank rank = rank_of(c, slack, now);
  const std::int64_t since = std::clamp(c.turn.since.ms(), 1 - kMiddle, kMiddle - 1);
  std::int64_t waited = rank == Rank::Waiting ? kMiddle + since : kMiddle - since;
  if (rank == Rank::Patient) waited = std::min(slack->count(), 2 * kMiddle - 1);
  const std::uint64_t first = (c.floor > Milliamps() ? 0 : kNoFloor) | static_cast<std::uint64_t>(255 - c.priority)
                                                                           << 50;
  if (c.unseen) return first;
  if (is_urgent(c, slack)) return first | urgency(c, *slack);
  return first | std::uint64_t{1} << 49 | static_cast<std::uint64_t>(rank) << 46 | static_cast<std::uint64_t>(waited);
}

std::uint64_t tie_of(const Candidate& c) {
  constexpr std::int64_t kMost = 0xffff'ffff;
  const std::int64_t time_left_s = c.need > Milliamps() ? c.time_left.count() / 1000 : kMost;
  const std::int64_t received = c.received == WattHours() ? 0 : c.received.count() / c.weight;
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(time_left_s, 0, kMost)) << 32 |
         static_cast<std::uint64_t>(std::clamp<std::int64_t>(received, 0, kMost));
}

std::uint32_t group_of(const Candidate& c) {
  constexpr std::int64_t kVolunteers = 1000;
  constexpr std::int64_t kDearest = 0x7fff'ffff;  // two thousand euros a kWh; whoever asks more asks this
  if (!c.volunteers_for) return static_cast<std::uint32_t>(255 - c.priority);
  return static_cast<std::uint32_t>(kVolunteers + kDearest - std::clamp<std::int64_t>(*c.volunteers_for, 0, kDearest));
}

std::int64_t needed_to_enter(const Candidate& c, PhaseSet phases, BootTime now) {
  const bool continues = c.turn.on && (phases == phases_now(c) || phases == c.fewer);
  const bool has_waited = !c.turn.on && now - c.turn.since >= defaults::kRotationQuantum;
  // It goes on, or it cannot flutter any more.
  if (continues || has_waited || c.unseen) return c.min.count();
  return c.min.count() * defaults::kStartNumerator / defaults::kStartDenominator;
}

PhaseSet phases_now(const Candidate& c) {
  return c.turn.on && c.turn.on_fewer && !c.fewer.empty() ? c.fewer : c.phases;
}

void Units::reset(const Rows& rows, std::span<const Candidate> candidates, BootTime now) {
  lay_out(rows, candidates);
  units_.resize(candidates.size());
  features_ = {};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& c = candidates[i];
    const std::optional<Millis> slack = slack_of(c);
    Unit& unit = units_[layout_[static_cast<std::size_t>(c.node)].next_own++];
    unit = Unit{};
    unit.candidate = static_cast<std::uint32_t>(i);
    unit.node = c.node;
    unit.phases = c.phases;
    unit.min = c.min.count();
    unit.cap = c.cap > Milliamps() ? std::max(c.cap, c.min).count() : 0;
    unit.step = c.step.count();
    unit.reserved = c.reserved.count();
    unit.weight = c.weight;
    unit.on = c.turn.on;
    unit.rests = !c.turn.on && now < c.turn.rest_until;
    unit.settles = c.turn.on && !c.turn.idle && now - c.turn.since < c.min_on;
    unit.owed = c.floor > Milliamps();
    unit.switches = !c.fewer.empty();
    unit.enter = needed_to_enter(c, c.phases, now);
    if (is_urgent(c, slack)) unit.urgent = down_to_step(c, std::min(unit.cap, c.need.count()));
    unit.careful = !unit.on && !unit.owed && !c.unseen && is_patient(c, slack);
    unit.claim = claim_of(c, slack, now);
    unit.tie = tie_of(c);
    unit.group = group_of(c);
    note(c, candidates[0]);
  }
}

/// A counting sort by node in depth-first order: a node's own units first, then those below each child.
void Units::lay_out(const Rows& rows, std::span<const Candidate> candidates) {
  const std::size_t nodes = rows.nodes();
  layout_.assign(nodes, Layout{});
  below_.assign(nodes, Range{});
  for (const Candidate& c : candidates) {
    BALANS_CHECK(c.node >= 0 && c.node < static_cast<int>(nodes));
    ++layout_[static_cast<std::size_t>(c.node)].own;
  }
  // Children come after their parents: sizes from the back, in `end`; places from the front.
  for (std::size_t v = nodes; v-- > 0;) {
    below_[v].end += layout_[v].own;
    if (const int parent = rows.parent(static_cast<int>(v)); parent != kNoParent)
      below_[static_cast<std::size_t>(parent)].end += below_[v].end;
  }
  std::size_t next_root = 0;
  for (std::size_t v = 0; v < nodes; ++v) {
    const int parent = rows.parent(static_cast<int>(v));
    std::size_t& next = parent == kNoParent ? next_root : layout_[static_cast<std::size_t>(parent)].next_child;
    below_[v] = {next, next + below_[v].end};
    next = below_[v].end;
    layout_[v].next_own = below_[v].begin;
    layout_[v].next_child = below_[v].begin + layout_[v].own;
  }
}

void Units::note(const Candidate& c, const Candidate& first) {
  features_.reserved |= c.reserved > Milliamps();
  features_.floors |= c.floor > Milliamps();
  features_.comfort |= c.comfort > Milliamps();
  features_.needs |= c.need > Milliamps();
  features_.levels |= !c.levels.empty();
  features_.groups |= c.priority != first.priority || c.volunteers_for != first.volunteers_for;
}

}  // namespace balans::allocating
