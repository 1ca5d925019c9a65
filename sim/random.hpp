#pragma once
// Random numbers that are the same on every machine: a failing run prints its seed, and the seed brings it back.

#include <cstdint>

namespace balans {

/// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 0x1234567ULL) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// Within [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// True in `per_million` of a million cases.
  bool happens(std::int64_t per_million) { return between(0, 999'999) < per_million; }

 private:
  std::uint64_t state_;
};

}  // namespace balans
