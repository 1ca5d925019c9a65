#pragma once
// The currents at which a device can run: from its minimum upwards on its step, or the levels it has.

#include "trafo/core/allocate.hpp"

namespace balans::allocating {

/// mA; the largest current the candidate can run at that is not above `current`, at least its minimum.
std::int64_t down_to_step(const Candidate& c, std::int64_t current);

/// mA; the smallest that is not below `current`.
std::int64_t up_to_step(const Candidate& c, std::int64_t current);

/// mA; the smallest that is above `current`; kUnlimited where there is none.
std::int64_t next_step(const Candidate& c, std::int64_t current);

}  // namespace balans::allocating
