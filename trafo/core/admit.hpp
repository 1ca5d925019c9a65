#pragma once
// Who is on: minimums, floors, turns.

#include <vector>

#include "trafo/core/units.hpp"

namespace balans::allocating {

class Admission {
 public:
  /// Admits units in order of their claims while their minimums fit, gives each its first share (its floor, else its
  /// minimum), takes that from `rows`, and says of the others which row stops them.
  void admit(Units& units, Rows& rows, std::span<const Candidate> candidates, BootTime now);

 private:
  /// A unit in the queue.
  struct Place {
    std::uint64_t claim = 0;
    std::uint64_t tie = 0;
    std::uint32_t candidate = 0;
    std::uint32_t unit = 0;

    friend bool operator<(const Place& a, const Place& b) {
      if (a.claim != b.claim) return a.claim < b.claim;
      return a.tie != b.tie ? a.tie < b.tie : a.candidate < b.candidate;
    }
  };

  bool admit_all(Units& units, Rows& rows);
  void find_short_rows(Units& units, Rows& rows);
  void line_up(Units& units, Rows& rows);
  [[nodiscard]] bool stays(const Unit& unit, Rows& rows) const;
  void admit_one(Unit& unit, Rows& rows);
  bool enter(Unit& unit, PhaseSet phases, std::int64_t needed, Rows& rows);
  bool enter_with_floor(Unit& unit, PhaseSet phases, Rows& rows);
  void take_place(Unit& unit, PhaseSet phases, std::int64_t level, Rows& rows);
  void hold_need(Unit& unit, Rows& rows);
  void give_back_needs(Units& units, Rows& rows);
  void hold_place(const Unit& unit, Rows& rows);
  [[nodiscard]] const Candidate& candidate(const Unit& unit) const { return candidates_[unit.candidate]; }

  std::span<const Candidate> candidates_;
  BootTime now_{};
  std::vector<Place> order_;
};

}  // namespace balans::allocating
