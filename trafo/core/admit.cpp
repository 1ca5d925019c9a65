#include "trafo/core/admit.hpp"

#include <algorithm>

#include "trafo/core/steps.hpp"

namespace balans::allocating {
namespace {

/// Contactors and cars are spared: back to all phases only after a while on the fewer ones.
bool may_use_all_phases(const Candidate& c, BootTime now) {
  return c.fewer.empty() || !c.turn.on || !c.turn.on_fewer || now - c.turn.switched >= defaults::kPhaseSwitchDwell;
}

/// mA; the statutory floor as a current it can run at: 4.2 kW are 6.09 A, not 6.
std::int64_t floor_share(const Candidate& c, std::int64_t cap) {
  return std::clamp(up_to_step(c, c.floor.count()), c.min.count(), down_to_step(c, cap));
}

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// The first row on the way up that cannot carry `current` more.
std::size_t obstacle(const Unit& unit, PhaseSet phases, std::int64_t current, Rows& rows) {
  std::size_t found = kNowhere;
  rows.each(unit.node, phases, [&](std::size_t index, const RowState& row, std::int64_t a) {
    const RowLimits& limits = rows.limits(index);
    std::int64_t free = unit.on ? row.free : row.free - limits.held;
    // What those that run could take anyway is not lost by waiting.
    if (unit.careful) free -= std::min(limits.swing, limits.absorbed);
    if (found == kNowhere && free < a * current) found = index;
  });
  return found;
}

}  // namespace

void Admission::admit(Units& units, Rows& rows, std::span<const Candidate> candidates, BootTime now) {
  candidates_ = candidates;
  now_ = now;
  if (admit_all(units, rows)) return;
  find_short_rows(units, rows);
  line_up(units, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].wanted = 0;
  // Floors and those within their minimum on-time have their first share before anybody has more.
  const auto rest = std::find_if(order_.begin(), order_.end(), [](const Place& p) { return !is_protected(p.claim); });
  for (auto next = order_.begin(); next != rest; ++next) admit_one(units[next->unit], rows);
  for (auto next = order_.begin(); next != rest; ++next) hold_need(units[next->unit], rows);
  for (auto next = rest; next != order_.end(); ++next) {
    admit_one(units[next->unit], rows);
    hold_need(units[next->unit], rows);
  }
  give_back_needs(units, rows);
}

/// When all that ask fit, nobody's order matters. `wanted` sums up what they need to enter, `weight` what they then
/// take.
bool Admission::admit_all(Units& units, Rows& rows) {
  bool starts = false;
  for (Unit& unit : units) {
    if (unit.cap == 0 || unit.rests) continue;
    std::int64_t enter = unit.enter;
    if (unit.switches && !may_use_all_phases(candidate(unit), now_)) {
      unit.phases = candidate(unit).fewer;
      enter = unit.min;
    }
    unit.admitted = true;
    starts = starts || unit.careful;
    unit.level = unit.owed ? floor_share(candidate(unit), unit.cap) : unit.min;
    const std::int64_t taken = unit.cost(unit.level);
    const std::int64_t needed = std::max(taken, unit.cost(enter));
    rows.each_own(unit.node, unit.phases, [&](std::size_t, RowState& row, std::int64_t a) {
      row.wanted += a * needed;
      row.weight += a * taken;
    });
  }
  rows.sum_up();
  bool fits = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t swing = starts ? rows.limits(i).swing : 0;
    fits = fits && rows[i].wanted <= rows[i].free - swing;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (fits) rows[i].free -= rows[i].weight;
    rows[i].wanted = rows[i].weight = 0;
  }
  return fits;
}

/// Leaves in each row's `wanted` what those that run want at least. A row that has less is short.
void Admission::find_short_rows(Units& units, Rows& rows) {
  for (Unit& unit : units) {
    unit.admitted = false;
    unit.level = 0;
    if (unit.switches) unit.phases = candidate(unit).phases;
    if (unit.cap == 0 || !unit.on) continue;
    const std::int64_t least = unit.cost(unit.min);
    const PhaseSet phases = unit.switches ? phases_now(candidate(unit)) : unit.phases;
    rows.each_own(unit.node, phases, [&](std::size_t, RowState& row, std::int64_t a) { row.wanted += a * least; });
  }
  rows.sum_up();
}

/// Those that ask, in the order of their claims; where these are equal, by what is left of their time and by what they
/// have had.
void Admission::line_up(Units& units, Rows& rows) {
  order_.clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit& unit = units[i];
    if (unit.cap == 0 || unit.rests) continue;
    const std::uint64_t claim = unit.claim | (stays(unit, rows) ? 0 : kDoesNotSettle);
    order_.push_back({claim, unit.tie, unit.candidate, static_cast<std::uint32_t>(i)});
  }
  std::sort(order_.begin(), order_.end());
}

/// Within its minimum on-time. An emergency overrides that: those in a short row have to fear. Floors compete only
/// above an emergency limit, and there by priority.
bool Admission::stays(const Unit& unit, Rows& rows) const {
  bool stays = unit.settles && !unit.owed;
  if (stays)
    rows.each(unit.node, unit.switches ? phases_now(candidate(unit)) : unit.phases,
              [&](std::size_t, const RowState& row, std::int64_t) { stays = stays && row.wanted <= row.free; });
  return stays;
}

void Admission::admit_one(Unit& unit, Rows& rows) {
  const Candidate& c = candidate(unit);
  const bool may_use_all = !unit.switches || may_use_all_phases(c, now_);
  if (unit.owed) {
    if (may_use_all && enter_with_floor(unit, unit.phases, rows)) return;
    if (unit.switches && enter_with_floor(unit, c.fewer, rows)) return;
  }
  if (may_use_all && enter(unit, unit.phases, unit.enter, rows)) return;
  if (unit.switches && enter(unit, c.fewer, needed_to_enter(c, c.fewer, now_), rows)) return;
  hold_place(unit, rows);
}

void Admission::take_place(Unit& unit, PhaseSet phases, std::int64_t level, Rows& rows) {
  const std::int64_t taken = unit.cost(level);
  unit.admitted = true;
  unit.phases = phases;
  unit.level = level;
  unit.stopped_by = Unit::kNone;
  rows.each(unit.node, phases, [&](std::size_t index, RowState& row, std::int64_t a) {
    row.free -= a * taken;
    rows.limits(index).for_floors -= a * taken;
    rows.limits(index).absorbed += a * (unit.cap - level);
  });
}

bool Admission::enter(Unit& unit, PhaseSet phases, std::int64_t needed, Rows& rows) {
  const std::size_t found = obstacle(unit, phases, unit.cost(needed), rows);
  if (found != kNowhere) {
    unit.stopped_by = static_cast<std::uint32_t>(found);
    return false;
  }
  take_place(unit, phases, unit.min, rows);
  return true;
}

/// A floor may go up to the emergency limit; where that is not enough the last ones get what is there.
bool Admission::enter_with_floor(Unit& unit, PhaseSet phases, Rows& rows) {
  const Candidate& c = candidate(unit);
  std::int64_t room = kUnlimited.count();
  rows.each(unit.node, phases, [&](std::size_t index, const RowState&, std::int64_t a) {
    room = std::min(room, rows.limits(index).for_floors / a);
  });
  const bool returns = c.turn.on && phases != phases_now(c) && phases == c.phases;
  if (returns && room < unit.cost(needed_to_enter(c, phases, now_))) return false;
  const std::int64_t owed = floor_share(c, unit.cap);
  const std::int64_t level = unit.cost(owed) <= room ? owed : down_to_step(c, room + unit.reserved);
  if (unit.cost(level) > room) return false;
  take_place(unit, phases, level, rows);
  return true;
}

/// Those that can wait are not let in on what an urgent deadline needs. It gets that in the tier of needs; until then
/// it is kept for it, in `target`.
void Admission::hold_need(Unit& unit, Rows& rows) {
  if (!unit.admitted || unit.urgent <= unit.level) return;
  std::int64_t more = unit.cost(unit.urgent) - unit.cost(unit.level);
  rows.each(unit.node, unit.phases,
            [&](std::size_t, const RowState& row, std::int64_t a) { more = std::min(more, row.free / a); });
  unit.target = std::max<std::int64_t>(0, more);
  rows.take(unit.node, unit.phases, unit.target);
}

void Admission::give_back_needs(Units& units, Rows& rows) {
  for (Unit& unit : units) {
    if (unit.target > 0) rows.take(unit.node, unit.phases, -unit.target);
    unit.target = 0;
  }
}

/// One that has waited a whole quantum, and that its rows could carry alone, keeps smaller ones from slipping in before
/// it.
void Admission::hold_place(const Unit& unit, Rows& rows) {
  if (unit.on || now_ - candidate(unit).turn.since < defaults::kRotationQuantum) return;
  const std::int64_t needed = unit.cost(unit.min);
  bool alone = true;
  rows.each(unit.node, unit.phases, [&](std::size_t index, const RowState&, std::int64_t a) {
    alone = alone && rows.limits(index).alone >= a * needed;
  });
  if (!alone) return;
  rows.each(unit.node, unit.phases,
            [&](std::size_t index, const RowState&, std::int64_t a) { rows.limits(index).held += a * needed; });
}

}  // namespace balans::allocating
