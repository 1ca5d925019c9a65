#pragma once
// Random streets whose enrolment adds up, and in which somebody must always give way.

#include "sim/soak/weather.hpp"
#include "sim/twin/street.hpp"

namespace balans::soak {

/// A street and what it goes through.
struct Case {
  twin::Street street;
  Weather weather;
};

/// One transformer and a few chargers on one, two or three phases.
Case plain_case(Random& random);
/// Panels below it, with meters or without, cars on fewer phases than their chargers, contactors, stores that feed in.
Case random_case(Random& random);
/// The same with all faults there are, changing base loads, and sometimes a timetable.
Case stormy_case(Random& random);
/// Hours in which next to nothing goes wrong, with many cars and never enough for all of them. Base loads wander.
Case calm_case(Random& random);

}  // namespace balans::soak
