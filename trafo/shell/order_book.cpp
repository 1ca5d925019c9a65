#include "trafo/shell/order_book.hpp"

#include <algorithm>

#include "common/io/runtime/files.hpp"
#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxFile = 8 * 1024 * 1024;
constexpr Millis kAhead = 24 * 3600_s;
/// Orders in force: of nodes, of devices by two sources, prices, and what is not known here any more.
constexpr std::size_t kMostKept = 4 * OrderBook::kMostLimits + 2 * static_cast<std::size_t>(defaults::kMaxAgents);

OutsideBound bound_of(const LimitOrder& limit) {
  OutsideBound bound;
  if (limit.max) bound.draw = *limit.max;
  if (limit.max_feed) bound.feed = *limit.max_feed;
  if (limit.max_va) bound.sum = three_phase_sum(*limit.max_va);
  return bound;
}

UnixTime end_of(const Order& order) {
  if (const auto* limit = std::get_if<LimitOrder>(&order.what)) return limit->until;
  if (const auto* tariff = std::get_if<TariffOrder>(&order.what)) return tariff->prices.until;
  if (const auto* prices = std::get_if<VolunteerPricesOrder>(&order.what)) return prices->prices.until;
  return order.expires;
}

/// An order can be taken back by any that comes later, and prices by newer ones of their kind.
OrderAck refused(std::string why) { return {OrderOutcome::Refused, why.substr(0, kMostOrderReason)}; }

}  // namespace

Result<OrderBook> OrderBook::open(std::filesystem::path file, const Site& site, const PublicKey& api,
                                  const DeploymentId& deployment) {
  OrderBook book(std::move(file), site, api, deployment);
  if (const auto loaded = book.load(); !loaded) return loaded.error();
  return book;
}

Result<TakenOrder> OrderBook::take(std::string_view envelope, const std::optional<UnixTime>& utc) {
  missed_one_ = false;
  const auto body = balans::open(envelope, "order", api_, deployment_, topics::order(site_->id));
  if (!body) return body.error();
  const auto order = decode_order(*body);
  if (!order) return order.error();
  if (order->site != site_->id) return Error{"order.site", "is '" + order->site.str() + "'"};
  const std::string name = std::string(kind_of(order->what)) + " " + std::to_string(order->id);
  OrderBook before = *this;
  const bool known = handled_.contains(order->id);
  const OrderAck ack = handle(*order, envelope, utc);
  const bool changed = through_ != before.through_;
  if (const auto saved = changed ? save() : Result<void>(); !saved) {
    *this = std::move(before);  // what is not kept is not acknowledged either
    missed_one_ = true;
    return saved.error();
  }
  if (known) return TakenOrder{order->id, ack, name + " again", true};
  return TakenOrder{
      order->id, ack,
      name + " " + std::string(name_of(ack.outcome)) + ": " + (ack.why.empty() ? order->reason : ack.why)};
}

/// An api whose database was restored may give a number a second time; its order is not taken for the one before.
OrderAck OrderBook::handle(const Order& order, std::string_view envelope, const std::optional<UnixTime>& utc) {
  const Digest digest = blake2b(envelope);
  if (const auto known = handled_.find(order.id); known != handled_.end())
    return known->second.envelope == digest ? known->second.ack
                                            : OrderAck{OrderOutcome::Outdated, "another order had this number before"};
  if (order.id <= through_)
    return {OrderOutcome::Outdated, "orders up to " + std::to_string(through_) + " were handled before"};
  // Numbers rise with the time; one from far ahead would make all that follow it outdated.
  if (utc && order.id > static_cast<std::uint64_t>((*utc + kAhead).ms()))
    return refused("its number is of a day ahead of this clock");
  forget_ended(utc);
  const OrderAck ack = apply(order, utc);
  if (ack.outcome == OrderOutcome::Applied && !std::holds_alternative<WithdrawOrder>(order.what))
    kept_[order.id] = {std::string(envelope), end_of(order)};
  drop_oldest();
  through_ = order.id;
  handled_[order.id] = {ack, digest};
  if (handled_.size() > kMostHandled) handled_.erase(handled_.begin());
  return ack;
}

OrderAck OrderBook::apply(const Order& order, const std::optional<UnixTime>& utc) {
  if (utc && order.expires <= *utc) return {OrderOutcome::Expired, ""};
  if (const auto* limit = std::get_if<LimitOrder>(&order.what)) return apply_limit(order, *limit);
  if (const auto* withdraw = std::get_if<WithdrawOrder>(&order.what)) {
    kept_.erase(withdraw->order);
    const bool was_there = limits_.erase(withdraw->order) > 0;
    return {OrderOutcome::Applied, was_there ? "" : "it was not in force any more"};
  }
  std::uint64_t& newest = newest_prices_[std::string(kind_of(order.what))];
  kept_.erase(newest);
  newest = order.id;
  if (const auto* tariff = std::get_if<TariffOrder>(&order.what)) tariff_ = *tariff;
  if (const auto* prices = std::get_if<VolunteerPricesOrder>(&order.what)) volunteer_prices_ = *prices;
  return {};
}

OrderAck OrderBook::apply_limit(const Order& order, const LimitOrder& limit) {
  const auto target = target_of(limit);
  if (!target) return refused(target.error().message());
  if (target->agent) replace_limit_of(*target->agent, limit.source);
  const auto of_nodes =
      std::count_if(limits_.begin(), limits_.end(), [](const auto& each) { return !each.second.agent; });
  if (!target->agent && of_nodes >= static_cast<std::ptrdiff_t>(kMostLimits))
    return refused(std::to_string(kMostLimits) + " limits are in force already");
  limits_[order.id] = {target->node, limit.source, bound_of(limit), limit.from, limit.until, target->agent};
  return {};
}

/// A device has one limit of each source, so that those for want of credit take nobody else's place.
void OrderBook::replace_limit_of(std::size_t agent, Reason source) {
  for (auto it = limits_.begin(); it != limits_.end();) {
    const bool replaced = it->second.agent == agent && it->second.source == source;
    if (replaced) kept_.erase(it->first);
    it = replaced ? limits_.erase(it) : std::next(it);
  }
}

Result<OrderBook::Target> OrderBook::target_of(const LimitOrder& limit) const {
  if (!limit.agent) {
    const auto node = node_named(*site_, limit.node);
    if (!node) return node.error();
    return Target{*node, std::nullopt};
  }
  for (std::size_t i = 0; i < site_->agents.size(); ++i)
    if (site_->agents[i].id == *limit.agent) return Target{site_->agents[i].node, i};
  return Error{"agent", "there is no '" + limit.agent->str() + "' here"};
}

/// Of what is not in force too: its node may never be back.
void OrderBook::forget_ended(const std::optional<UnixTime>& utc) {
  if (!utc) return;
  std::erase_if(kept_, [&](const auto& each) { return each.second.end <= *utc; });
  std::erase_if(limits_, [&](const auto& each) { return each.second.until && *each.second.until <= *utc; });
  if (tariff_ && tariff_->prices.until <= *utc) tariff_.reset();
  if (volunteer_prices_ && volunteer_prices_->prices.until <= *utc) volunteer_prices_.reset();
}

bool OrderBook::is_in_force(std::uint64_t order) const {
  return limits_.contains(order) || std::any_of(newest_prices_.begin(), newest_prices_.end(),
                                                [order](const auto& each) { return each.second == order; });
}

/// Of what is not in force alone: of what is there is always less than may be kept. Gives how many.
std::size_t OrderBook::drop_oldest() {
  const std::size_t before = kept_.size() + unknown_.size();
  std::size_t surplus = before > kMostKept ? before - kMostKept : 0;
  for (auto it = kept_.begin(); it != kept_.end() && surplus > 0;) {
    const bool drops = !is_in_force(it->first);
    it = drops ? kept_.erase(it) : std::next(it);
    surplus -= drops ? 1 : 0;
  }
  unknown_.erase(unknown_.begin(), unknown_.begin() + static_cast<std::ptrdiff_t>(std::min(surplus, unknown_.size())));
  return before - kept_.size() - unknown_.size();
}

std::vector<OutsideLimit> OrderBook::limits() const {
  std::vector<OutsideLimit> limits;
  for (const auto& [id, limit] : limits_) limits.push_back(limit);
  return limits;
}

/// The orders in force are kept as they came, so that what is read back is checked like what arrives.
Result<void> OrderBook::save() const {
  json::Writer w;
  w.begin_object().key("through").number(through_).key("handled").begin_array();
  for (const auto& [id, handled] : handled_) {
    w.begin_object().key("id").number(id).key("envelope").string(to_hex(handled.envelope.bytes));
    w.key("outcome").string(name_of(handled.ack.outcome)).key("why").string(handled.ack.why).end_object();
  }
  w.end_array().key("in_force").begin_array();
  for (const auto& [id, kept] : kept_) w.string(kept.envelope);
  for (const std::string& envelope : unknown_) w.string(envelope);
  return write_file_durably(file_, w.end_array().end_object().take(), FileMode::Private);
}

/// Checked with the key that it names: that it was the api's was checked when it was taken, and the api may have
/// another since.
Result<void> OrderBook::load_order(const std::string& envelope) {
  const auto claimed = parse_signed(envelope);
  if (!claimed) return claimed.error();
  const auto body = balans::open(envelope, "order", claimed->key, deployment_, topics::order(site_->id));
  if (!body) return body.error();
  const auto order = decode_order(*body);
  const OrderAck ack = order ? apply(*order, std::nullopt) : refused(order.error().message());
  if (ack.outcome != OrderOutcome::Applied) not_in_force_.push_back(ack.why);
  if (order)
    kept_[order->id] = {envelope,
                        end_of(*order)};  // where it is not in force too: it may be withdrawn before its node is back
  else
    unknown_.push_back(envelope);
  return {};
}

Result<void> OrderBook::load() {
  std::error_code problem;
  const auto status = std::filesystem::status(file_, problem);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  const auto text = read_small_file(file_, kMaxFile);
  if (!text) return text.error();
  const auto value = json::parse_strict(*text, kMaxFile);
  if (!value) return value.error().within(file_.string());
  std::optional<Error> error;
  json::ObjectReader r(*value, file_.string(), error);
  const std::uint64_t through = r.number("through");
  std::map<std::uint64_t, Handled> handled;
  fields::read_array(r, "handled", kMostHandled, [&](const boost::json::value& element, const std::string& path) {
    json::ObjectReader one(element, path, error);
    const std::uint64_t id = one.number("id");
    const auto digest = bytes32_from_hex(one.string("envelope", 64));
    if (!digest) one.fail("envelope", digest.error().what);
    const auto outcome = parse_order_outcome(one.string("outcome", 40));
    if (!outcome) one.fail("outcome", outcome.error().what);
    handled[id] = {{outcome ? *outcome : OrderOutcome::Refused, one.string("why", kMostOrderReason)},
                   Digest{digest ? *digest : Bytes32{}}};
    one.finish();
  });
  // As many as there are: what is too much is dropped, and keeps nothing else from being in force.
  for (const boost::json::value& element : r.array("in_force", kMaxFile)) {
    const boost::json::string* envelope = element.if_string();
    if (envelope == nullptr) return Error{file_.string(), "in_force holds what is no order"};
    if (const auto loaded = load_order(std::string(*envelope)); !loaded) return loaded.error().within(file_.string());
  }
  r.finish();
  if (error) return *error;
  if (const std::size_t dropped = drop_oldest(); dropped > 0)
    not_in_force_.push_back("the " + std::to_string(dropped) + " oldest of these are dropped");
  through_ = through;
  handled_ = std::move(handled);
  return {};
}

}  // namespace balans
