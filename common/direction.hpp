#pragma once
// Which way current flows. Every limit, envelope and row exists for both.

#include <array>
#include <cstdint>

namespace balans {

enum class Direction : std::uint8_t { Draw, Feed };

inline constexpr std::array<Direction, 2> kDirections{Direction::Draw, Direction::Feed};

}  // namespace balans
