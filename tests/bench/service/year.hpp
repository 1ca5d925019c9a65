#pragma once
// A year of quarter-hours of many sites, and how long one site's takes to be answered.

#include <filesystem>
#include <string>
#include <variant>

#include "api/store/open.hpp"
#include "tests/bench/service/api_process.hpp"

namespace balans::bench {

/// Puts a year of one device of each site into a database that is migrated.
void fill_year(const api::DatabaseAddress& address, int sites);

struct YearFigures {
  double series = 0;  ///< s, half of all: one device, as many points as a screen shows
  double energy = 0;  ///< s, half of all: every quarter-hour of the site added up
};
YearFigures measure_year(const ApiProcess& api, int sites);

}  // namespace balans::bench
