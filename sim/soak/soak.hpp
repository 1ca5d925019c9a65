#pragma once
// Street after street, each with its own seed, through storms.

#include <functional>
#include <string>
#include <vector>

#include "sim/soak/trial.hpp"

namespace balans::soak {

/// What streets go through.
enum class Sky : std::uint8_t {
  Stormy,
  Calm,  ///< nearly nothing goes wrong, for so long that everybody has to have a turn: waits are judged too
};
constexpr std::int64_t usual_minutes(Sky sky) { return sky == Sky::Calm ? 120 : 20; }

struct SoakSettings {
  Sky sky = Sky::Stormy;
  std::uint64_t first = 1;
  std::int64_t seeds = 500;
  std::int64_t minutes = 20;
  int threads = 1;
  int max_failures = 10;  ///< then it ends early
  twin::Mistake mistake = twin::Mistake::None;
};

struct SeedResult {
  std::uint64_t seed = 0;
  std::string wrong;  ///< empty, or what went against a law
  twin::Wire wire = twin::Wire::StandIn;
  FaultCounts faults{};
  Judged judged;
  Waited waited;
  std::int64_t virtual_ms = 0;
  std::int64_t messages = 0;
  std::int64_t refused = 0;
  Digest log;  ///< of all its lines

  [[nodiscard]] std::int64_t fault_sum() const;
};

struct SoakResult {
  SoakSettings settings;
  std::vector<SeedResult> failed;
  std::int64_t seeds = 0;
  std::int64_t signed_seeds = 0;
  std::int64_t fewest_faults = 0;  ///< in any of them
  FaultCounts faults{};
  Judged judged;
  Waited waited;
  std::int64_t virtual_ms = 0;
  std::int64_t messages = 0;
  std::int64_t refused = 0;
  Digest log;  ///< of the digests of all seeds, in order
  double wall_seconds = 0;
};

/// Every eighth street's messages are signed with Ed25519, the others' with a stand-in.
twin::Wire wire_of(std::uint64_t seed);

/// One street. Its log is left in `log`.
SeedResult run_seed(std::uint64_t seed, const SoakSettings& settings, twin::Log& log);

/// All of them, on several threads; the result does not depend on how many. `progress` is told how many are done.
SoakResult run_seeds(const SoakSettings& settings, const std::function<void(std::int64_t)>& progress);

}  // namespace balans::soak
