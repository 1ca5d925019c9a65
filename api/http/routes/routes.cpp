#include "api/http/routes/routes.hpp"

#include <iterator>

namespace balans::api {

std::vector<Route> all_routes(Services& services) {
  std::vector<Route> all = page_routes();
  for (auto routes :
       {access_routes(services), account_routes(services), billing_routes(services), energy_routes(services),
        evidence_routes(services), flexibility_routes(services), health_routes(services), history_routes(services),
        live_routes(services), order_routes(services), pairing_routes(services), payee_routes(services),
        reading_routes(services), session_routes(services), settlement_routes(services), site_routes(services),
        transfer_routes(services), wallet_routes(services), wallet_payment_routes(services)})
    std::move(routes.begin(), routes.end(), std::back_inserter(all));
  return all;
}

}  // namespace balans::api
