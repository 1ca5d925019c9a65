#include "common/messages/orders.hpp"

#include <array>

#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"

namespace balans {
namespace {

using namespace fields;

constexpr std::size_t kMaxBytes = 256 * 1024;
constexpr std::int64_t kMaxVa = 5'000'000;
constexpr std::size_t kMaxName = 40;
constexpr std::int64_t kMaxPerKwh = 1'000'000'000'000;
constexpr std::array<std::string_view, 4> kKinds{"limit", "withdraw", "tariff", "volunteer-prices"};
constexpr std::array<std::string_view, 4> kOutcomes{"applied", "refused", "expired", "outdated"};

UnixTime read_time(ObjectReader& r, std::string_view key) { return UnixTime(r.integer(key, 0, kMaxMs)); }

/// A node, or a device and whose limit it is.
void read_target(ObjectReader& r, LimitOrder& limit) {
  if (!r.has("agent")) return void(limit.node = r.string("node", kMaxName));
  if (r.has("node")) r.fail("node", "unexpected beside agent; expected one of them");
  limit.agent = read_id<AgentId>(r, "agent");
  limit.source = read_name<Reason>(r, "source");
  if (!r.failed() && limit.source != Reason::Operator && limit.source != Reason::Credit)
    r.fail("source", "expected 'operator' or 'credit'");
}

LimitOrder read_limit(ObjectReader& r, std::optional<Error>& error) {
  LimitOrder limit;
  read_target(r, limit);
  if (r.has("max_ma")) limit.max = read_per_phase(r, "max_ma", 0, error);
  if (r.has("max_feed_ma")) limit.max_feed = read_per_phase(r, "max_feed_ma", 0, error);
  if (r.has("max_va")) limit.max_va = VoltAmps(r.integer("max_va", 0, kMaxVa));
  if (!limit.max && !limit.max_feed && !limit.max_va)
    r.fail("max_ma", "missing; expected max_ma, max_feed_ma or max_va");
  if (r.has("from_ms")) limit.from = read_time(r, "from_ms");
  limit.until = read_time(r, "until_ms");
  if (!r.failed() && limit.from && limit.until <= *limit.from) r.fail("until_ms", "is not after from_ms");
  return limit;
}

Prices read_prices(ObjectReader& r, std::optional<Error>& error) {
  Prices prices;
  prices.asset = r.string("asset", kMaxName);
  read_array(r, "steps", kMostPriceSteps, [&](const boost::json::value& element, const std::string& path) {
    ObjectReader step(element, path, error);
    const UnixTime from = read_time(step, "from_ms");
    const std::uint64_t price = step.number("per_kwh");
    if (price > static_cast<std::uint64_t>(kMaxPerKwh)) step.fail("per_kwh", "is too large");
    if (!prices.steps.empty() && from <= prices.steps.back().from) step.fail("from_ms", "is not after the one before");
    step.finish();
    prices.steps.push_back({from, static_cast<std::int64_t>(price)});
  });
  if (!r.failed() && prices.steps.empty()) r.fail("steps", "expected at least one");
  prices.until = read_time(r, "until_ms");
  return prices;
}

Order::What read_what(std::string_view kind, const boost::json::value& value, const std::string& path,
                      json::PathStyle style, std::optional<Error>& error) {
  ObjectReader r(value, path, error, style);
  Order::What what = WithdrawOrder{};
  if (kind == "limit")
    what = read_limit(r, error);
  else if (kind == "withdraw")
    what = WithdrawOrder{r.number("order")};
  else if (kind == "tariff")
    what = TariffOrder{read_prices(r, error)};
  else if (kind == "volunteer-prices")
    what = VolunteerPricesOrder{read_prices(r, error)};
  else if (!error)
    error = Error{path, "'" + std::string(kind.substr(0, kMaxName)) + "' is not a kind of order"};
  r.finish();
  return what;
}

void write_phases(json::Writer& w, std::string_view key, const std::optional<PerPhase<Milliamps>>& value) {
  if (!value) return;
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer((*value)[p].count());
  w.end_array();
}

void write(json::Writer& w, const LimitOrder& limit) {
  if (limit.agent)
    w.key("agent").string(limit.agent->str()).key("source").string(name_of(limit.source));
  else
    w.key("node").string(limit.node);
  write_phases(w, "max_ma", limit.max);
  write_phases(w, "max_feed_ma", limit.max_feed);
  if (limit.max_va) w.key("max_va").integer(limit.max_va->count());
  if (limit.from) w.key("from_ms").integer(limit.from->ms());
  w.key("until_ms").integer(limit.until.ms());
}

void write(json::Writer& w, const WithdrawOrder& withdraw) { w.key("order").number(withdraw.order); }

void write(json::Writer& w, const Prices& prices) {
  w.key("asset").string(prices.asset).key("steps").begin_array();
  for (const PriceStep& step : prices.steps) {
    w.begin_object().key("from_ms").integer(step.from.ms());
    w.key("per_kwh").number(static_cast<std::uint64_t>(step.per_kwh)).end_object();
  }
  w.end_array().key("until_ms").integer(prices.until.ms());
}

void write(json::Writer& w, const TariffOrder& tariff) { write(w, tariff.prices); }
void write(json::Writer& w, const VolunteerPricesOrder& volunteers) { write(w, volunteers.prices); }

}  // namespace

std::string_view kind_of(const Order::What& what) { return kKinds.at(what.index()); }

std::string encode(const Order& order) {
  json::Writer w;
  w.begin_object().key("site").string(order.site.str()).key("id").number(order.id);
  w.key("issued_ms").integer(order.issued.ms()).key("expires_ms").integer(order.expires.ms());
  w.key("reason").string(order.reason).key("kind").string(kind_of(order.what)).key("content").begin_object();
  std::visit([&w](const auto& what) { write(w, what); }, order.what);
  return w.end_object().end_object().take();
}

Result<Order> decode_order(std::string_view json) {
  const auto value = json::parse_strict(json, kMaxBytes);
  if (!value) return value.error().within("order");
  std::optional<Error> error;
  ObjectReader r(*value, "order", error);
  Order order;
  order.site = read_id<SiteId>(r, "site");
  order.id = r.number("id");
  order.issued = read_time(r, "issued_ms");
  order.expires = read_time(r, "expires_ms");
  order.reason = r.string("reason", kMostOrderReason);
  const std::string kind = r.string("kind", kMaxName);
  const boost::json::value& content = r.member("content");
  if (!error) order.what = read_what(kind, content, "order.content", json::PathStyle::Dotted, error);
  r.finish();
  if (error) return *error;
  return order;
}

Result<Order::What> decode_order_content(std::string_view kind, std::string_view json) {
  const auto value = json::parse_strict(json, kMaxBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  Order::What what = read_what(kind, *value, "", json::PathStyle::Pointer, error);
  if (error) return *error;
  return what;
}

std::string_view name_of(OrderOutcome outcome) { return kOutcomes.at(static_cast<std::size_t>(outcome)); }

Result<OrderOutcome> parse_order_outcome(std::string_view name) {
  for (std::size_t i = 0; i < kOutcomes.size(); ++i)
    if (kOutcomes.at(i) == name) return static_cast<OrderOutcome>(i);
  return Error{"", "'" + std::string(name.substr(0, kMaxName)) + "' is not an outcome of an order"};
}

std::string encode(const OrderAck& ack) {
  json::Writer w;
  w.begin_object().key("outcome").string(name_of(ack.outcome)).key("why").string(ack.why);
  return w.end_object().take();
}

Result<OrderAck> decode_order_ack(std::string_view json) {
  const auto value = json::parse_strict(json, kMaxBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  OrderAck ack;
  const Result<OrderOutcome> outcome = parse_order_outcome(r.string("outcome", kMaxName));
  if (!outcome) r.fail("outcome", outcome.error().what);
  if (outcome) ack.outcome = *outcome;
  ack.why = r.string("why", kMostOrderReason);
  r.finish();
  if (error) return *error;
  return ack;
}

}  // namespace balans
