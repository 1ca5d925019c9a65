#pragma once
// Use case: orders to sites. Given once, signed, kept until the site has acknowledged them, and told to its controller
// over the stream that it holds open.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/app/event_sink.hpp"
#include "api/store/store.hpp"
#include "common/messages/orders.hpp"

namespace balans::api {

struct OrderWish {
  Order::What what;
  std::string reason;
  std::optional<UnixTime> expires;  ///< absent: what the order itself says, or a day
};
/// `{"kind":…,"reason":…,"content":{…}}`, with `expires` where that is to be sooner.
Result<OrderWish> parse_order_wish(std::string_view json);

/// Inside the caller's transaction.
class GiveOrder {
 public:
  explicit GiveOrder(const Signer& signer) : signer_(signer) {}
  [[nodiscard]] const PublicKey& public_key() const { return signer_.public_key(); }
  /// `deployment` is the site's.
  Result<StoredOrder> run(Store& store, const SiteId& site, const DeploymentId& deployment, const OrderWish& wish,
                          const std::string& by, UnixTime now) const;

 private:
  const Signer& signer_;
};

/// The orders that wait, and who is told of them.
class OrderFeed {
 public:
  explicit OrderFeed(EventSink& sink) : sink_(sink) {}

  static std::string channel_of(const SiteId& site) { return "orders/" + site.str(); }
  /// What is stored now takes the place of what was known; sites are told of what is new. From any thread.
  void replace(const std::vector<StoredOrder>& waiting);
  /// All that wait for the site, in the order of their numbers.
  [[nodiscard]] std::vector<EventText> greeting(const SiteId& site) const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  using Orders = std::map<std::int64_t, EventText>;  ///< by number

  EventSink& sink_;
  mutable std::mutex mutex_;
  std::map<SiteId, Orders> waiting_;
};

}  // namespace balans::api
