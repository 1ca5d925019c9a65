#pragma once
// A made-up street for when there is no data: the same one every time. It says of itself that it is synthetic.

#include "sim/data/feeder.hpp"
#include "sim/data/sessions.hpp"

namespace balans::sim {

BaseLoad synthetic_base_load();
/// Five drivers who come home every day of the week from `start`.
Motorists synthetic_drivers(LocalTime start);

}  // namespace balans::sim
