#pragma once
// What a connection with several controllable devices is owed by statute while the grid operator throttles it:
// EnWG §14a as BNetzA BK6-22-300 has it. The figures came second-hand, so all of them are configuration.

#include <array>
#include <span>
#include <vector>

#include "common/units.hpp"

namespace balans {

struct FloorSettings {
  Watts base{4'200};
  /// GZF, percent: how much of a further device's base counts, for 2, 3, … 8 devices, and for more.
  std::array<std::int64_t, 8> simultaneity_percent{80, 75, 70, 65, 60, 55, 50, 45};
  Watts large_above{11'000};  ///< heat pumps and air conditioners above this are owed a share instead
  std::int64_t large_share_percent = 40;
};

/// The controllable devices behind one connection.
struct ConnectionLoad {
  int devices = 0;         ///< all of them
  Watts large_heat_pumps;  ///< rated power of the heat pumps above `large_above`
  Watts large_coolers;     ///< the same for air conditioners
};

/// Pmin = base + (n − 1)·GZF·base, where the first base is max(40 % ΣHP, 40 % ΣAC) when there are large ones.
Watts connection_floor(const FloorSettings& settings, const ConnectionLoad& load);

/// Shares `total` out among those that ask, evenly, nobody more than it asks for.
std::vector<Watts> share_floor(Watts total, std::span<const Watts> asked);

}  // namespace balans
