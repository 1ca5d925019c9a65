#include "api/app/credit_stops.hpp"

#include <set>

namespace balans::api {
namespace {

constexpr std::int64_t kMilli = 1000;

/// Base units that a station has been asked for and has not paid.
std::int64_t debt_of(const energy::CarriedRow& row) { return row.peer.owed + row.supplier_milli / kMilli; }

}  // namespace

Result<void> CreditStops::follow(Store& store, const DeploymentId& deployment, const energy::PeriodBill& bill,
                                 std::int64_t stop_above, UnixTime now) {
  std::set<AgentId> owing;
  for (const energy::CarriedRow& row : rows_of(bill.carried)) {
    if (debt_of(row) <= stop_above) continue;
    owing.insert(row.station);
    if (const auto done = stop(store, {bill.site, row.station}, deployment, debt_of(row), now); !done) return done;
  }
  std::vector<Key> settled;
  for (const auto& [key, given] : given_)
    if (key.first == bill.site && !owing.contains(key.second)) settled.push_back(key);
  for (const Key& key : settled)
    if (const auto done = lift(store, key, deployment, now); !done) return done;
  return {};
}

Result<void> CreditStops::stop(Store& store, const Key& key, const DeploymentId& deployment, std::int64_t debt,
                               UnixTime now) {
  const auto known = given_.find(key);
  if (known != given_.end() && known->second.until - now > kLasts / 2) return {};
  LimitOrder limit;
  limit.agent = key.second;
  limit.source = Reason::Credit;
  limit.max = PerPhase<Milliamps>{};
  limit.until = now + kLasts;
  const auto order =
      give(store, key.first, deployment, {limit, "unpaid: " + std::to_string(debt) + " base units", limit.until}, now);
  if (!order) return order.error();
  given_[key] = {static_cast<std::uint64_t>(order->id), limit.until};
  return {};
}

Result<void> CreditStops::lift(Store& store, const Key& key, const DeploymentId& deployment, UnixTime now) {
  const Given given = given_.at(key);
  if (given.until > now) {
    const auto order = give(store, key.first, deployment, {WithdrawOrder{given.order}, "paid", std::nullopt}, now);
    if (!order) return order.error();
  }
  given_.erase(key);
  return {};
}

Result<StoredOrder> CreditStops::give(Store& store, const SiteId& site, const DeploymentId& deployment, OrderWish wish,
                                      UnixTime now) {
  std::optional<StoredOrder> order;
  const auto done = store.transaction([&]() -> Result<void> {
    auto stored = give_order_.run(store, site, deployment, wish, "credit", now);
    if (!stored) return stored.error();
    order = *std::move(stored);
    return {};
  });
  if (!done) return done.error();
  changed_();
  return *std::move(order);
}

}  // namespace balans::api
