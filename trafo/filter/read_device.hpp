#pragma once
// One device of a problem.

#include "trafo/filter/read_fields.hpp"

namespace balans::filter {

/// Reads all but the name and adds the device to the problem.
void read_device(json::ObjectReader& r, Problem& problem, Reading& reading);

}  // namespace balans::filter
