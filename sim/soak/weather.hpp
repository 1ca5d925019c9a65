#pragma once
// How bad a storm is.

#include "sim/random.hpp"
#include "sim/soak/fault.hpp"
#include "sim/twin/network.hpp"

namespace balans::soak {

/// What goes wrong, in a million of the seconds lived through (for agents and meters: by each of them).
struct Weather {
  twin::NetworkWeather network;
  FaultCounts rates{};
  std::int64_t at_least = 0;  ///< faults in twenty minutes: where chance brings fewer, it is helped
  std::int64_t appetite_changes = 0;
  std::int64_t car_changes = 0;
  std::int64_t base_steps = 0;  ///< by each node
  std::int64_t base_ramps = 0;
  std::int64_t base_walks = 0;
  Millis longest{100'000};  ///< of each fault

  std::int64_t& operator[](Fault fault) { return rates[static_cast<std::size_t>(fault)]; }
  std::int64_t operator[](Fault fault) const { return rates[static_cast<std::size_t>(fault)]; }
};

/// The network, programs and meters fail; base loads stay, devices obey, nobody forges.
Weather random_weather(Random& random);
/// All there is.
Weather random_storm(Random& random);
/// Next to nothing goes wrong; base loads wander, cars come and go.
Weather random_calm(Random& random);

}  // namespace balans::soak
