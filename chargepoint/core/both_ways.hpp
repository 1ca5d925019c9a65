#pragma once
// One value for each direction in which energy goes through a device.

#include "common/direction.hpp"

namespace balans {

template <class T>
struct BothWays {
  T draw{};
  T feed{};

  constexpr T& operator[](Direction direction) { return direction == Direction::Draw ? draw : feed; }
  constexpr const T& operator[](Direction direction) const { return direction == Direction::Draw ? draw : feed; }
  bool operator==(const BothWays&) const = default;
};

}  // namespace balans
