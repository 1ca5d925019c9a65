#pragma once
// Nobody waits beyond the bound, judged by registers and by what flows, never by the controller's books.
//
// A device waits while it asks, and its register holds it below its minimum. The seconds count in which its rows could
// carry it alone beside their base load (where no meter shows it: their design peak), every agent is reached and heard,
// and every meter shows the truth. They start anew when it has had its minimum for a minute, when it stops asking, and
// when the controller starts. They are at most one quantum, and a minute to hand over, for each of the devices that
// load the row with the most of them.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/twin/world.hpp"

namespace balans::soak {

/// How long devices have waited.
struct Waited {
  Millis longest;
  std::int64_t percent_of_bound = 0;  ///< the most that anybody has used of theirs
  std::int64_t device_seconds = 0;
  std::int64_t turns = 0;        ///< waits that ended with current
  std::int64_t short_turns = 0;  ///< current that ended within the minimum on-time while its device still asked

  Waited& operator+=(const Waited& other);
};

class Waiting {
 public:
  explicit Waiting(const twin::World& world);

  /// After each second. Nothing, or who has waited for too long.
  std::optional<std::string> look(const twin::World& world);
  [[nodiscard]] const Waited& waited() const { return waited_; }

 private:
  struct Line {
    Millis waited;  ///< since it last ran
    Millis ran;     ///< since it last waited
    Millis bound;
  };
  static constexpr std::size_t kRows = 4;  // L1 L2 L3 sum

  [[nodiscard]] bool undisturbed(const twin::World& world) const;
  [[nodiscard]] PerPhase<Milliamps> base_to_reckon_with(const twin::World& world, std::size_t node) const;
  void note_base(const twin::World& world);
  [[nodiscard]] bool could_run_alone(const twin::World& world, std::size_t agent) const;
  [[nodiscard]] Millis bound_of(const twin::World& world, std::size_t agent) const;
  std::optional<std::string> look_at(const twin::World& world, std::size_t agent, bool counts);

  std::vector<Line> lines_;
  std::vector<PerPhase<Milliamps>> highest_;  ///< base load of each node lately, falling slowly
  twin::WorldTime disturbed_{};
  std::uint64_t epoch_ = 0;
  Waited waited_;
};

}  // namespace balans::soak
