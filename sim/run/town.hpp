#pragma once
// Who lives below the transformer: households, drivers and their chargers, heat pumps, roofs, and the weather over
// them.

#include <array>
#include <string>
#include <vector>

#include "sim/data/feeder.hpp"
#include "sim/data/sessions.hpp"
#include "sim/run/run.hpp"

namespace balans::runs {

/// A driver's place: three phases, turned so that one-phase cars do not all meet on L1.
struct Charger {
  std::array<Phase, 3> wiring{};  ///< the grid's phase on each of its terminals
  Milliamps max = 32_A;
  std::vector<sim::Session> sessions;  ///< in order, none overlapping the next
};

/// What the weather is in one hour.
struct WeatherHour {
  MilliCelsius ambient{20'000};
  std::int64_t sun_w_per_m2 = 0;  ///< global, on the level
};

struct Town {
  std::vector<PerPhase<Milliamps>> base;  ///< of each minute of the day, at nominal voltage
  std::vector<Charger> chargers;
  std::vector<WeatherHour> weather;  ///< of the year, 8760 hours
  std::string base_source, sessions_source, site;
  bool synthetic = false;

  [[nodiscard]] const WeatherHour& weather_at(sim::LocalTime now) const;
  /// On each phase: households less roofs, at nominal voltage. Feeding back is negative.
  [[nodiscard]] PerPhase<Milliamps> base_at(sim::LocalTime now, int roofs) const;
};

Result<Town> build_town(const RunOptions& options);

}  // namespace balans::runs
