#include "api/app/orders.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "api/core/limits.hpp"
#include "api/core/rfc3339.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::api {
namespace {

constexpr Millis kUsualExpiry = 24 * 60_min;

UnixTime end_of(const Order::What& what, UnixTime otherwise) {
  if (const auto* limit = std::get_if<LimitOrder>(&what)) return limit->until;
  if (const auto* tariff = std::get_if<TariffOrder>(&what)) return tariff->prices.until;
  if (const auto* prices = std::get_if<VolunteerPricesOrder>(&what)) return prices->prices.until;
  return otherwise;
}

EventText text_of(const StoredOrder& order) { return event_text({"order", order.envelope, std::to_string(order.id)}); }

}  // namespace

Result<OrderWish> parse_order_wish(std::string_view text) {
  const auto value = json::parse_strict(text, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  OrderWish wish;
  const std::string kind = r.string("kind", 40);
  wish.reason = r.string("reason", kMostOrderReason);
  if (!error && wish.reason.empty()) r.fail("reason", "is empty; say why, for whoever is limited");
  if (r.has("expires")) {
    const auto expires = parse_rfc3339(r.string("expires", 40));
    if (!expires) r.fail("expires", expires.error().what);
    if (expires) wish.expires = *expires;
  }
  const boost::json::value& content = r.member("content");
  r.finish();
  if (error) return *error;
  auto what = decode_order_content(kind, boost::json::serialize(content));
  if (!what && what.error().where.empty()) return Error{"/kind", what.error().what};
  if (!what) return Error{"/content" + what.error().where, what.error().what};
  wish.what = *std::move(what);
  return wish;
}

/// Numbers rise with the time, so that a database restored from a backup gives none that a site has had already.
Result<StoredOrder> GiveOrder::run(Store& store, const SiteId& site, const DeploymentId& deployment,
                                   const OrderWish& wish, const std::string& by, UnixTime now) const {
  // First, for it makes others wait until this one is there: numbers are handed out in the order of the commits.
  if (const auto counted = store.changes().bump(); !counted) return counted.error();
  const auto next = store.orders().next_id(site);
  if (!next) return next.error();
  const std::int64_t id = std::max(*next, now.ms());
  const UnixTime expires = wish.expires.value_or(end_of(wish.what, now + kUsualExpiry));
  const Order order{site, static_cast<std::uint64_t>(id), now, expires, wish.reason, wish.what};
  StoredOrder stored{site, id, std::string(kind_of(wish.what)), {}, wish.reason, by, now, expires, std::nullopt,
                     {},   {}};
  stored.envelope = seal(signer_, deployment, topics::order(site), "order", encode(order));
  if (const auto added = store.orders().add(stored); !added) return added.error();
  return stored;
}

void OrderFeed::replace(const std::vector<StoredOrder>& waiting) {
  std::map<SiteId, Orders> fresh;
  const std::lock_guard lock(mutex_);
  for (const StoredOrder& order : waiting) {
    const auto known = waiting_.find(order.site);
    const bool told = known != waiting_.end() && known->second.contains(order.id);
    EventText text = told ? known->second.at(order.id) : text_of(order);
    if (!told) sink_.publish(channel_of(order.site), text);
    fresh[order.site][order.id] = std::move(text);
  }
  waiting_ = std::move(fresh);
}

std::vector<EventText> OrderFeed::greeting(const SiteId& site) const {
  const std::lock_guard lock(mutex_);
  std::vector<EventText> texts;
  if (const auto found = waiting_.find(site); found != waiting_.end())
    for (const auto& [id, text] : found->second) texts.push_back(text);
  return texts;
}

std::size_t OrderFeed::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [site, orders] : waiting_) count += orders.size();
  return count;
}

}  // namespace balans::api
