#pragma once
// How a thread that does something now and then waits for its next time.

#include <chrono>
#include <stop_token>

namespace balans {

/// Waits for `time`, or less when `stop` is requested.
void rest(const std::stop_token& stop, std::chrono::nanoseconds time);

}  // namespace balans
