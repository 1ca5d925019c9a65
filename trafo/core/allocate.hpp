#pragma once
// Who gets how much: exact, deterministic, in integer milliamps (docs/allocation.md).
//
// Nodes form a tree. Each has a headroom per phase, and may have one for the sum of its phases (its apparent power);
// each of these is a row that grants never exceed. A candidate is one device with one setpoint: what it is granted
// counts on each of its phases in every row from its node up to the root.
//
// The same problem serves both directions: for what devices draw, and, with headrooms of the reverse flow, for what
// they feed in.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/defaults.hpp"
#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans {

inline constexpr int kNoParent = -1;
/// A row without a limit. Large enough that nothing reaches it, small enough that sums of it fit.
inline constexpr Milliamps kUnlimited = Milliamps(1'000'000'000'000);

/// The rows of one node: its phases, and their sum.
enum class Row : std::uint8_t { L1, L2, L3, Sum };
inline constexpr std::array<Row, 4> kRows{Row::L1, Row::L2, Row::L3, Row::Sum};
constexpr Row row_of(Phase phase) { return static_cast<Row>(phase); }
constexpr const char* name_of(Row row) { return row == Row::Sum ? "kVA" : name_of(static_cast<Phase>(row)); }

struct GridNode {
  int parent = kNoParent;          ///< index of a node before this one
  PerPhase<Milliamps> headroom{};  ///< what grants may add up to; below zero counts as zero
  Milliamps sum = kUnlimited;      ///< what they may add up to over the three phases together
  /// What statutory floors alone may go up to, where that is more: the emergency limit of a soft (thermal) row. A row
  /// whose value here is not above its headroom is hard.
  PerPhase<Milliamps> for_floors{};
  Milliamps sum_for_floors{};
  /// How much less there was lately. Who can wait starts only beside that: it would have to stop again.
  PerPhase<Milliamps> swing{};
};

/// How a candidate stands in the queue for a place when not all minimums fit. Carried from tick to tick.
struct Turn {
  bool on = false;        ///< it has a grant now
  BootTime since{};       ///< on or off since then
  bool idle = false;      ///< on, but has not drawn anything for a while
  BootTime rest_until{};  ///< off, and not started again before this
  bool on_fewer = false;  ///< a device that can switch phases runs on the fewer ones
  BootTime switched{};    ///< since then
  bool operator==(const Turn&) const = default;
};

struct Candidate {
  int node = 0;
  PhaseSet phases;
  PhaseSet fewer;  ///< phases of its other mode, for a device that can switch; empty: it cannot
  Milliamps min;   ///< smallest current it can run at
  Milliamps cap;   ///< the most it can use now; 0: asks for nothing; between 0 and min counts as min
  Milliamps step{1};
  std::span<const Milliamps> levels{};  ///< the only currents it can run at, ascending; empty: any on its step
  std::int64_t weight = 1;              ///< 1..2^20
  int priority = 0;                     ///< 0..255; higher ones are admitted and filled first
  Milliamps reserved;   ///< booked for it on its phases whatever it is granted: granting this much takes nothing more
  Milliamps floor;      ///< statutory: comes before all others, in soft rows up to the emergency limit
  Milliamps comfort;    ///< what it has before the rest is shared out; a volunteer is not throttled below it
  Milliamps need;       ///< what its deadline needs from now on (`deadline_current`); 0: no deadline
  Millis time_left;     ///< until the deadline
  bool unseen = false;  ///< which phases it loads shows only when it runs: until then it counts on all, and goes first
  Milliamps able;       ///< the most that what is plugged in is likely to take; 0: all it asks for
  WattHours received;   ///< in this session, for those that otherwise stand equal
  std::optional<std::int64_t> volunteers_for;  ///< price per kWh in base units: throttled before others, cheapest first
  Millis min_on = defaults::kMinOn;
  std::optional<Reason> capped_by{};  ///< whose limit `cap` is, where somebody outside has set one for this device
  Turn turn;
};

/// The row that stopped a grant.
struct Binding {
  int node = 0;
  Row row = Row::L1;
  bool operator==(const Binding&) const = default;
};

struct Grant {
  Milliamps current;  ///< on each of `phases`: 0 or within [min, cap]
  PhaseSet phases;    ///< the candidate's, or its fewer ones
  Reason reason = Reason::NotAsking;
  std::optional<Binding> binding;
  bool operator==(const Grant&) const = default;
};

/// Weights take a deadline nearer than this for that.
inline constexpr Millis kShortestDeadline = 15_min;
/// A deadline is aimed at so much too early: what is lost to cuts on the way is then still made up for.
inline constexpr Millis kFinishEarly = 10_min;
/// A device is urgent, and comes before those that can wait with all that it needs, when it could not start this much
/// later, or half as long as it needs at full power, and still be in time.
inline constexpr Millis kUrgentSlack = 60_min;

/// The current that delivers `energy` on `phases` phases at nominal voltage ten minutes before `left` is over, rounded
/// up; in less than eleven minutes what delivers it in one.
Milliamps deadline_current(WattHours energy, Millis left, int phases);

/// The turn after a grant: what the next allocation is to be given.
Turn next_turn(const Turn& turn, const Candidate& candidate, const Grant& grant, Millis min_off, BootTime now);

/// Shares out headroom. Guarantees:
///  - no row over max(0, headroom), but floors up to the emergency limit, and what is reserved;
///  - every grant 0 or within [min, max(min, cap)] and on its step or level (or at min or cap);
///  - among the admitted and before steps: weighted max-min fair and work conserving in each tier, tiers in this
///    order: floors, comfort minimums, needs of deadlines, the rest by priority, volunteers from the dearest.
/// Who is on: floors first, then whoever is within its minimum on-time, then by priority, unseen phases, critical
/// deadlines, and turn.
/// Starting takes 6/5 of the minimum as headroom, so that admission does not flutter. A device that has run for the
/// rotation quantum makes room for those that wait, longest first; the longest-waiting one that does not fit holds its
/// place, so that smaller ones cannot starve it.
///
/// O(n · depth · log n). Keeps its memory from run to run: no heap allocation once it has seen a problem of that size.
class Allocator {
 public:
  Allocator();
  ~Allocator();
  Allocator(Allocator&&) noexcept;
  Allocator& operator=(Allocator&&) noexcept;

  /// One grant per candidate, valid until the next call. A parent that is not before its node, or a node that does not
  /// exist, is broken code.
  std::span<const Grant> allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now);

  /// Fills up from `start` towards `cap` in proportion to weight, without admission, tiers or steps: what raises are
  /// cut to when part of the headroom is still in somebody's envelope. `start` is taken as given even where it exceeds
  /// a row; such rows then add nothing. Gives the level of each candidate, between start and max(start, cap), valid
  /// until the next call.
  std::span<const Milliamps> fill(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                                  std::span<const Milliamps> start);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

/// The same for once.
std::vector<Grant> allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now);
std::vector<Milliamps> fill(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                            std::span<const Milliamps> start);

}  // namespace balans
