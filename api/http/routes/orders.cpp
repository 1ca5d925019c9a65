// Orders: given by whoever operates, streamed to the site, acknowledged by it.
#include "api/app/credit_stops.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

/// How far a site's clock may be off when it opens its stream: a request that somebody has copied is soon worthless.
constexpr Millis kClockOff = 10 * 60_s;

void write(json::Writer& w, const StoredOrder& order) {
  w.begin_object().key("site").string(order.site.str()).key("id").number(static_cast<std::uint64_t>(order.id));
  w.key("kind").string(order.kind).key("reason").string(order.reason).key("by").string(order.by);
  w.key("issued").string(to_rfc3339(order.issued)).key("expires").string(to_rfc3339(order.expires)).key("acked");
  order.acked ? w.string(to_rfc3339(*order.acked)) : w.null();
  w.key("outcome");
  order.acked ? w.string(order.outcome) : w.null();
  w.key("why").string(order.why).key("envelope").string(order.envelope).end_object();
}

/// A number that is not known here may be in force at the site: given after the backup from which this database was
/// restored. Numbers are the times at which they were given.
bool may_be_of_before(std::uint64_t number, UnixTime now) {
  constexpr Millis kYear = 366 * 86'400_s;
  return number <= static_cast<std::uint64_t>(now.ms()) && number > static_cast<std::uint64_t>((now - kYear).ms());
}

Answer post_order(Services& services, const Call& call, Store& store) {
  const auto wish = parse_order_wish(call.request.body);
  if (!wish) return pointer_problem(problems::kInvalidBody, wish.error());
  if (const auto* withdraw = std::get_if<WithdrawOrder>(&wish->what)) {
    const auto known = store.orders().find(call.site, static_cast<std::int64_t>(withdraw->order));
    if (!known) return store_problem();
    const bool fits = *known ? (*known)->kind == "limit" : may_be_of_before(withdraw->order, services.clock.utc());
    if (!fits)
      return pointer_problem(problems::kInvalidBody, {"/content/order", "is not a limit that this site was given"});
  }
  const UnixTime now = services.clock.utc();
  if (wish->expires && *wish->expires <= now)
    return pointer_problem(problems::kInvalidBody, {"/expires", "is not ahead"});
  const auto waiting = store.orders().count_waiting(call.site, CreditStops::kBy, now);
  if (!waiting) return store_problem();
  if (*waiting >= limits::kWaitingOrdersOfASite)
    return problem(problems::kConflict, std::to_string(*waiting) + " orders wait for this site already");
  const DeploymentId& deployment = deployment_of(call.access->roster, call.site);
  const auto stored = services.give_order.run(store, call.site, deployment, *wish, call.caller.who, now);
  if (!stored) return store_problem();
  json::Writer w;
  write(w, *stored);
  return json_response(w.take(), 201);
}

Answer get_orders(const Call& call, Store& store) {
  std::optional<std::int64_t> before;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("before", parse_before, before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto orders = store.orders().page(call.site, before, static_cast<std::size_t>(limit) + 1);
  if (!orders) return store_problem();
  const std::size_t shown = std::min(orders->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("orders").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*orders)[i]);
  w.end_array().key("next");
  orders->size() > shown ? w.string(std::to_string((*orders)[shown - 1].id)) : w.null();
  return json_response(w.end_object().take());
}

Answer stream_orders(Services& services, const Call& call) {
  std::int64_t at = 0;
  Parameters parameters(call);
  parameters.required("at_ms", whole_number(0, std::numeric_limits<std::int64_t>::max() / 2), at);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const std::int64_t now = services.clock.utc().ms();
  if (at > now + kClockOff.count() || at < now - kClockOff.count()) {
    Response off = parameter_problem("at_ms", "is more than ten minutes off; here it is " + std::to_string(now));
    off.headers.emplace_back("Balans-Time", std::to_string(now));  // for a site without a clock
    return off;
  }
  EventStream stream{OrderFeed::channel_of(call.site), services.orders.greeting(call.site)};
  stream.places = StreamPlaces::OfTheChannel;
  return stream;
}

Answer post_ack(Services& services, const Call& call, Store& store) {
  const auto id = parse_before(call.path.at("order"));
  if (!id) return problem(problems::kNotFound, "no order has this number");
  const auto ack = decode_order_ack(call.request.body);
  if (!ack) return pointer_problem(problems::kInvalidBody, ack.error());
  const auto done = store.transaction([&]() -> Result<void> {
    const auto known =
        store.orders().acknowledge(call.site, *id, std::string(name_of(ack->outcome)), ack->why, services.clock.utc());
    if (!known) return known.error();
    return *known ? store.changes().bump() : Result<void>();
  });
  if (!done) return store_problem();
  services.changed();
  return no_content();
}

}  // namespace

std::vector<Route> order_routes(Services& services) {
  const auto changed = [&services] { services.changed(); };
  return {
      {Method::Post,
       "/v1/sites/{site}/orders",
       Privilege::Operate,
       limits::kWriteBytes,
       {},
       OnStore{Lane::Write, [&services](const Call& call, Store& store) { return post_order(services, call, store); },
               changed},
       Repeated::Keyed},
      {Method::Get,
       "/v1/sites/{site}/orders",
       Privilege::Read,
       0,
       {"before", "limit"},
       OnStore{Lane::Read, get_orders}},
      {Method::Get,
       "/v1/sites/{site}/orders/stream",
       Privilege::SiteSignature,
       0,
       {"at_ms"},
       [&services](const Call& call) { return stream_orders(services, call); }},
      {Method::Post,
       "/v1/sites/{site}/orders/{order}/ack",
       Privilege::SiteSignature,
       limits::kWriteBytes,
       {},
       OnStore{Lane::Write, [&services](const Call& call, Store& store) { return post_ack(services, call, store); }}},
  };
}

}  // namespace balans::api
