#pragma once
// What people do in a street: cars that come, want and go, stores that fill and empty, base loads that change.

#include <optional>
#include <vector>

#include "sim/soak/weather.hpp"
#include "sim/twin/world.hpp"

namespace balans::soak {

class Life {
 public:
  Life(const Weather& weather, std::uint64_t seed, const twin::Street& street);

  /// After each second.
  void go_on(twin::World& world);
  /// From now on everybody wants all, and nothing changes.
  void settle_down(twin::World& world);

 private:
  void change_appetite(twin::World& world, std::size_t index);
  void change_base(twin::World& world, std::size_t node);

  Weather weather_;
  Random random_;
  /// A place at which one car has left and another has not come yet.
  struct Place {
    std::optional<twin::WorldTime> empty_since;
    twin::WorldTime disturbed{};  ///< the agent last did not see it
  };
  std::vector<Place> places_;
  /// Where a node's own base load is going, each phase for itself.
  struct Course {
    PerPhase<Milliamps> least, most;
    PerPhase<Milliamps> target;
    Milliamps per_second;
  };
  std::vector<Course> courses_;
};

}  // namespace balans::soak
