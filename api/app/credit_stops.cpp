#include "api/app/credit_stops.hpp"

#include "api/core/limits.hpp"
#include "common/messages/signed.hpp"

namespace balans::api {
namespace {

constexpr std::int64_t kMilli = 1000;
/// No stop lasts longer, whatever the rules were when it was given: a period of 31 days, a run a day later.
constexpr Millis kLongest = 32 * 24 * 3600_s + CreditStops::kSpare;

/// Base units that a station has been asked for and has not paid.
std::int64_t debt_of(const energy::CarriedRow& row) { return row.peer.owed + row.supplier_milli / kMilli; }

Result<Order> read(const StoredOrder& stored) {
  const auto message = parse_signed(stored.envelope);
  if (!message) return message.error().within("table site_order");
  const auto order = decode_order(message->body);
  if (!order) return order.error().within("table site_order");
  return *order;
}

}  // namespace

Result<void> CreditStops::follow(Store& store, const SiteId& site, const DeploymentId& deployment,
                                 const energy::AllCarried& carried, const Billing& billing, UnixTime now) {
  const Turn turn{store, site, deployment, now};
  auto known = standing(turn);
  if (!known) return known.error();
  const Millis long_enough = lasts(billing.rules) - kSpare / 2;
  for (const energy::CarriedRow& row : rows_of(carried)) {
    if (!billing.stop_above || debt_of(row) <= *billing.stop_above) continue;
    const auto given = known->find(row.station);
    const bool is_stopped = given != known->end() && given->second.until - now > long_enough;
    if (given != known->end()) known->erase(given);
    if (is_stopped) continue;
    if (const auto done = stop(turn, row.station, debt_of(row), lasts(billing.rules)); !done) return done;
  }
  for (const auto& [device, given] : *known)
    if (const auto done = lift(turn, given); !done) return done;
  return {};
}

/// By what was given and not taken back since.
Result<CreditStops::Standing> CreditStops::standing(const Turn& turn) {
  const auto orders =
      turn.store.orders().given_by(turn.site, kBy, (turn.now - kLongest).ms(), turn.now, limits::kWaitingOrders);
  if (!orders) return orders.error();
  Standing standing;
  for (const StoredOrder& stored : *orders) {
    const auto order = read(stored);
    if (!order) return order.error();
    if (const auto* limit = std::get_if<LimitOrder>(&order->what); limit && limit->agent)
      standing[*limit->agent] = {order->id, limit->until};
    if (const auto* withdraw = std::get_if<WithdrawOrder>(&order->what))
      std::erase_if(standing, [&](const auto& each) { return each.second.order == withdraw->order; });
  }
  return standing;
}

Result<void> CreditStops::stop(const Turn& turn, const AgentId& device, std::int64_t debt, Millis lasts) const {
  LimitOrder limit;
  limit.agent = device;
  limit.source = Reason::Credit;
  limit.max = PerPhase<Milliamps>{};
  limit.until = turn.now + lasts;
  return give(turn, {limit, "unpaid: " + std::to_string(debt) + " base units", limit.until});
}

/// Known as long as what it takes back, or that would count as standing again.
Result<void> CreditStops::lift(const Turn& turn, const Given& given) const {
  return give(turn, {WithdrawOrder{given.order}, "paid", given.until});
}

Result<void> CreditStops::give(const Turn& turn, const OrderWish& wish) const {
  const auto done = turn.store.transaction([&]() -> Result<void> {
    const auto stored = give_order_.run(turn.store, turn.site, turn.deployment, wish, std::string(kBy), turn.now);
    return stored ? Result<void>() : Result<void>(stored.error());
  });
  if (!done) return done;
  changed_();
  return {};
}

}  // namespace balans::api
