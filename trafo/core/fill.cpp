#include "trafo/core/fill.hpp"

#include <algorithm>

namespace balans::allocating {
namespace {

Level own_end(const Unit& unit) { return {unit.target - unit.level, unit.weight}; }

Level end_of(const RowState& row) { return {std::max<std::int64_t>(0, row.free), row.weight}; }

}  // namespace

void Filling::fill(Units& units, Rows& rows, std::span<const std::size_t> rising) {
  if (rising.empty()) return;
  weigh(units, rows, rising);
  ends_.clear();
  for (std::size_t row : touched_)
    if (rows[row].wanted > std::max<std::int64_t>(0, rows[row].free)) ends_.push_back({end_of(rows[row]), row});
  if (ends_.empty()) {
    reach_targets(units, rows, rising);
  } else {
    std::make_heap(ends_.begin(), ends_.end());
    rise(units, rows, rising);
  }
  for (std::size_t row : touched_) rows[row].weight = rows[row].wanted = 0;
}

/// Few walk up the tree each for itself; of many the sums are carried up together.
void Filling::weigh(Units& units, Rows& rows, std::span<const std::size_t> rising) {
  touched_.clear();
  const bool many = rising.size() >= rows.nodes();
  const auto add = [&](const Unit& unit) {
    return [&, more = unit.target - unit.level](std::size_t index, RowState& row, std::int64_t a) {
      if (!many && row.weight == 0) touched_.push_back(index);
      row.weight += a * unit.weight;
      row.wanted += a * more;
    };
  };
  for (std::size_t i : rising) {
    Unit& unit = units[i];
    unit.rising = true;
    many ? rows.each_own(unit.node, unit.phases, add(unit)) : rows.each(unit.node, unit.phases, add(unit));
  }
  if (!many) return;
  rows.sum_up();
  for (std::size_t row = 0; row < rows.size(); ++row)
    if (rows[row].weight > 0) touched_.push_back(row);
}

/// No row is in the way.
void Filling::reach_targets(Units& units, Rows& rows, std::span<const std::size_t> rising) {
  for (std::size_t row : touched_) rows[row].free -= rows[row].wanted;
  for (std::size_t i : rising) {
    Unit& unit = units[i];
    unit.level = unit.target;
    unit.rising = false;
    unit.stopped_by = Unit::kNone;
  }
}

/// Two queues, of units that reach their targets and of rows that are exhausted; whichever is next happens.
void Filling::rise(Units& units, Rows& rows, std::span<const std::size_t> rising) {
  targets_.clear();
  for (std::size_t i : rising) targets_.push_back({own_end(units[i]), i});
  std::make_heap(targets_.begin(), targets_.end());
  left_ = rising.size();
  while (left_ > 0) {
    const Reached next = targets_.front();
    Unit& unit = units[next.unit];
    if (unit.rising && next_row(rows) && ends_.front().level < next.level) {
      exhaust(units, rows, rising, ends_.front().row);
      continue;
    }
    std::pop_heap(targets_.begin(), targets_.end());
    targets_.pop_back();
    if (!unit.rising) continue;
    unit.stopped_by = Unit::kNone;
    stop(unit, rows, unit.target - unit.level);
  }
}

/// Brings the row that is exhausted next to the front of the heap. Each unit that stops puts the ends of its rows
/// later, never earlier, so it is enough to look again at the one in front.
bool Filling::next_row(Rows& rows) {
  while (!ends_.empty()) {
    const RowState& row = rows[ends_.front().row];
    const Level level = end_of(row);
    if (row.weight > 0 && !(ends_.front().level < level)) return true;
    std::pop_heap(ends_.begin(), ends_.end());
    if (row.weight == 0) {
      ends_.pop_back();
      continue;
    }
    ends_.back().level = level;
    std::push_heap(ends_.begin(), ends_.end());
  }
  return false;
}

void Filling::exhaust(Units& units, Rows& rows, std::span<const std::size_t> rising, std::size_t index) {
  const Level level = end_of(rows[index]);
  const Binding where = Rows::binding(index);
  const Range below = units.below(where.node);
  for (auto i = std::lower_bound(rising.begin(), rising.end(), below.begin); i != rising.end() && *i < below.end; ++i) {
    Unit& unit = units[*i];
    if (!unit.rising || (where.row != Row::Sum && !unit.phases.contains(static_cast<Phase>(where.row)))) continue;
    unit.stopped_by = static_cast<std::uint32_t>(index);
    stop(unit, rows, level.times(unit.weight));
  }
}

void Filling::stop(Unit& unit, Rows& rows, std::int64_t by) {
  --left_;
  unit.rising = false;
  unit.level += by;
  rows.each(unit.node, unit.phases, [&](std::size_t, RowState& row, std::int64_t a) {
    row.free -= a * by;
    row.weight -= a * unit.weight;
  });
}

}  // namespace balans::allocating
