#pragma once
// What a run's money is in.

#include <cstdint>
#include <string>

namespace balans::sim {

struct Currency {
  std::string asset;
  std::int64_t units_per_millionth;  ///< base units in 0.000001 EUR, in which the demo's prices are made
};

inline const Currency kEuro{"EUR", 1};
/// Ten IOTA for a euro: a price of the demo's own.
inline const Currency kIota{"IOTA", 10'000};

}  // namespace balans::sim
