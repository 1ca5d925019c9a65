#pragma once
// Asks a running api how many readings it holds.

#include <cstdint>
#include <string>

#include "common/result.hpp"

namespace balans::sim {

/// Pages through GET /v1/readings. `address` ends with '/'.
Result<std::int64_t> count_stored_readings(const std::string& address, const std::string& site,
                                           const std::string& token);

}  // namespace balans::sim
