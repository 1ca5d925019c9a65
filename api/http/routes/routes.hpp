#pragma once
// All routes of the api, one file per resource.

#include <vector>

#include "api/app/ingest_readings.hpp"
#include "api/app/live_states.hpp"
#include "api/core/roster.hpp"
#include "api/http/router.hpp"
#include "api/store/store.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::api {

/// What the routes work with. Outlives them.
struct Services {
  const Roster& roster;
  Store& store;
  LiveStates& live;
  IngestReadings& ingest;
};

std::vector<Route> all_routes(Services& services);

std::vector<Route> reading_routes(Services& services);
std::vector<Route> site_routes(Services& services);
std::vector<Route> live_routes(Services& services);
std::vector<Route> health_routes(Services& services);
std::vector<Route> page_routes();

}  // namespace balans::api
