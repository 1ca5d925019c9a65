#pragma once
// What the settings of a site come to, in plain words.

#include <string>

#include "trafo/core/site.hpp"

namespace balans {

/// A line for each row of the failsafe budget: `feeder-2, each phase: 8 × 6 A + base 30 A = 78 A of 50 A: refused, 28 A
/// too much`. Phases with the same sum share a line.
std::string budget_text(const Site& site);

/// What is done, and what is booked, when nothing is heard.
std::string silence_text(const Site& site);

}  // namespace balans
