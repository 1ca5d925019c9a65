#pragma once
// Numbers for rows that several processes may add at once: they begin with the time, so that they rise, and end at
// random, so that they do not meet.

#include <cstdint>

#include "common/units.hpp"

namespace balans::api {

inline std::int64_t time_id(UnixTime now, std::uint64_t random) {
  constexpr int kRandomBits = 20;
  return (now.ms() << kRandomBits) | static_cast<std::int64_t>(random & ((1U << kRandomBits) - 1));
}

}  // namespace balans::api
