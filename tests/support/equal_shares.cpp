#include "tests/support/equal_shares.hpp"

#include <algorithm>

namespace balans::test {
namespace {

constexpr Milliamps kLeast = 6_A, kStep = 250_mA;

class Sharing {
 public:
  Sharing(const std::vector<PerPhase<Milliamps>>& asks, PerPhase<Milliamps> room)
      : asks_(asks), room_(room), limits_(asks.size()) {}

  std::vector<PerPhase<Milliamps>> share(std::size_t turn) {
    std::vector<std::size_t> on;
    for (std::size_t k = 0; k < asks_.size(); ++k) {
      const std::size_t i = (k + turn) % asks_.size();
      if (asks_[i].largest() > 0_mA && raise(i, kLeast)) on.push_back(i);
    }
    while (!on.empty()) std::erase_if(on, [&](std::size_t i) { return !raise(i, kStep); });
    return limits_;
  }

 private:
  bool raise(std::size_t i, Milliamps by) {
    by = std::min(by, asks_[i].largest() - limits_[i].largest());
    if (by <= 0_mA) return false;
    for (Phase p : kPhases)
      if (asks_[i][p] > 0_mA && room_[p] < by) return false;
    for (Phase p : kPhases)
      if (asks_[i][p] > 0_mA) limits_[i][p] += by, room_[p] -= by;
    return true;
  }

  const std::vector<PerPhase<Milliamps>>& asks_;
  PerPhase<Milliamps> room_;
  std::vector<PerPhase<Milliamps>> limits_;
};

}  // namespace

std::vector<PerPhase<Milliamps>> equal_shares(const std::vector<PerPhase<Milliamps>>& asks, PerPhase<Milliamps> room,
                                              std::size_t turn) {
  PerPhase<Milliamps> all;
  for (const PerPhase<Milliamps>& ask : asks) all += ask;
  if (smaller_of(all, room) == all) return asks;
  return Sharing(asks, room).share(turn);
}

}  // namespace balans::test
