#pragma once
// All routes of the api, one file per resource.

#include <functional>
#include <vector>

#include "api/app/billing.hpp"
#include "api/app/ingest_queue.hpp"
#include "api/app/live_states.hpp"
#include "api/app/metrics.hpp"
#include "api/app/orders.hpp"
#include "api/app/pairing_tries.hpp"
#include "api/app/settlement_desk.hpp"
#include "api/http/router.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::api {

struct WalletService;

/// What the routes work with. Outlives them.
struct Services {
  const Clock& clock;
  LiveStates& live;
  IngestQueue& ingest;
  GiveOrder& give_order;
  OrderFeed& orders;
  Metrics& metrics;
  PairingTries& pairing_tries;
  const Billing& billing;
  /// Called when tokens, enrolments or orders have changed.
  std::function<void()> changed;
  /// Fills in the numbers that are only looked at when somebody asks.
  std::function<void(Metrics&)> measure;
  const SettlementDesk* settlement = nullptr;  ///< null: no chain is configured
  const WalletService* wallets = nullptr;      ///< the same
};

std::vector<Route> all_routes(Services& services);

std::vector<Route> access_routes(Services& services);
std::vector<Route> account_routes(Services& services);
std::vector<Route> billing_routes(Services& services);
std::vector<Route> energy_routes(Services& services);
std::vector<Route> evidence_routes(Services& services);
std::vector<Route> flexibility_routes(Services& services);
std::vector<Route> health_routes(Services& services);
std::vector<Route> history_routes(Services& services);
std::vector<Route> live_routes(Services& services);
std::vector<Route> order_routes(Services& services);
std::vector<Route> page_routes();
std::vector<Route> pairing_routes(Services& services);
std::vector<Route> payee_routes(Services& services);
std::vector<Route> reading_routes(Services& services);
std::vector<Route> session_routes(Services& services);
std::vector<Route> settlement_routes(Services& services);
std::vector<Route> site_routes(Services& services);
std::vector<Route> transfer_routes(Services& services);
std::vector<Route> wallet_routes(Services& services);
std::vector<Route> wallet_payment_routes(Services& services);

}  // namespace balans::api
