#pragma once
// tests/scenarios/allocation.json as problems and what is right for them.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/result.hpp"
#include "trafo/core/allocate.hpp"

namespace balans {

/// What a device is to get; only what the file says is compared.
struct Expected {
  Milliamps current;
  std::optional<PhaseSet> phases;
  std::optional<Reason> reason;
  std::optional<Binding> binding;
};

struct Scenario {
  std::string name, why;
  BootTime now = BootTime(100'000'000);
  std::vector<std::string> node_names;
  std::vector<GridNode> nodes;
  std::vector<std::string> devices;
  std::vector<Candidate> candidates;
  std::deque<std::vector<Milliamps>> levels;  ///< of the candidates that have some: they refer to it
  std::vector<Expected> expected;
};

/// All of a file, or the first thing that is wrong with it and where.
Result<std::deque<Scenario>> read_scenarios(const std::string& text);

}  // namespace balans
