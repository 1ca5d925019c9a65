#pragma once
// The end of a time_id.

#include <atomic>
#include <cstdint>

#include "common/io/runtime/keys.hpp"

namespace balans::api {

/// No two of this process are the same within a millisecond; they begin at random, so that two processes seldom meet.
inline std::uint64_t time_tail() {
  static std::atomic<std::uint64_t> next{random_u64()};
  return next++;
}

}  // namespace balans::api
