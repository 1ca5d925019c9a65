#pragma once
// The street's own account of a run: what was true in each second, and the sums of the whole.

#include <string>
#include <vector>

#include "sim/street/world.hpp"

namespace balans::sim {

/// What was true in one second.
struct SecondTruth {
  PerPhase<Millivoltamps> load;
  PerPhase<Millivoltamps> base;
  bool overload = false;       ///< a phase above rating/3 with controllable load above its floors on it
  bool base_overload = false;  ///< a phase above rating/3 for other reasons
};

SecondTruth judge(const World& world, VoltAmps rating);

struct DeviceSums {
  AgentId id;
  DeviceKind kind = DeviceKind::Charger;
  Millijoules energy;  ///< drawn
  Millijoules fed_in;
  std::int64_t limited_seconds = 0;
};

struct RunSums {
  std::int64_t samples = 0;
  Millivoltamps peak_load;   ///< largest sum of the phases
  Millivoltamps peak_phase;  ///< largest single phase
  std::int64_t overload_seconds = 0;
  std::int64_t longest_overload_s = 0;
  std::int64_t base_overload_seconds = 0;
  Millijoules requested;
  Millijoules delivered;
  std::vector<DeviceSums> devices;
};

class Ledger {
 public:
  Ledger(const World& world, VoltAmps rating);
  /// Takes one simulated second of the run into account.
  SecondTruth add(const World& world);
  [[nodiscard]] RunSums sums(const World& world) const;

 private:
  VoltAmps rating_;
  RunSums sums_;
  std::int64_t overload_now_ = 0;   ///< seconds of the overload that is going on
  std::vector<DeviceSums> before_;  ///< as the counters stood at the start
  Millijoules delivered_before_;
};

/// One line of the truth file.
std::string truth_line(const World& world, const SecondTruth& second, LocalTime now, std::int64_t second_of_run);

}  // namespace balans::sim
