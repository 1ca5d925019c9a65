#pragma once
// Orders from the api to a site's controller: signed by the api's key, numbered, each with a time after which it is not
// to be taken any more. They travel as signed messages of type `order` on the topic `balans/{site}/trafo/order`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/ids.hpp"
#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

/// A limit of a node, as a row of the limits file says it, or of one device, with an end.
struct LimitOrder {
  std::string node;                  ///< empty where it is of a device
  std::optional<AgentId> agent;      ///< of this device alone
  Reason source = Reason::Operator;  ///< Operator; of a device also Credit, which leaves it its statutory floor
  std::optional<PerPhase<Milliamps>> max;
  std::optional<PerPhase<Milliamps>> max_feed;
  std::optional<VoltAmps> max_va;  ///< the three phases together, each way
  std::optional<UnixTime> from;    ///< absent: at once
  UnixTime until;
  bool operator==(const LimitOrder&) const = default;
};

/// Takes an earlier limit back.
struct WithdrawOrder {
  std::uint64_t order = 0;
  bool operator==(const WithdrawOrder&) const = default;
};

/// What a kilowatt-hour costs from a time on, in base units of the asset.
struct PriceStep {
  UnixTime from;
  std::int64_t per_kwh = 0;
  bool operator==(const PriceStep&) const = default;
};
struct Prices {
  std::string asset;  ///< `EUR`
  std::vector<PriceStep> steps;
  UnixTime until;
  bool operator==(const Prices&) const = default;
};
/// What energy costs.
struct TariffOrder {
  Prices prices;
  bool operator==(const TariffOrder&) const = default;
};
/// What is paid for a kilowatt-hour that a volunteer does not take.
struct VolunteerPricesOrder {
  Prices prices;
  bool operator==(const VolunteerPricesOrder&) const = default;
};

struct Order {
  using What = std::variant<LimitOrder, WithdrawOrder, TariffOrder, VolunteerPricesOrder>;
  SiteId site;
  std::uint64_t id = 0;  ///< rises within a site, never used twice
  UnixTime issued;
  UnixTime expires;    ///< not to be taken after this
  std::string reason;  ///< for people
  What what;
  bool operator==(const Order&) const = default;
};

inline constexpr std::size_t kMostPriceSteps = 400;
inline constexpr std::size_t kMostOrderReason = 200;

/// `limit`, `withdraw`, `tariff` or `volunteer-prices`.
std::string_view kind_of(const Order::What& what);
std::string encode(const Order& order);
Result<Order> decode_order(std::string_view json);
/// The inner part alone, as whoever gives an order writes it. Errors say where by JSON pointers.
Result<Order::What> decode_order_content(std::string_view kind, std::string_view json);

/// What a site has done with an order.
enum class OrderOutcome : std::uint8_t {
  Applied,
  Refused,   ///< it names what is not there, or is not signed by the pinned key
  Expired,   ///< it came too late
  Outdated,  ///< its number is below one that came before, and it is not known here
};
std::string_view name_of(OrderOutcome outcome);
Result<OrderOutcome> parse_order_outcome(std::string_view name);

struct OrderAck {
  OrderOutcome outcome = OrderOutcome::Applied;
  std::string why;
  bool operator==(const OrderAck&) const = default;
};
std::string encode(const OrderAck& ack);
Result<OrderAck> decode_order_ack(std::string_view json);

}  // namespace balans
