#pragma once
// What was seen from one write on, and what to make of it: when it came to rest, and where.

#include <optional>
#include <string>
#include <vector>

#include "cli/commission/measure.hpp"

namespace balans::cli {

struct TracePoint {
  Millis after;
  std::optional<PerPhase<Milliamps>> own;
  std::optional<GridReading> grid;
};

struct Trace {
  BootTime start;
  std::vector<TracePoint> points;
};

/// What a write should change.
struct Expectation {
  Milliamps step;  ///< on a phase, upwards or downwards; of the first level: what it should draw at least
  std::optional<PerPhase<Milliamps>> own_before;
  std::optional<GridReading> grid_before;
  [[nodiscard]] Milliamps tolerance() const;
};
Expectation expectation(Milliamps written, const Level* previous);

/// It has moved as expected, and nothing has moved for a while.
bool is_at_rest(const Trace& trace, const Expectation& expects);

/// Means at the end, and when they were reached.
void sum_up(const Trace& trace, const Expectation& expects, Level& level);
void sum_up_silence(const Trace& trace, const std::vector<Level>& levels, Silence& silence);

std::string level_words(const Level& level);
std::string silence_words(const Silence& silence);
std::string rounded_seconds(Millis time);                          ///< "41.6 s": more was not measured
std::string per_phase_words(const PerPhase<Milliamps>& currents);  ///< "16.1 A, 0 A, 0 A"

}  // namespace balans::cli
