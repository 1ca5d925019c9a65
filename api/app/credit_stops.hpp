#pragma once
// Whoever owes more than was agreed gets no more commercial energy: an order to the site that stops the device, with an
// end, renewed while the debt stands. The controller leaves the device its statutory floor.

#include <functional>
#include <map>

#include "api/app/billing.hpp"
#include "api/app/orders.hpp"

namespace balans::api {

class CreditStops {
 public:
  /// `changed` is called when orders were given.
  CreditStops(const GiveOrder& give_order, std::function<void()> changed)
      : give_order_(give_order), changed_(std::move(changed)) {}

  /// After a payment run, by what it carries. What stands is read from the orders that are stored, so that neither a
  /// new start nor another process gives it twice or forgets to take it back.
  Result<void> follow(Store& store, const SiteId& site, const DeploymentId& deployment,
                      const energy::AllCarried& carried, const Billing& billing, UnixTime now);

  /// Who gives these orders. Nobody else is called so, and they take no place of others' orders.
  static constexpr std::string_view kBy = "credit";
  /// How much longer a stop lasts than until the next run decides: runs come late, or fail and are tried again.
  static constexpr Millis kSpare = 2 * 3600_s;
  /// How long a stop lasts that is not renewed.
  static Millis lasts(const energy::BillingRules& rules) { return rules.period + rules.run_after + kSpare; }

 private:
  struct Given {
    std::uint64_t order = 0;
    UnixTime until;
  };
  using Standing = std::map<AgentId, Given>;
  /// One site's turn.
  struct Turn {
    Store& store;
    const SiteId& site;
    const DeploymentId& deployment;
    UnixTime now;
  };

  static Result<Standing> standing(const Turn& turn);
  Result<void> stop(const Turn& turn, const AgentId& device, std::int64_t debt, Millis lasts) const;
  Result<void> lift(const Turn& turn, const Given& given) const;
  Result<void> give(const Turn& turn, const OrderWish& wish) const;

  const GiveOrder& give_order_;
  const std::function<void()> changed_;
};

}  // namespace balans::api
