#pragma once
// Makes go wrong what the weather says, and counts it.

#include <vector>

#include "sim/soak/weather.hpp"
#include "sim/twin/world.hpp"

namespace balans::soak {

class Storm {
 public:
  Storm(const Weather& weather, std::uint64_t seed, std::size_t agents, twin::Log* log = nullptr);

  /// After each second.
  void blow(twin::World& world);
  /// Ends all that goes wrong; what is down comes back.
  void clear_up(twin::World& world);

  [[nodiscard]] const FaultCounts& counts() const { return counts_; }
  [[nodiscard]] std::int64_t faults() const;
  /// Whether the device does as it likes: it was told to, and is not yet seen to hold what it may.
  [[nodiscard]] bool disobeys(std::size_t agent) const { return wild_[agent].since.has_value(); }

 private:
  void strike_site(twin::World& world);
  void strike_agents(twin::World& world);
  void strike_meters(twin::World& world);
  void strike_anything(twin::World& world);
  void strike(twin::World& world, Fault fault, std::size_t target);
  bool hit_site(twin::World& world, Fault fault);
  bool hit_agent(twin::World& world, Fault fault, std::size_t agent);
  bool hit_device(twin::World& world, Fault fault, std::size_t agent);
  bool hit_meter(twin::World& world, Fault fault, std::size_t meter);
  void end_disobedience(twin::World& world, std::size_t agent);
  void show_time_of_day(twin::World& world);
  twin::WorldTime for_a_while(const twin::World& world);

  Weather weather_;
  Random random_;
  twin::Log* log_;
  FaultCounts counts_{};
  std::vector<twin::WorldTime> cut_off_until_;
  struct Wild {
    std::optional<twin::WorldTime> since;
    twin::WorldTime until{};
  };
  std::vector<Wild> wild_;
  Millis clock_offset_{};
  twin::WorldTime no_clock_until_{};
};

}  // namespace balans::soak
