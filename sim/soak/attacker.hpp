#pragma once
// Somebody who hears all that crosses the broker and may publish on any topic, but has no key of the site.

#include "sim/random.hpp"
#include "sim/soak/fault.hpp"
#include "sim/twin/world.hpp"

namespace balans::soak {

/// Publishes what `attack` says. False when nothing that it needs has been heard yet.
bool strike(twin::World& world, Fault attack, Random& random);

}  // namespace balans::soak
