#pragma once
// The same town for somebody who knows the future.

#include "sim/run/run.hpp"
#include "sim/run/town.hpp"

namespace balans::runs {

/// Solves the linear program over quarter hours and judges its answer as any other run. Where the rating is dynamic its
/// limit is the most that the current alone allows: a bound that no schedule reaches.
Result<void> run_oracle(const RunOptions& options, const Town& town, RunResult& result);

}  // namespace balans::runs
