#include "api/http/routes/routes.hpp"

#include <iterator>

namespace balans::api {

std::vector<Route> all_routes(Services& services) {
  std::vector<Route> all = page_routes();
  for (auto routes : {site_routes(services), live_routes(services), reading_routes(services), health_routes(services)})
    std::move(routes.begin(), routes.end(), std::back_inserter(all));
  return all;
}

}  // namespace balans::api
