#pragma once
// Whoever owes more than was agreed gets no more commercial energy: an order to the site that stops the device, with an
// end, renewed while the debt stands. The controller leaves the device its statutory floor.

#include <functional>
#include <map>
#include <utility>

#include "api/app/billing.hpp"
#include "api/app/orders.hpp"

namespace balans::api {

class CreditStops {
 public:
  /// `changed` is called when orders were given.
  CreditStops(const GiveOrder& give_order, std::function<void()> changed)
      : give_order_(give_order), changed_(std::move(changed)) {}

  /// After a payment run. What was given is known until the program ends; after that an order that stands ends by
  /// itself, or is given anew.
  Result<void> follow(Store& store, const DeploymentId& deployment, const energy::PeriodBill& bill,
                      std::int64_t stop_above, UnixTime now);

  /// How long a stop lasts that is not renewed.
  static constexpr Millis kLasts = 2 * 3600_s;

 private:
  struct Given {
    std::uint64_t order = 0;
    UnixTime until;
  };
  using Key = std::pair<SiteId, AgentId>;

  Result<void> stop(Store& store, const Key& key, const DeploymentId& deployment, std::int64_t debt, UnixTime now);
  Result<void> lift(Store& store, const Key& key, const DeploymentId& deployment, UnixTime now);
  Result<StoredOrder> give(Store& store, const SiteId& site, const DeploymentId& deployment, OrderWish wish,
                           UnixTime now);

  const GiveOrder& give_order_;
  const std::function<void()> changed_;
  std::map<Key, Given> given_;
};

}  // namespace balans::api
