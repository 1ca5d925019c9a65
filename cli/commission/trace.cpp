#include "cli/commission/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/wording.hpp"

namespace balans::cli {
namespace {

constexpr Millis kQuiet = 4_s;      ///< at rest is what did not move for this long
constexpr Millis kLeastLook = 6_s;  ///< a device may take a moment to begin to move
constexpr Milliamps kLeastTolerance = 500_mA;

Milliamps size_of(Milliamps current) { return Milliamps(std::abs(current.count())); }

std::optional<PerPhase<Milliamps>> own_in(const TracePoint& point) { return point.own; }
std::optional<PerPhase<Milliamps>> grid_in(const TracePoint& point) {
  return point.grid ? std::optional(point.grid->current) : std::nullopt;
}

PerPhase<Milliamps> distance(const PerPhase<Milliamps>& a, const PerPhase<Milliamps>& b) {
  PerPhase<Milliamps> away;
  for (const Phase p : kPhases) away[p] = size_of(a[p] - b[p]);
  return away;
}

/// Points of the quiet while at the end.
std::vector<TracePoint> last_of(const Trace& trace) {
  std::vector<TracePoint> last;
  for (const TracePoint& point : trace.points)
    if (trace.points.back().after - point.after < kQuiet) last.push_back(point);
  return last;
}

template <class Get>
std::optional<PerPhase<Milliamps>> mean(const std::vector<TracePoint>& points, Get get) {
  PerPhase<Milliamps> sum;
  std::int64_t count = 0;
  for (const TracePoint& point : points)
    if (const auto value = get(point)) {
      sum += *value;
      ++count;
    }
  if (count == 0) return std::nullopt;
  for (const Phase p : kPhases) sum[p] = sum[p] / count;
  return sum;
}

/// The first time from which on it stayed close to `rest`.
template <class Get>
std::optional<Millis> reached(const Trace& trace, const PerPhase<Milliamps>& rest, Milliamps close, Get get) {
  std::optional<Millis> since;
  for (const TracePoint& point : trace.points) {
    const auto value = get(point);
    if (!value) continue;
    if (distance(*value, rest).largest() > close)
      since.reset();
    else if (!since)
      since = point.after;
  }
  return since;
}

template <class Get>
bool is_quiet(const std::vector<TracePoint>& points, const PerPhase<Milliamps>& rest, Milliamps close, Get get) {
  return std::ranges::all_of(points, [&](const TracePoint& point) {
    const auto value = get(point);
    return !value || distance(*value, rest).largest() <= close;
  });
}

template <class Numbers>
Numbers mean_of(const std::vector<TracePoint>& points, std::optional<Numbers> GridReading::*what) {
  Numbers sum{};
  std::int64_t count = 0;
  for (const TracePoint& point : points)
    if (point.grid && (*point.grid).*what) {
      sum += *((*point.grid).*what);
      ++count;
    }
  if constexpr (requires { sum.values; }) {
    for (auto& value : sum.values) value = value / std::max<std::int64_t>(count, 1);
  } else {
    sum = sum / std::max<std::int64_t>(count, 1);
  }
  return sum;
}

std::optional<GridReading> grid_at_rest(const std::vector<TracePoint>& points) {
  const auto current = mean(points, grid_in);
  if (!current) return std::nullopt;
  const auto first = std::ranges::find_if(points, [](const TracePoint& point) { return point.grid.has_value(); });
  GridReading grid;
  grid.current = *current;
  if (first->grid->power) grid.power = mean_of(points, &GridReading::power);
  if (first->grid->total_power) grid.total_power = mean_of(points, &GridReading::total_power);
  if (first->grid->voltage) grid.voltage = mean_of(points, &GridReading::voltage);
  return grid;
}

bool has_moved(const Expectation& expects, const std::optional<PerPhase<Milliamps>>& own,
               const std::optional<PerPhase<Milliamps>>& grid) {
  const PerPhase<Milliamps> none;
  if (own) return distance(*own, expects.own_before.value_or(none)).largest() * 2 >= expects.step;
  if (grid && expects.grid_before) return distance(*grid, expects.grid_before->current).largest() * 2 >= expects.step;
  return !expects.own_before;  // of the first level nobody can tell
}

}  // namespace

Milliamps Expectation::tolerance() const { return std::max(kLeastTolerance, step / 10); }

Expectation expectation(Milliamps written, const Level* previous) {
  Expectation expects;
  expects.step = previous == nullptr ? written : size_of(written - previous->written.current);
  if (previous == nullptr) return expects;
  expects.own_before = previous->own;
  expects.grid_before = previous->grid;
  return expects;
}

bool is_at_rest(const Trace& trace, const Expectation& expects) {
  if (trace.points.empty() || trace.points.back().after < kLeastLook) return false;
  const auto last = last_of(trace);
  const auto own = mean(last, own_in), grid = mean(last, grid_in);
  if (!has_moved(expects, own, grid)) return false;
  if (own && !is_quiet(last, *own, expects.tolerance(), own_in)) return false;
  return !grid || is_quiet(last, *grid, expects.tolerance(), grid_in);
}

void sum_up(const Trace& trace, const Expectation& expects, Level& level) {
  if (trace.points.empty()) return;
  const auto last = last_of(trace);
  level.own = mean(last, own_in);
  level.grid = grid_at_rest(last);
  if (!expects.own_before && !expects.grid_before) return;
  if (level.own) level.own_settled = reached(trace, *level.own, expects.tolerance(), own_in);
  if (level.grid) level.grid_settled = reached(trace, level.grid->current, expects.tolerance(), grid_in);
}

void sum_up_silence(const Trace& trace, const std::vector<Level>& levels, Silence& silence) {
  if (trace.points.empty() || levels.size() < 2) return;
  silence.grid = grid_at_rest(last_of(trace));
  const Level& high = levels.back();
  const Level& low = levels[levels.size() - 2];
  if (!silence.grid || !high.grid || !low.grid) return;
  const Milliamps step = distance(high.grid->current, low.grid->current).largest();
  if (distance(silence.grid->current, high.grid->current).largest() * 4 < step) return;
  silence.fell_after = reached(trace, silence.grid->current, std::max(kLeastTolerance, step / 10), grid_in);
}

std::string rounded_seconds(Millis time) {
  constexpr std::int64_t kTenth = 100;
  return shown_seconds(Millis((time.count() + kTenth / 2) / kTenth * kTenth));
}

std::string per_phase_words(const PerPhase<Milliamps>& currents) {
  const auto amps = [&](Phase p) { return fmt::format("{:.1f}", static_cast<double>(currents[p].count()) / 1000); };
  return fmt::format("{} / {} / {} A", amps(Phase::L1), amps(Phase::L2), amps(Phase::L3));
}

std::string level_words(const Level& level) {
  std::string text = level.own ? "draws " + per_phase_words(*level.own) : "shows no current";
  if (level.grid) text += ", meter " + per_phase_words(level.grid->current);
  if (level.own_settled) text += ", at rest after " + rounded_seconds(*level.own_settled);
  if (!level.came_to_rest) text += " (not as asked, or not at rest)";
  return text;
}

std::string silence_words(const Silence& silence) {
  std::string text = fmt::format("after {} without a word: ", rounded_seconds(silence.lasted));
  text += silence.own ? "draws " + per_phase_words(*silence.own) : "shows no current";
  if (silence.grid) text += ", meter " + per_phase_words(silence.grid->current);
  if (silence.fell_after) text += ", came down after " + rounded_seconds(*silence.fell_after);
  return text;
}

}  // namespace balans::cli
