#include "trafo/core/allocate.hpp"

#include <algorithm>

#include "trafo/core/admit.hpp"
#include "trafo/core/fill.hpp"
#include "trafo/core/steps.hpp"

namespace balans {

using allocating::Rows;
using allocating::RowState;
using allocating::Unit;

/// Everything a run needs, kept for the next.
struct Allocator::Work {
  std::span<const Candidate> candidates;
  allocating::Rows rows;
  allocating::Units units;
  allocating::Admission admission;
  allocating::Filling filling;
  std::vector<Grant> grants;
  std::vector<Milliamps> levels;
  std::vector<std::size_t> rising;  ///< units of one tier, ascending

  std::vector<std::uint64_t> rest;  ///< those that share the rest: group and unit, in one number for sorting

  /// One that has lost something to its step.
  struct Lost {
    std::int64_t time_left = 0;
    std::int64_t gained = 0;  ///< mA; minus what it lost
    std::size_t candidate = 0;
    std::size_t unit = 0;
    auto operator<=>(const Lost&) const = default;
  };
  std::vector<Lost> lost;

  [[nodiscard]] const Candidate& candidate(const Unit& unit) const { return candidates[unit.candidate]; }

  void set_up(std::span<const GridNode> nodes, std::span<const Candidate> all, BootTime now);
  void reserve();
  void share();
  void note_debts();
  void raise_to_comfort();
  void raise_to_needs();
  enum class Who : std::uint8_t { Everybody, WithoutLevels };
  bool is_blocked(Unit& unit);
  void share_rest(Who who);
  void round_to_levels();
  void round_to_steps();
  bool has_room(const Unit& unit, std::int64_t more);
  void give_steps();
  void check_rows();
  void write_grants();
};

namespace {

constexpr std::int64_t kMaxWeight = std::int64_t{1} << 20;
constexpr std::int64_t kDeadlineScale = 16;  // keeps the weights of slow needs apart

/// ω·(E/T)/T, in [1, 2^20].
std::int64_t deadline_weight(const Candidate& c) {
  const std::int64_t minutes = std::max(c.time_left, kShortestDeadline).count() / 60'000;
  const std::int64_t urgency = c.need.count() * kDeadlineScale / minutes;
  return std::clamp(urgency > kMaxWeight / c.weight ? kMaxWeight : urgency * c.weight, std::int64_t{1}, kMaxWeight);
}

Reason reason_of(const Unit& unit) {
  if (unit.cap == 0) return Reason::NotAsking;
  if (!unit.admitted) return Reason::Waiting;
  return unit.limited ? Reason::Capacity : Reason::Unlimited;
}

}  // namespace

void Allocator::Work::set_up(std::span<const GridNode> nodes, std::span<const Candidate> all, BootTime now) {
  candidates = all;
  rows.reset(nodes);
  units.reset(rows, all, now);
}

void Allocator::Work::reserve() {
  if (!units.features().reserved) return;
  for (const Unit& unit : units)
    rows.each(unit.node, unit.phases, [&](std::size_t index, RowState& row, std::int64_t a) {
      row.free -= a * unit.reserved;
      rows.limits(index).for_floors -= a * unit.reserved;
    });
  for (std::size_t i = 0; i < rows.size(); ++i) rows.limits(i).alone = rows[i].free;
}

void Allocator::Work::share() {
  note_debts();
  if (units.features().comfort) raise_to_comfort();
  if (units.features().needs) raise_to_needs();
  share_rest(Who::Everybody);
  for (Unit& unit : units) unit.limited = unit.level < unit.cap;
  if (units.features().levels) round_to_levels();
  round_to_steps();
  give_steps();
  check_rows();
}

/// Floors and reservations may have gone over; and what is reserved for a device costs nothing.
void Allocator::Work::note_debts() {
  const allocating::Features& features = units.features();
  if (!features.reserved && !features.floors) return;
  for (std::size_t i = 0; i < rows.size(); ++i) rows.limits(i).debt = std::min<std::int64_t>(0, rows[i].free);
  for (Unit& unit : units)
    if (unit.admitted) unit.level = std::max(unit.level, std::min(unit.cap, unit.reserved));
}

void Allocator::Work::raise_to_comfort() {
  rising.clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    Unit& unit = units[i];
    unit.target = std::min(unit.cap, candidate(unit).comfort.count());
    if (unit.admitted && unit.target > unit.level) rising.push_back(i);
  }
  filling.fill(units, rows, rising);
}

void Allocator::Work::raise_to_needs() {
  rising.clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    Unit& unit = units[i];
    const Candidate& c = candidate(unit);
    if (!unit.admitted || std::min(unit.cap, c.need.count()) <= unit.level) continue;
    unit.target = std::min(unit.cap, c.need.count());
    unit.weight = deadline_weight(c);
    rising.push_back(i);
  }
  filling.fill(units, rows, rising);
  for (std::size_t i : rising) units[i].weight = candidate(units[i]).weight;
}

/// Where earlier groups have left nothing in a row, those that load it need not be filled to find that out.
bool Allocator::Work::is_blocked(Unit& unit) {
  std::uint32_t first = Unit::kNone;
  rows.each(unit.node, unit.phases, [&](std::size_t index, const RowState& row, std::int64_t) {
    if (row.free <= 0) first = std::min(first, static_cast<std::uint32_t>(index));
  });
  if (first == Unit::kNone) return false;
  unit.stopped_by = first;
  return true;
}

void Allocator::Work::share_rest(Who who) {
  rising.clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    Unit& unit = units[i];
    unit.target = unit.cap;
    if (!unit.admitted || unit.cap <= unit.level) continue;
    if (who == Who::Everybody || candidate(unit).levels.empty()) rising.push_back(i);
  }
  if (!units.features().groups) return filling.fill(units, rows, rising);
  rest.clear();
  for (std::size_t i : rising) rest.push_back(std::uint64_t{units[i].group} << 32 | i);
  std::sort(rest.begin(), rest.end());
  for (std::size_t next = 0; next < rest.size();) {
    const std::uint64_t group = rest[next] >> 32;
    rising.clear();
    for (; next < rest.size() && rest[next] >> 32 == group; ++next)
      if (const std::size_t i = rest[next] & 0xffff'ffff; !is_blocked(units[i])) rising.push_back(i);
    filling.fill(units, rows, rising);
  }
}

/// What devices with few levels leave over is shared out among the others.
void Allocator::Work::round_to_levels() {
  bool left_over = false;
  for (Unit& unit : units) {
    if (!unit.admitted || candidate(unit).levels.empty()) continue;
    const std::int64_t stepped = allocating::down_to_step(candidate(unit), unit.level);
    left_over = left_over || stepped < unit.level;
    rows.take(unit.node, unit.phases, unit.cost(stepped) - unit.cost(unit.level));
    unit.level = stepped;
  }
  if (left_over) share_rest(Who::WithoutLevels);
}

/// Down to each device's step. Rounding to a row's exhaustion leaves over a little in many rows: carried up together.
void Allocator::Work::round_to_steps() {
  lost.clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    Unit& unit = units[i];
    if (!unit.admitted) continue;
    const bool has_levels = units.features().levels && !candidate(unit).levels.empty();
    const std::int64_t stepped = has_levels ? unit.level : std::max(unit.min, unit.level - unit.level % unit.step);
    const std::int64_t less = unit.level - stepped;
    if (less == 0 && !has_levels) continue;
    const std::int64_t freed = unit.cost(unit.level) - unit.cost(stepped);
    rows.each_own(unit.node, unit.phases, [&](std::size_t, RowState& row, std::int64_t a) { row.wanted += a * freed; });
    unit.level = stepped;
    lost.push_back({kUnlimited.count(), -less, unit.candidate, i});
  }
  if (lost.empty()) return;
  rows.sum_up();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].free += rows[i].wanted;
    rows[i].wanted = 0;
  }
}

/// Whether there is room for one step more; that takes `more`.
bool Allocator::Work::has_room(const Unit& unit, std::int64_t more) {
  if (unit.stopped_by != Unit::kNone && rows[unit.stopped_by].free < more) return false;
  bool room = true;
  rows.each(unit.node, unit.phases,
            [&](std::size_t, const RowState& row, std::int64_t a) { room = room && row.free >= a * more; });
  return room;
}

/// What rounding has left over, one step each: nearest deadline first, then who has lost most.
void Allocator::Work::give_steps() {
  const auto next_of = [&](const Unit& unit) { return allocating::next_step(candidate(unit), unit.level); };
  std::erase_if(lost, [&](Lost& one) {
    const Unit& unit = units[one.unit];
    const Candidate& c = candidate(unit);
    if (c.need > Milliamps()) one.time_left = c.time_left.count();
    const std::int64_t next = next_of(unit);
    return next > unit.cap || !has_room(unit, unit.cost(next) - unit.cost(unit.level));
  });
  std::sort(lost.begin(), lost.end());
  for (const Lost& one : lost) {
    Unit& unit = units[one.unit];
    const std::int64_t next = next_of(unit);
    const std::int64_t more = unit.cost(next) - unit.cost(unit.level);
    if (!has_room(unit, more)) continue;
    rows.take(unit.node, unit.phases, more);
    unit.level = next;
  }
}

/// Nothing but floors and reservations has gone over.
void Allocator::Work::check_rows() {
  for (std::size_t i = 0; i < rows.size(); ++i) BALANS_CHECK(rows[i].free >= rows.limits(i).debt);
}

void Allocator::Work::write_grants() {
  grants.resize(units.size());
  for (const Unit& unit : units) {
    Grant& grant = grants[unit.candidate];
    grant.current = Milliamps(unit.level);
    grant.phases = unit.admitted ? unit.phases : PhaseSet();
    grant.binding.reset();
    const bool stopped = unit.cap > 0 && (!unit.admitted || unit.limited);
    if (stopped && unit.stopped_by != Unit::kNone) grant.binding = Rows::binding(unit.stopped_by);
    grant.reason = reason_of(unit);
  }
}

Allocator::Allocator() : work_(std::make_unique<Work>()) {}
Allocator::~Allocator() = default;
Allocator::Allocator(Allocator&&) noexcept = default;
Allocator& Allocator::operator=(Allocator&&) noexcept = default;

std::span<const Grant> Allocator::allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                                           BootTime now) {
  Work& work = *work_;
  work.set_up(nodes, candidates, now);
  work.reserve();
  work.admission.admit(work.units, work.rows, candidates, now);
  work.share();
  work.write_grants();
  return work.grants;
}

std::span<const Milliamps> Allocator::fill(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                                           std::span<const Milliamps> start) {
  Work& work = *work_;
  work.set_up(nodes, candidates, BootTime());
  work.rising.clear();
  for (std::size_t i = 0; i < work.units.size(); ++i) {
    Unit& unit = work.units[i];
    unit.level = start[unit.candidate].count();
    unit.target = candidates[unit.candidate].cap.count();
    work.rows.take(unit.node, unit.phases, unit.level);
    if (unit.target > unit.level) work.rising.push_back(i);
  }
  work.filling.fill(work.units, work.rows, work.rising);
  work.levels.resize(candidates.size());
  for (const Unit& unit : work.units) work.levels[unit.candidate] = Milliamps(unit.level);
  return work.levels;
}

std::vector<Grant> allocate(std::span<const GridNode> nodes, std::span<const Candidate> candidates, BootTime now) {
  Allocator allocator;
  const auto grants = allocator.allocate(nodes, candidates, now);
  return {grants.begin(), grants.end()};
}

std::vector<Milliamps> fill(std::span<const GridNode> nodes, std::span<const Candidate> candidates,
                            std::span<const Milliamps> start) {
  Allocator allocator;
  const auto levels = allocator.fill(nodes, candidates, start);
  return {levels.begin(), levels.end()};
}

}  // namespace balans
