#pragma once
// The simplest way to share out a row: everybody's limit rises together.

#include <vector>

#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans::test {

/// What everybody may draw who asks: equal shares until one has what it asks for or a phase of its has no `room` left;
/// nobody less than 6 A, so where that is not enough for all it goes round by `turn`. Whoever asks, asks for the same
/// on each of its phases.
std::vector<PerPhase<Milliamps>> equal_shares(const std::vector<PerPhase<Milliamps>>& asks, PerPhase<Milliamps> room,
                                              std::size_t turn);

}  // namespace balans::test
