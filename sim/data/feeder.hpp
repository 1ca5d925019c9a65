#pragma once
// The load of a street that nobody controls: minute values of one day per phase, repeated daily.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/phases.hpp"
#include "common/result.hpp"
#include "sim/physics/units.hpp"

namespace balans::sim {

inline constexpr std::size_t kMinutesPerDay = 1440;

struct PhasePower {
  Milliwatts active;
  Millivars reactive;
  bool operator==(const PhasePower&) const = default;
};

/// |S| of a phase.
Millivoltamps apparent(const PhasePower& power);

struct BaseLoad {
  std::vector<PerPhase<PhasePower>> minutes;  ///< kMinutesPerDay of them, the first from 00:00 to 00:01
  std::size_t loads = 0;
  std::string source;  ///< for people: the folder, or "synthetic …"
  bool synthetic = false;

  [[nodiscard]] const PerPhase<PhasePower>& at(LocalTime time) const {
    return minutes[static_cast<std::size_t>(second_of_day(time) / 60)];
  }
};

/// From the texts of loads.csv (load, phase A/B/C, nphases, rated_kw, pf) and load_profiles.csv (minute 1..1440 and one
/// column of kW per load, multiplied by rated_kw). A load with three phases is spread evenly.
/// `households` takes the first so many; more than there are begins again, each round turned by one phase.
Result<BaseLoad> parse_feeder(std::string_view loads_csv, std::string_view profiles_csv, const std::string& folder,
                              std::optional<int> households = std::nullopt);
Result<BaseLoad> load_feeder(const std::string& folder, std::optional<int> households = std::nullopt);

}  // namespace balans::sim
