#pragma once
// The candidates in the order of the tree, so that those below a node lie side by side.

#include <optional>
#include <span>
#include <vector>

#include "trafo/core/rows.hpp"

namespace balans::allocating {

/// One candidate on its way to a grant, with what every tier asks of it.
struct Unit {
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);

  std::uint32_t candidate = 0;
  std::uint32_t stopped_by = kNone;  ///< row
  int node = 0;
  PhaseSet phases;
  bool admitted = false;
  bool rising = false;   ///< in the tier that is being filled
  bool limited = false;  ///< did not reach its cap, before steps
  bool on = false;
  bool rests = false;       ///< off, and not to be started yet
  bool settles = false;     ///< on for less than its minimum on-time
  bool owed = false;        ///< a statutory floor
  bool careful = false;     ///< starts only where there is room for it at all times
  bool switches = false;    ///< between phases
  std::uint64_t claim = 0;  ///< place in the queue, smaller comes first (`claim_of`)
  std::uint64_t tie = 0;    ///< where claims are equal (`tie_of`)
  std::uint32_t group = 0;  ///< with which it shares the rest, lower ones first (`group_of`)
  // mA
  std::int64_t min = 0;
  std::int64_t cap = 0;  ///< max(min, cap), 0 when it asks for nothing
  std::int64_t step = 1;
  std::int64_t reserved = 0;
  std::int64_t enter = 0;   ///< what must be free for it to have its phases
  std::int64_t urgent = 0;  ///< what its deadline needs, when that cannot wait; else 0
  std::int64_t level = 0;   ///< granted so far
  std::int64_t target = 0;  ///< the cap in this tier
  std::int64_t weight = 1;  ///< its speed in this tier

  /// mA; what granting `current` takes from the rows beside what is reserved anyway.
  [[nodiscard]] std::int64_t cost(std::int64_t current) const { return std::max(current, reserved) - reserved; }
};

/// Where the minimum on-time stands in a claim: above priority, below floors.
inline constexpr std::uint64_t kDoesNotSettle = std::uint64_t{1} << 61;
inline constexpr std::uint64_t kNoFloor = std::uint64_t{1} << 62;
/// Floors, and those within their minimum on-time.
constexpr bool is_protected(std::uint64_t claim) { return (claim & kNoFloor) == 0 || (claim & kDoesNotSettle) == 0; }

/// The place of a candidate in the queue, smaller first: floors, minimum on-time (not set here), priority, unseen
/// phases, deadlines that cannot wait by how soon they are lost, turn, and then those that wait longest and those that
/// run shortest.
std::uint64_t claim_of(const Candidate& c, const std::optional<Millis>& slack, BootTime now);

/// Where claims are equal: the time left until the deadline, then the energy received per weight.
std::uint64_t tie_of(const Candidate& c);

/// Those that share the rest: by priority, then volunteers, dearest first.
std::uint32_t group_of(const Candidate& c);

/// How much later it could start and still meet its deadline at full power; nothing where there is no deadline, or
/// where it is lost: a need that nobody can meet earns no precedence.
std::optional<Millis> slack_of(const Candidate& c);

/// It has to have what it needs from now on.
bool is_urgent(const Candidate& c, const std::optional<Millis>& slack);

/// Its deadline leaves it time: it displaces nobody, and starts where it need not stop again.
inline bool is_patient(const Candidate& c, const std::optional<Millis>& slack) { return slack && !is_urgent(c, slack); }

/// What must be free for it to enter on `phases`, mA.
std::int64_t needed_to_enter(const Candidate& c, PhaseSet phases, BootTime now);

/// The phases it runs on, or would.
PhaseSet phases_now(const Candidate& c);

/// What lies below one node, as a range of units.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Whether anybody has what a tier is for.
struct Features {
  bool reserved = false;
  bool floors = false;
  bool comfort = false;
  bool needs = false;
  bool levels = false;
  bool groups = false;  ///< not all stand equal for the rest
};

class Units {
 public:
  void reset(const Rows& rows, std::span<const Candidate> candidates, BootTime now);

  Unit& operator[](std::size_t i) { return units_[i]; }
  [[nodiscard]] std::size_t size() const { return units_.size(); }
  auto begin() { return units_.begin(); }
  auto end() { return units_.end(); }
  [[nodiscard]] Range below(int node) const { return below_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] const Features& features() const { return features_; }

 private:
  /// Of one node, while the units are laid out.
  struct Layout {
    std::size_t own = 0;         ///< units at the node itself
    std::size_t next_own = 0;    ///< where the next of them goes
    std::size_t next_child = 0;  ///< where the range of its next child begins
  };
  void lay_out(const Rows& rows, std::span<const Candidate> candidates);
  void note(const Candidate& c, const Candidate& first);

  std::vector<Unit> units_;
  std::vector<Range> below_;
  std::vector<Layout> layout_;
  Features features_;
};

}  // namespace balans::allocating
