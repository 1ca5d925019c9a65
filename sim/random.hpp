#pragma once
// Random numbers that are the same on every machine: a failing run prints its seed, and the seed brings it back.

#include <cstdint>

namespace balans {

/// SplitMix64, which goes round one circle of states in equal steps. Each seed is scattered to a place of its own
/// there: neighbours must not be a step apart, or their numbers would be the same but for the first.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(mixed(mixed(seed * kStep + 0x1234567ULL) ^ 0xD6E8FEB86659FD93ULL)) {}

  std::uint64_t next() { return mixed(state_ += kStep); }
  /// Within [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// True in `per_million` of a million cases.
  bool happens(std::int64_t per_million) { return between(0, 999'999) < per_million; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;

  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace balans
